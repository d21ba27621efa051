// SPDX-License-Identifier: Apache-2.0
// The top of the page: the number, whether it was met, and the tiles beside it.
import {type Result, droppedOf, sum} from './data';
import {h, type Child} from './dom';
import {bytes, count, percent, rate, seconds, signed} from './format';

function badge(met: boolean, text: string): HTMLElement {
  return h('span', `badge ${met ? 'good' : 'bad'}`, met ? '✓ met' : '✕ not met', h('span', '', text));
}

function headline(result: Result): [figure: string, caption: string] {
  if (!result.valid) return ['invalid', result.why_invalid || 'the run gave no usable figures'];
  if (result.efficiency !== null) {
    const error =
      result.efficiency_error !== null ? ` ± ${percent(result.efficiency_error)} over ${result.seeds} seeds` : '';
    return [percent(result.efficiency), `equivalent compute efficiency${error}`];
  }
  if (result.flows.length > 0) {
    const total = sum(result.flows.map((f) => f.goodput_bps));
    return [rate(total), `goodput${result.flows.length > 1 ? ` of ${result.flows.length} flows together` : ''}`];
  }
  return ['—', 'no efficiency was measured'];
}

export function hero(result: Result): HTMLElement {
  const [figure, caption] = headline(result);
  const {single_site: single, across_sites: across} = result.step_seconds;
  const sentence =
    result.valid && single !== null && across !== null
      ? h(
          'p',
          'sentence',
          'One step takes ',
          h('b', '', seconds(across)),
          ' across sites and ',
          h('b', '', seconds(single)),
          ' in one site.',
        )
      : null;
  const badges = (result.valid ? result.expectations : []).map((e) => {
    const text = e.metric === 'exposed-communication' ? seconds : percent;
    const measured = e.metric === 'efficiency' || e.measured === null ? '' : ` (measured ${text(e.measured)})`;
    return badge(e.met, `${e.metric} ${e.expected}${measured}`);
  });
  let meter: Child = null;
  if (result.valid && result.efficiency !== null) {
    const fill = h('i');
    fill.style.width = `${Math.min(100, result.efficiency * 100)}%`;
    meter = h('div', 'meter', fill);
  }
  return h(
    'div',
    `card hero${result.valid ? '' : ' invalid'}`,
    h('div', figure.length > 8 ? 'figure long' : 'figure', figure),
    h('div', 'caption', caption),
    meter,
    sentence,
    badges.length ? h('div', 'badges', ...badges) : null,
  );
}

export function tile(name: string, value: string, more: string): HTMLElement {
  return h('div', 'card tile', h('div', 'name', name), h('div', 'value', value), h('div', 'more', more));
}

export function tiles(result: Result): HTMLElement {
  const out: HTMLElement[] = [];
  const {single_site: single, across_sites: across} = result.step_seconds;
  if (across !== null) {
    out.push(
      tile('Step time', seconds(across), single === null ? '' : `${signed(across - single, seconds)} against one site`),
    );
    const exposed = result.exposed_communication_seconds;
    out.push(
      tile(
        'Exposed communication',
        seconds(exposed),
        `${percent(exposed / across, 1)} of the step; one site ` +
          seconds(result.exposed_communication_single_site_seconds),
      ),
    );
  }
  if (result.mfu.across_sites !== null) {
    out.push(
      tile(
        'Model FLOP utilisation',
        percent(result.mfu.across_sites, 1),
        result.mfu.single_site === null ? '' : `one site ${percent(result.mfu.single_site, 1)}`,
      ),
    );
  }
  const lost = sum(result.links.map(droppedOf));
  const frames = sum(result.links.map((l) => l.frames_in));
  out.push(tile('Frames lost', count(lost), `of ${count(frames)} on the link`));
  const sent = result.flows.length > 0 ? sum(result.flows.map((f) => f.retransmitted)) : result.retransmitted;
  const timeouts = result.flows.length > 0 ? sum(result.flows.map((f) => f.timeouts)) : result.timeouts;
  out.push(tile('Retransmitted', count(sent), `frames; ${count(timeouts)} timeout${timeouts === 1 ? '' : 's'}`));
  const {cnps_sent: notified, rate_cuts: cuts} = result;
  if (notified + cuts > 0)
    out.push(tile('Rate cuts', count(cuts), `by congestion control; ${count(notified)} CNPs sent`));
  const busiest = result.links.reduce(
    (a, b) => (b.queue_peak_bytes > (a?.queue_peak_bytes ?? -1) ? b : a),
    result.links[0],
  );
  if (busiest)
    out.push(tile('Queue peak', bytes(busiest.queue_peak_bytes, 3), `of ${bytes(busiest.buffer_bytes)} buffer`));
  if (result.messages.messages > 0) {
    out.push(
      tile(
        'Message completion',
        seconds(result.messages.p50_seconds),
        `median; p99 ${seconds(result.messages.p99_seconds)}`,
      ),
    );
  }
  const busy = Math.max(0, ...result.links.map((l) => l.utilisation));
  if (result.links.length > 0) out.push(tile('Link utilisation', percent(busy, 1), 'busiest direction, whole run'));
  return h('div', 'tiles', ...out);
}

export function messageTiles(result: Result): HTMLElement {
  const {messages} = result;
  return h(
    'div',
    'tiles',
    tile('Messages', count(messages.messages), 'delivered to the other site'),
    tile('Median', seconds(messages.p50_seconds), 'half took no longer'),
    tile('p99', seconds(messages.p99_seconds), '99 of 100 took no longer'),
    tile('Longest', seconds(messages.max_seconds), 'the last to arrive'),
  );
}
