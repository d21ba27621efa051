// SPDX-License-Identifier: Apache-2.0
// Hours of training: tiles, where the time went, and what cuts do to a step.
import {type CutEffects, type Goodput} from './data';
import {h, table} from './dom';
import {percent, seconds} from './format';
import {tile} from './summary';

const meaning: Record<string, string> = {
  useful: 'training that counts',
  checkpoints: 'training stands still while one is written',
  rework: 'done since the last complete checkpoint, and lost',
  restarts: 'from what ends the job until training goes on',
  stalls: 'training that waited for a link',
  unfinished: 'of the step that the end cut short',
};

const times = (n: number): string => n.toFixed(1);

// What the shares leave of the step is where a cut meets no frame.
function effectTable(effects: CutEffects): HTMLElement {
  return table(effects.moments, [
    {
      title: `${effects.link} cut for ${seconds(effects.cut_seconds)}`,
      text: (m) => `at ${percent(m.moment, 1)} of a step`,
    },
    {title: 'stands for', text: (m) => percent(m.share, 1), isNumber: true},
    {
      title: 'what it does',
      text: (m) => (m.aborts ? `the job is aborted after ${seconds(m.seconds)}` : `the step takes ${seconds(m.seconds)} more`),
    },
  ]);
}

export function goodputCards(g: Goodput): HTMLElement[] {
  const rows = Object.entries(g.spent).filter(([, share]) => share > 0);
  return [
    h(
      'div',
      'tiles',
      tile('Goodput', percent(g.across_sites), `one site ${percent(g.single_site)}; ${g.histories} histories`),
      tile('Nine in ten', `${percent(g.p5, 1)} to ${percent(g.p95, 1)}`, 'of the histories are in between'),
      tile(
        'Steps that count',
        times(g.steps.across_sites ?? 0),
        g.efficiency === null ? '' : `${percent(g.efficiency)} of one site`,
      ),
      tile('Interruptions', times(g.failures + g.cuts), `${times(g.cuts)} cuts, of which ${times(g.aborts)} abort`),
    ),
    h(
      'div',
      'card',
      table(rows, [
        {title: 'Wall time', text: ([of]) => of},
        {title: 'Share', text: ([, share]) => percent(share), isNumber: true},
        {title: '', text: ([of]) => meaning[of] ?? ''},
      ]),
      ...g.effects.map(effectTable),
    ),
  ];
}
