// SPDX-License-Identifier: Apache-2.0
// Builds the page from the document in it.
import {mount, redraw, start} from './charts';
import {type Document, read, unpack} from './data';
import {h, section} from './dom';
import {direction, figure} from './format';
import {goodputCards} from './goodput';
import {eventTable, eventsOf} from './link_events';
import {bufferNote, linkSeries} from './link_series';
import {seedTable, stepTable} from './spread';
import {hero, messageTiles, tiles} from './summary';
import {flowTable, linkTables, runPairs} from './tables';
import {toggle} from './theme';
import {legend, timeline, type Run} from './timeline';
import {waterfall} from './waterfall';

function addTimeline(page: HTMLElement, {result, timeline: lanes, phases}: Document): void {
  const run = (title: string, key: 'single_site' | 'across_sites'): Run => ({
    title,
    stepSeconds: result.step_seconds[key] ?? 0,
    lanes: unpack(lanes[key], phases),
  });
  const runs = [run('One site', 'single_site'), run('Across sites', 'across_sites')].filter((r) => r.lanes.length > 0);
  if (runs.length === 0) return;
  const chart = h('div');
  page.append(
    section(
      'One step, lane by lane',
      'Both runs on one time scale; the dashed line is the mean step time. Computation is drawn over ' +
        'communication, so a bar in a communication colour at full height is communication that nothing hides.',
      h(
        'div',
        'card',
        legend(runs),
        chart,
        h(
          'p',
          'note screen',
          'Drag the handles to zoom, or hold Ctrl and turn the wheel; point at a bar for its microbatch and times.',
        ),
      ),
    ),
  );
  mount(chart, timeline(runs));
}

function addLinkSeries(page: HTMLElement, {result, samples}: Document): void {
  const drawn = result.links.map((link, i) => ({link, samples: samples[i]!})).filter((d) => d.samples.start.length > 0);
  if (drawn.length === 0) return;
  const cards = drawn.map(({link, samples: s}) => {
    const chart = h('div');
    return {
      chart,
      link,
      s,
      card: h(
        'div',
        'card',
        h('h3', '', direction(link.direction), h('small', '', link.name)),
        chart,
        h('p', 'note', bufferNote(link, s)),
      ),
    };
  });
  page.append(
    section(
      'The link over time',
      'Share of the rate in use, and the largest near-edge queue, in each interval of the run across sites.' +
        (result.events ? ' Upright lines: what happened to the link.' : ''),
      h('div', 'two', ...cards.map((c) => c.card)),
    ),
  );
  for (const {chart, link, s} of cards) {
    const events = eventsOf(result.events ?? [], link);
    mount(chart, linkSeries(link, s, events, result.engine.virtual_seconds));
  }
}

function build(document_: Document): void {
  const {result} = document_;
  const page = document.getElementById('page')!;
  document.title = `${result.scenario}: Farlink report`;
  page.append(
    h(
      'header',
      '',
      h(
        'div',
        '',
        h('p', 'brand', 'Farlink report'),
        h('h1', '', result.scenario),
        h('p', 'workload', result.workload),
      ),
      toggle(redraw),
    ),
    h('div', 'top', hero(result), tiles(result)),
  );

  if (result.valid && result.efficiency !== null && result.attribution.length > 0) {
    page.append(section('Where the points went', '', h('div', 'card', waterfall(result))));
  }
  if (result.valid && result.goodput) {
    page.append(
      section(
        `Over ${figure(result.goodput.duration_seconds / 3600)} hours`,
        'Composed: how long a step takes, and what a cut does to one, was run frame by frame; failures, checkpoints and ' +
          'restarts come on top.',
        ...goodputCards(result.goodput),
      ),
    );
  }
  if (result.flows.length > 0) page.append(section('Flows', '', h('div', 'card', flowTable(result.flows))));
  const steps = stepTable(result);
  if (steps) page.append(section('Step times', 'Every step after the warm-up, of all seeds.', h('div', 'card', steps)));
  const seeds = seedTable(result);
  if (seeds) page.append(section('Seeds', 'The figures above are means over these.', h('div', 'card', seeds)));
  addTimeline(page, document_);
  addLinkSeries(page, document_);
  if (result.events) page.append(section('What happened to the links', '', eventTable(result.events)));
  if (result.links.length > 0) page.append(section('Links', '', h('div', 'card', ...linkTables(result.links))));
  if (result.messages.messages > 0) {
    page.append(
      section(
        'Messages across sites',
        'From posting a message to its last byte at the far side.',
        messageTiles(result),
      ),
    );
  }
  page.append(section('The run', '', h('div', 'card', runPairs(result))));
  if (result.assumptions.length > 0) {
    page.append(
      section('Assumptions', '', h('div', 'card', h('ul', '', ...result.assumptions.map((a) => h('li', '', a))))),
    );
  }
  start();
}

try {
  build(read());
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  document.documentElement.dataset.failed = reason;
  document.getElementById('page')!.append(h('p', 'card badtext', `This report could not be drawn: ${reason}`));
}
