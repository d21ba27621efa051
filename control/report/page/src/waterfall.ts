// SPDX-License-Identifier: Apache-2.0
// The attribution as a waterfall: from 100 down, cause by cause, to the efficiency. Rows of a grid, so that every label
// has its own place on any width.
import type {Result} from './data';
import {h} from './dom';
import {percent, points} from './format';

const meaning: Record<string, string> = {
  loss: 'frames lost and sent again',
  'congestion-control': 'senders slowed beyond back-pressure',
  convergence: 'less capacity than the NICs together',
  distance: 'time of flight',
  schedule: 'waiting that remains',
};

interface Row {
  name: string;
  more: string;
  from: number;
  to: number;
  value: string;
  kind: 'total' | 'lost' | 'gained' | 'skipped';
}

function rowsOf(result: Result): Row[] {
  const rows: Row[] = [
    {name: 'One site', more: 'the same job without distance', from: 0, to: 100, value: '100.00', kind: 'total'},
  ];
  let level = 100;
  for (const {cause, points: lost, was_run, points_error: error} of result.attribution) {
    const next = level - lost;
    rows.push({
      name: cause.replaceAll('-', ' '),
      more: was_run ? (meaning[cause] ?? '') + (error ? `, ± ${points(error)}` : '') : 'nothing to remove',
      from: level,
      to: next,
      value: points(-lost),
      kind: !was_run ? 'skipped' : lost < 0 ? 'gained' : 'lost',
    });
    level = next;
  }
  const across = result.efficiency! * 100;
  rows.push({
    name: 'Across sites',
    more: 'equivalent compute efficiency',
    from: 0,
    to: across,
    value: points(across),
    kind: 'total',
  });
  return rows;
}

// A scale that shows the lost points large; its start is written under it and the total bars are drawn broken.
function scaleOf(rows: Row[]): {low: number; high: number; ticks: number[]} {
  const levels = rows.flatMap((r) => (r.kind === 'total' ? [r.to] : [r.from, r.to]));
  const least = Math.min(...levels);
  const most = Math.max(100, ...levels);
  const span = Math.max(most - least, 0.5) * 1.5;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? rough;
  const low = Math.max(0, Math.floor((most - span) / step) * step);
  const high = Math.ceil(most / step - 1e-9) * step;
  const ticks = [];
  for (let i = 0; low + i * step <= high + 1e-9; ++i) ticks.push(low + i * step);
  return {low, high, ticks};
}

export function waterfall(result: Result): HTMLElement {
  const rows = rowsOf(result);
  const {low, high, ticks} = scaleOf(rows);
  const at = (value: number): number => ((Math.max(value, low) - low) / (high - low)) * 100;
  const decimals = ticks.some((t) => Math.abs(t - Math.round(t)) > 1e-6) ? 1 : 0;

  const lines = rows.map((row, index) => {
    const start = Math.min(at(row.from), at(row.to));
    const bar = h('div', `bar ${row.kind}${row.kind === 'total' && low > 0 ? ' broken' : ''}`);
    bar.style.left = `${start}%`;
    bar.style.width = `${Math.abs(at(row.to) - at(row.from))}%`;
    const track = h(
      'div',
      'track',
      ...ticks.map((tick) => {
        const line = h('div', 'tick');
        line.style.left = `${at(tick)}%`;
        return line;
      }),
      bar,
    );
    if (index + 1 < rows.length) {
      const step = h('div', 'step');
      step.style.left = `${at(row.to)}%`;
      track.append(step);
    }
    return h(
      'div',
      `row ${row.kind}`,
      h('div', 'name', row.name, h('small', '', row.more)),
      track,
      h('div', 'value', row.value),
    );
  });
  const axis = h(
    'div',
    'track axis',
    ...ticks.map((tick) => {
      const label = h('span', '', tick.toFixed(decimals));
      label.style.left = `${at(tick)}%`;
      return label;
    }),
  );
  const element = h('div', 'waterfall', ...lines, h('div', 'row scale', h('div', 'name'), axis, h('div', 'value')));
  element.setAttribute('role', 'img');
  element.setAttribute(
    'aria-label',
    `From 100 points to ${percent(result.efficiency!)}: ` +
      result.attribution.map((a) => `${a.cause} ${points(a.points)}`).join(', '),
  );
  return h(
    'div',
    '',
    element,
    low > 0
      ? h('p', 'note', `Points of efficiency. The scale starts at ${low.toFixed(decimals)}, not at zero.`)
      : h('p', 'note', 'Points of efficiency.'),
  );
}
