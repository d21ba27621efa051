// SPDX-License-Identifier: Apache-2.0
// One step in both runs, a lane per pipeline stage, on one time scale. Computation is drawn over communication:
// what shows at full height is communication that nothing hides.
import type {CustomSeriesRenderItemAPI, ECBasicOption, CustomSeriesRenderItemParams} from 'echarts/types/dist/shared';
import type {Drawing} from './charts';
import type {Interval, Lane} from './data';
import {h, pairs} from './dom';
import {axisUnit, figure, seconds} from './format';
import type {Palette} from './theme';

export interface Run {
  title: string;
  stepSeconds: number;
  lanes: Lane[];
}

type PhaseColour = Exclude<keyof Palette, 'font'>;
export const phaseNames: [PhaseColour, string][] = [
  ['forward', 'Forward'],
  ['backward', 'Backward'],
  ['tensor', 'Tensor parallel'],
  ['activation', 'Activation transfer'],
  ['gradient_activation', 'Activation gradient transfer'],
  ['gradient', 'Gradient reduction'],
  ['optimizer', 'Optimizer'],
  ['other', 'Other'],
];
const nameOf = (phase: string): string => phaseNames.find(([p]) => p === phase)?.[1] ?? phase;

export function legend(runs: Run[]): HTMLElement {
  const seen = new Set(runs.flatMap((run) => run.lanes.flatMap((lane) => lane.intervals.map((i) => i.phase))));
  const entry = (colour: string, text: string): HTMLElement => {
    const swatch = h('i');
    swatch.style.background = `var(--${colour})`;
    return h('span', '', swatch, text);
  };
  const entries = phaseNames.filter(([phase]) => seen.has(phase)).map(([phase, text]) => entry(phase, text));
  return h('div', 'legend', ...entries, entry('idle', 'Idle'));
}

const laneHeight = (lanes: number): number => (lanes > 12 ? 18 : 24);
const titleHeight = 34;
const gap = 14;
const below = 78; // axis and zoom bar

function tooltip(run: Run, lane: Lane, i: Interval): HTMLElement {
  const rows: [string, string][] = [
    ['Microbatch', String(i.microbatch)],
    ['Start', seconds(i.start, 6)],
    ['End', seconds(i.end, 6)],
    ['Duration', seconds(i.end - i.start)],
  ];
  return h(
    'div',
    'tip',
    h('strong', '', nameOf(i.phase)),
    h('div', 'muted', `${run.title}, ${lane.name}`),
    pairs(rows),
  );
}

// One bar; a line's width is left between bars that are wide enough to have one.
function bar(interval: Interval, colour: string) {
  return (params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) => {
    const from = api.coord([interval.start, api.value(0)]);
    const to = api.coord([interval.end, api.value(0)]);
    const band = (api.size!([0, 1]) as number[])[1]! * 0.8;
    const area = params.coordSys as unknown as {x: number; width: number};
    const left = Math.max(from[0]!, area.x);
    const right = Math.min(to[0]!, area.x + area.width);
    if (right < area.x || left > area.x + area.width) return null;
    const width = Math.max(right - left - (right - left > 5 ? 1 : 0), 0.6);
    const height = interval.isCommunication ? band : band * 0.74;
    const label = width > 24 && !interval.isCommunication;
    return {
      type: 'rect' as const,
      shape: {x: left, y: from[1]! - band / 2, width, height},
      style: {fill: colour},
      ...(label
        ? {
            textContent: {
              type: 'text' as const,
              style: {text: String(interval.microbatch), fill: '#fff', fontSize: 11},
            },
            textConfig: {position: 'inside' as const},
          }
        : {}),
    };
  };
}

function seriesOf(run: Run, index: number, colours: Palette): object[] {
  const flat = run.lanes.flatMap((lane, l) => lane.intervals.map((interval) => ({lane, l, interval})));
  const series = [true, false].map((isCommunication) => {
    const items = flat.filter(({interval}) => interval.isCommunication === isCommunication);
    return {
      type: 'custom',
      xAxisIndex: index,
      yAxisIndex: index,
      z: isCommunication ? 2 : 3,
      encode: {x: [1, 2], y: 0},
      data: items.map(({l, interval}) => [l, interval.start, interval.end]),
      renderItem: (params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) => {
        const {interval} = items[params.dataIndex]!;
        return bar(interval, colours[interval.phase as PhaseColour] ?? colours.other)(params, api);
      },
      tooltip: {
        formatter: (p: {dataIndex: number}) => {
          const {lane, interval} = items[p.dataIndex]!;
          return tooltip(run, lane, interval);
        },
      },
    };
  });
  const end = {
    type: 'custom',
    xAxisIndex: index,
    yAxisIndex: index,
    z: 1,
    silent: true,
    data: [],
    renderItem: () => null,
    markLine: {
      silent: true,
      symbol: 'none',
      animation: false,
      label: {show: false},
      lineStyle: {color: colours.ink, type: 'dashed', width: 1.2},
      data: [{xAxis: run.stepSeconds}],
    },
  };
  return [...series, end];
}

export function timeline(runs: Run[]): Drawing {
  const longest = Math.max(
    ...runs.map((r) => Math.max(r.stepSeconds, ...r.lanes.flatMap((l) => l.intervals.map((i) => i.end)))),
  );
  const unit = axisUnit('time', longest);
  const heights = runs.map((r) => r.lanes.length * laneHeight(r.lanes.length));
  const tops = runs.map((_, i) => heights.slice(0, i).reduce((a, b) => a + b, 0) + (i + 1) * titleHeight + i * gap);

  const option = (colours: Palette, width: number): ECBasicOption => {
    const isNarrow = width < 560;
    const left = isNarrow ? 56 : 116;
    const text = {color: colours.muted, fontFamily: colours.font, fontSize: isNarrow ? 10 : 12};
    const last = runs.length - 1;
    return {
      animation: false,
      textStyle: {fontFamily: colours.font},
      title: runs.map((run, i) => ({
        text: `${run.title}   ${seconds(run.stepSeconds)}`,
        left: 0,
        top: tops[i]! - titleHeight + 6,
        padding: 0,
        textStyle: {color: colours.ink, fontSize: 13, fontWeight: 600, fontFamily: colours.font},
      })),
      tooltip: {
        confine: true,
        backgroundColor: colours.card,
        borderColor: colours.line,
        textStyle: {color: colours.ink, fontSize: 12},
      },
      grid: runs.map((_, i) => ({
        left,
        right: 12,
        top: tops[i],
        height: heights[i],
        show: true,
        backgroundColor: colours.idle,
        borderWidth: 0,
        outerBoundsMode: 'none',
      })), // labels must not move an edge: both runs share one scale
      xAxis: runs.map((_, i) => ({
        gridIndex: i,
        type: 'value',
        min: 0,
        max: longest,
        splitLine: {lineStyle: {color: colours.line}},
        axisLine: {show: false},
        axisTick: {show: false},
        splitNumber: isNarrow ? 4 : 8,
        axisLabel: {
          ...text,
          show: i === last,
          hideOverlap: true,
          showMaxLabel: false,
          formatter: (value: number) => `${figure(value / unit.size)} ${unit.name}`,
        },
      })),
      yAxis: runs.map((run, i) => ({
        gridIndex: i,
        type: 'category',
        inverse: true,
        data: run.lanes.map((l) => (isNarrow ? l.name.replace(/ \(.*\)$/, '') : l.name)),
        axisLine: {show: false},
        axisTick: {show: false},
        axisLabel: {...text, interval: 0, width: left - 10, overflow: 'truncate'},
        splitLine: {show: false},
      })),
      dataZoom: [
        {
          type: 'slider',
          xAxisIndex: runs.map((_, i) => i),
          left,
          right: 12,
          bottom: 14,
          height: 26,
          showDataShadow: false,
          filterMode: 'weakFilter',
          borderColor: colours.line,
          fillerColor: `${colours.accent}33`,
          textStyle: text,
          brushSelect: false,
          handleStyle: {color: colours.card, borderColor: colours.accent},
          moveHandleStyle: {color: colours.accent},
          labelFormatter: (value: number) => `${figure(value / unit.size)} ${unit.name}`,
        },
        {
          type: 'inside',
          xAxisIndex: runs.map((_, i) => i),
          filterMode: 'weakFilter',
          zoomOnMouseWheel: 'ctrl',
          preventDefaultMouseMove: false,
        },
      ],
      series: runs.flatMap((run, i) => seriesOf(run, i, colours)),
    };
  };
  return {
    height: () => tops[tops.length - 1]! + heights[heights.length - 1]! + below,
    label: `Timeline of one step: ${runs.map((r) => `${r.title} ${seconds(r.stepSeconds)}`).join(', ')}`,
    renderer: 'canvas',
    option,
  };
}
