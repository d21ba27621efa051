// SPDX-License-Identifier: Apache-2.0
// What happened to links during the run: marks across the pictures over time, and a list.
import type {Link, LinkEvent} from './data';
import {h, table} from './dom';
import {direction, seconds} from './format';
import type {Palette} from './theme';

// More lines than that would hide the picture, and nobody reads more rows.
const mostMarks = 60;
const mostRows = 40;
// Two labels along their lines need so much between them.
const labelWidth = 13;

export function eventsOf(events: LinkEvent[], link: Link): LinkEvent[] {
  return events.filter((e) => e.link === link.name && (e.direction === 'both' || e.direction === link.direction));
}

// "protection", "ramp loss", "wave 3 dark"; the list and the tip have it in full.
const shortWords = (e: LinkEvent): string => e.what.split(/[:,=]| for /)[0]!;

interface Marks {
  silent: boolean;
  symbol: string;
  animation: boolean;
  data: object[];
}

const isDark = (e: LinkEvent): boolean => /^(cut \d|protection|wave \d+ dark)/.test(e.what);

// Vertical lines at the times of events; `plotWidth` in pixels for the time up to `end`. Labels run along the lines,
// and give way to those before them.
export function marks(
  events: LinkEvent[],
  colours: Palette,
  plotWidth: number,
  end: number,
  hasLabels: boolean,
): Marks {
  let labelled = -Infinity;
  const data = events.slice(0, mostMarks).map((e) => {
    const x = (e.at_seconds / end) * plotWidth;
    const show = hasLabels && x - labelled >= labelWidth;
    if (show) labelled = x;
    const colour = isDark(e) ? colours.bad : colours.muted;
    return {
      xAxis: e.at_seconds,
      lineStyle: {color: colour, type: 'solid', width: 1},
      label: {
        show,
        formatter: shortWords(e),
        position: x < labelWidth ? 'insideEndBottom' : 'insideEndTop',
        color: colour,
        fontSize: 10,
        fontFamily: colours.font,
        width: 84,
        overflow: 'truncate',
      },
    };
  });
  return {silent: true, symbol: 'none', animation: false, data};
}

export function eventTable(events: LinkEvent[]): HTMLElement {
  const shown = events.slice(0, mostRows);
  const rest = events.length - shown.length;
  return h(
    'div',
    'card',
    table(shown, [
      {title: 'At', text: (e) => seconds(e.at_seconds), isNumber: true},
      {title: 'Link', text: (e) => e.link},
      {title: 'Direction', text: (e) => direction(e.direction)},
      {title: 'What', text: (e) => e.what},
    ]),
    rest > 0 ? h('p', 'note', `and ${rest} more, which result.json lists`) : null,
  );
}
