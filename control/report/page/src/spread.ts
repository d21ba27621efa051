// SPDX-License-Identifier: Apache-2.0
// How figures are spread: step times over the steps, and everything over the seeds.
import type {Result, Steps} from './data';
import {h, table} from './dom';
import {count, percent, seconds} from './format';

// A mark for each step between the shortest and the longest of both runs.
function strip(steps: Steps, low: number, high: number): HTMLElement {
  const track = h('div', 'strip');
  const most = 500;
  const every = Math.ceil(steps.seconds.length / most);
  for (let i = 0; i < steps.seconds.length; i += every) {
    const mark = h('i');
    mark.style.left = `${high > low ? ((steps.seconds[i]! - low) / (high - low)) * 100 : 50}%`;
    track.append(mark);
  }
  return track;
}

export function stepTable(result: Result): HTMLElement | null {
  const both = result.step_distribution;
  if (!both) return null;
  const low = Math.min(both.single_site.min_seconds, both.across_sites.min_seconds);
  const high = Math.max(both.single_site.max_seconds, both.across_sites.max_seconds);
  const rows: [string, Steps][] = [
    ['One site', both.single_site],
    ['Across sites', both.across_sites],
  ];
  const number = (title: string, text: (s: Steps) => string) => ({
    title,
    text: ([, s]: [string, Steps]) => text(s),
    isNumber: true,
  });
  return table(rows, [
    {title: 'Run', text: ([name]) => name},
    number('Steps', (s) => count(s.steps)),
    number('Shortest', (s) => seconds(s.min_seconds)),
    number('Median', (s) => seconds(s.p50_seconds)),
    number('p99', (s) => seconds(s.p99_seconds)),
    number('Longest', (s) => seconds(s.max_seconds)),
    {title: `From ${seconds(low)} to ${seconds(high)}`, text: ([, s]) => strip(s, low, high)},
  ]);
}

export function seedTable(result: Result): HTMLElement | null {
  if (!result.by_seed) return null;
  type Row = NonNullable<Result['by_seed']>[number];
  const number = (title: string, text: (s: Row) => string) => ({title, text, isNumber: true});
  const step = (s: number | null): string => (s === null ? '–' : seconds(s));
  return table(result.by_seed, [
    {title: 'Seed', text: (s) => String(s.seed)},
    number('Efficiency', (s) => percent(s.efficiency)),
    number('Step, one site', (s) => step(s.step_seconds.single_site)),
    number('Step, across sites', (s) => step(s.step_seconds.across_sites)),
    number('Exposed communication', (s) => seconds(s.exposed_communication_seconds)),
    number('Retransmitted', (s) => count(s.retransmitted)),
    number('Timeouts', (s) => count(s.timeouts)),
    number('Message p99', (s) => seconds(s.messages.p99_seconds)),
  ]);
}
