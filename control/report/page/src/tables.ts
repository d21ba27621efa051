// SPDX-License-Identifier: Apache-2.0
// The tables under the pictures: links, drops, messages, flows, engine, what was assumed.
import {type Completion, type Flow, type Link, type Result, droppedOf} from './data';
import {h, pairs, table, type Child} from './dom';
import {bytes, count, direction, percent, rate, seconds} from './format';

const dash = '–';
const countOrDash = (n: number): string => (n === 0 ? dash : count(n));

function isConserved(l: Link): boolean {
  return (
    l.frames_in + l.frames_duplicated + l.frames_generated ===
    l.frames_out + droppedOf(l) + l.frames_absorbed + l.frames_held
  );
}

// Only when a far edge has held its near edge back.
function farEdgeTable(links: Link[], name: {title: string; text: (l: Link) => string}): HTMLElement[] {
  if (!links.some((l) => l.pause_frames > 0)) return [];
  const number = (title: string, text: (l: Link) => string) => ({title, text, isNumber: true});
  return [
    table(links, [
      name,
      number('Far queue peak', (l) => bytes(l.far_queue_peak_bytes, 3)),
      number('Far buffer', (l) => bytes(l.far_buffer_bytes, 3)),
      number('Held back', (l) => seconds(l.far_paused_seconds)),
      number('Pauses', (l) => countOrDash(l.far_pauses)),
      number('Pause frames', (l) => countOrDash(l.pause_frames)),
      number('Expired', (l) => countOrDash(l.pauses_expired)),
      number('Watchdog dropped', (l) => countOrDash(l.watchdog_dropped)),
    ]),
  ];
}

export function linkTables(links: Link[]): HTMLElement[] {
  const many = new Set(links.map((l) => l.name)).size > 1;
  const name = {title: 'Direction', text: (l: Link) => (many ? `${l.name}, ` : '') + direction(l.direction)};
  const number = (title: string, text: (l: Link) => string) => ({title, text, isNumber: true});
  const causes = Object.keys(links[0]?.dropped ?? {}).filter((cause) => links.some((l) => l.dropped[cause]! > 0));
  return [
    table(links, [
      name,
      number('Rate', (l) => rate(l.rate_bps)),
      number('One way', (l) => seconds(l.one_way_delay_seconds)),
      number('Utilisation', (l) => percent(l.utilisation, 1)),
      number('Queue peak', (l) => bytes(l.queue_peak_bytes, 3)),
      number('Buffer', (l) => bytes(l.buffer_bytes)),
      number('Access paused', (l) => seconds(l.paused_seconds)),
      number('ECN marked', (l) => countOrDash(l.ecn_marked)),
      ...(links.some((l) => l.near_cnps) ? [number('CNPs sent back', (l) => countOrDash(l.near_cnps ?? 0))] : []),
      number('On the wire', (l) => bytes(l.wire_bytes)),
    ]),
    ...farEdgeTable(links, name),
    table(links, [
      name,
      number('Frames in', (l) => count(l.frames_in)),
      number('Out', (l) => count(l.frames_out)),
      ...(causes.length > 0
        ? causes.map((cause) => number(`Dropped: ${cause}`, (l) => countOrDash(l.dropped[cause]!)))
        : [number('Dropped', () => dash)]),
      number('Duplicated', (l) => countOrDash(l.frames_duplicated)),
      number('Generated', (l) => countOrDash(l.frames_generated)),
      ...(links.some((l) => l.frames_background)
        ? [
            number('Of others', (l) => countOrDash(l.frames_background ?? 0)),
            number('Of others, dropped', (l) => countOrDash(l.background_dropped ?? 0)),
          ]
        : []),
      number('Absorbed', (l) => countOrDash(l.frames_absorbed)),
      number('Held', (l) => countOrDash(l.frames_held)),
      {title: 'Accounted for', text: (l: Link) => (isConserved(l) ? '✓ all' : h('b', 'badtext', '✕ not all'))},
    ]),
  ];
}

const completionColumns = <Row>(of: (row: Row) => Completion) => [
  {title: 'Messages', text: (r: Row) => count(of(r).messages), isNumber: true},
  {title: 'Median', text: (r: Row) => seconds(of(r).p50_seconds), isNumber: true},
  {title: 'p99', text: (r: Row) => seconds(of(r).p99_seconds), isNumber: true},
  {title: 'Longest', text: (r: Row) => seconds(of(r).max_seconds), isNumber: true},
];

export function flowTable(flows: Flow[]): HTMLElement {
  const number = (title: string, text: (f: Flow) => string) => ({title, text, isNumber: true});
  return table(flows, [
    {title: 'Flow', text: (f) => direction(f.name)},
    number(
      'Goodput',
      (f) => rate(f.goodput_bps) + (f.goodput_error_bps !== undefined ? ` ± ${rate(f.goodput_error_bps)}` : ''),
    ),
    number('Sent', (f) => count(f.sent)),
    number('Retransmitted', (f) => countOrDash(f.retransmitted)),
    number('Lost', (f) => countOrDash(f.lost)),
    number('Timeouts', (f) => countOrDash(f.timeouts)),
    ...completionColumns((f: Flow) => f.completion),
  ]);
}

export function runPairs(result: Result): HTMLElement {
  const {engine} = result;
  const rows: [string, Child][] = [
    ['Validity', result.valid ? 'valid' : h('b', 'badtext', `invalid: ${result.why_invalid ?? ''}`)],
    ['Data frames', `${count(engine.frames)} delivered`],
    ['Virtual time', seconds(engine.virtual_seconds)],
  ];
  if (result.cnps_sent + result.rate_cuts > 0) {
    rows.push([
      'Congestion control',
      `${count(result.cnps_sent)} CNPs sent, ${count(result.cnps_received)} received, ${count(result.rate_cuts)} rate cuts`,
    ]);
  }
  if (engine.wall_seconds !== undefined) {
    rows.push([
      'Wall time',
      `${seconds(engine.wall_seconds)}, ${engine.threads} thread${engine.threads === 1 ? '' : 's'}`,
    ]);
  }
  if (engine.frames_per_second)
    rows.push(['Engine speed', `${(engine.frames_per_second / 1e6).toFixed(2)} million frames/s`]);
  if (engine.host) rows.push(['Host', engine.host]);
  rows.push(['Seed', result.seeds > 1 ? `${result.seed}, ${result.seeds} runs` : String(result.seed)]);
  if (result.ranks > 0) rows.push(['Ranks', count(result.ranks)]);
  rows.push(['Scenario hash', h('code', '', result.scenario_hash)], ['Farlink', result.version]);
  return pairs(rows);
}
