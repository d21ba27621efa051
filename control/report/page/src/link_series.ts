// SPDX-License-Identifier: Apache-2.0
// Utilisation and near-edge queue of one direction over the run across sites, with the line of the buffer.
import type {ECBasicOption} from 'echarts/types/dist/shared';
import type {Drawing} from './charts';
import type {Link, LinkEvent, Samples} from './data';
import {h, pairs} from './dom';
import {axisUnit, bytes, direction, figure, percent, seconds} from './format';
import {marks} from './link_events';
import type {Palette} from './theme';

// Below this share of the buffer the queue gets a scale of its own, or nothing of it would be seen.
const smallQueue = 0.1;

interface Scale {
  max: number;
  showsBuffer: boolean;
}

function queueScale(link: Link, samples: Samples): Scale {
  const peak = Math.max(1, link.queue_peak_bytes, ...samples.queue);
  const showsBuffer = link.buffer_bytes > 0 && peak >= link.buffer_bytes * smallQueue;
  return {max: showsBuffer ? Math.max(link.buffer_bytes, peak) * 1.15 : peak * 1.15, showsBuffer};
}

export function bufferNote(link: Link, samples: Samples): string {
  if (link.buffer_bytes === 0) return '';
  const share =
    `Peak ${bytes(link.queue_peak_bytes)}, ${percent(link.queue_peak_bytes / link.buffer_bytes, 1)} of the buffer of ` +
    bytes(link.buffer_bytes);
  return share + (queueScale(link, samples).showsBuffer ? '.' : ', which lies above this scale.');
}

function area(index: number, colour: string, data: number[][]): object {
  return {
    type: 'line',
    xAxisIndex: index,
    yAxisIndex: index,
    data,
    symbol: 'none',
    sampling: 'max',
    step: 'end',
    silent: true,
    lineStyle: {width: 1.4, color: colour},
    areaStyle: {color: colour, opacity: 0.18},
    itemStyle: {color: colour},
  };
}

export function linkSeries(link: Link, samples: Samples, events: LinkEvent[], runSeconds: number): Drawing {
  const times = samples.start.map((t) => t * 1e-9);
  const end = times.length > 1 ? times[times.length - 1]! + (times[1]! - times[0]!) : runSeconds || 1;
  const time = axisUnit('time', end);
  const scale = queueScale(link, samples);
  const size = axisUnit('size', scale.max);
  // A bin holds until the next one starts; the last one is closed so that it can be seen.
  const line = (values: number[]): number[][] => [
    ...values.map((v, i) => [times[i]!, v]),
    ...(values.length ? [[end, values[values.length - 1]!]] : []),
  ];

  const happened = (i: number): [string, string][] => {
    const next = times[i + 1] ?? Infinity;
    const within = events.filter((e) => e.at_seconds >= times[i]! && e.at_seconds < next);
    return within.slice(0, 6).map((e) => [seconds(e.at_seconds), e.what]);
  };

  const tip = (parameters: {dataIndex: number}[]): HTMLElement => {
    const i = Math.min(parameters[0]?.dataIndex ?? 0, times.length - 1);
    return h(
      'div',
      'tip',
      h('strong', '', direction(link.direction)),
      pairs([
        ['From', seconds(times[i]!)],
        ['Utilisation', percent(samples.utilisation[i]! / 1e4, 1)],
        ['Queue peak', bytes(samples.queue[i]!)],
        ...happened(i),
      ]),
    );
  };

  const option = (colours: Palette, width: number): ECBasicOption => {
    const text = {color: colours.muted, fontFamily: colours.font, fontSize: 11};
    const grid = {left: 58, right: 22, outerBoundsMode: 'none'};
    const xAxis = (index: number): object => ({
      gridIndex: index,
      type: 'value',
      min: 0,
      max: end,
      splitLine: {show: false},
      axisTick: {show: false},
      axisLine: {lineStyle: {color: colours.line}},
      splitNumber: 5,
      axisLabel: {
        ...text,
        show: index === 1,
        hideOverlap: true,
        formatter: (v: number) => `${figure(v / time.size)} ${time.name}`,
      },
    });
    const yAxis = (
      index: number,
      name: string,
      max: number,
      interval: number,
      label: (v: number) => string,
    ): object => ({
      gridIndex: index,
      type: 'value',
      min: 0,
      max,
      interval,
      name,
      nameLocation: 'end',
      nameGap: 10,
      nameTextStyle: {...text, align: 'left', padding: [0, 0, 0, -50]},
      splitLine: {lineStyle: {color: colours.line}},
      axisLabel: {...text, showMaxLabel: true, formatter: label},
    });
    const upright = (hasLabels: boolean) => marks(events, colours, width - grid.left - grid.right, end, hasLabels);
    const buffer = {
      yAxis: link.buffer_bytes,
      lineStyle: {color: colours.bad, type: 'dashed', width: 1.2},
      label: {
        position: 'insideStartTop',
        formatter: `buffer ${bytes(link.buffer_bytes)}`,
        color: colours.bad,
        fontSize: 11,
        fontFamily: colours.font,
      },
    };
    const inQueue = upright(false);
    if (scale.showsBuffer) inQueue.data.push(buffer);
    return {
      animation: false,
      textStyle: {fontFamily: colours.font},
      tooltip: {
        trigger: 'axis',
        confine: true,
        backgroundColor: colours.card,
        borderColor: colours.line,
        textStyle: {color: colours.ink, fontSize: 12},
        axisPointer: {lineStyle: {color: colours.muted}},
        formatter: tip,
      },
      axisPointer: {link: [{xAxisIndex: 'all'}]},
      grid: [
        {...grid, top: 28, height: 92},
        {...grid, top: 160, height: 92},
      ],
      xAxis: [xAxis(0), xAxis(1)],
      yAxis: [
        yAxis(0, 'Utilisation', 1e4, 5e3, (v) => `${v / 100} %`),
        yAxis(1, 'Queue', scale.max, niceStep(scale.max / size.size) * size.size, (v) =>
          v === 0 ? '0' : v > scale.max * 0.99 ? '' : `${figure(v / size.size)} ${size.name}`,
        ),
      ],
      series: [
        {...area(0, colours.accent, line(samples.utilisation)), markLine: upright(true)},
        {...area(1, colours.activation, line(samples.queue)), markLine: inQueue},
      ],
    };
  };
  return {
    height: () => 286,
    label: `${link.name} ${direction(link.direction)}: utilisation and queue over time`,
    renderer: 'svg',
    option,
  };
}

// Two to four lines on an axis of this height, in powers of two above 10 as sizes go.
function niceStep(max: number): number {
  const rough = max / 3;
  const power = rough >= 10 ? 2 ** Math.ceil(Math.log2(rough)) : 10 ** Math.floor(Math.log10(rough));
  return rough >= 10 ? power : ([1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? rough);
}
