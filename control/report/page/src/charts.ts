// SPDX-License-Identifier: Apache-2.0
// ECharts, only the parts in use, and the life of a chart: drawn, drawn again for another theme or width, and counted
// until all have finished, which is what data-rendered on the root element says.
import {use, init, type EChartsType} from 'echarts/core';
import type {ECBasicOption} from 'echarts/types/dist/shared';
import {CustomChart, LineChart} from 'echarts/charts';
import {
  DataZoomComponent,
  GridComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
} from 'echarts/components';
import {CanvasRenderer, SVGRenderer} from 'echarts/renderers';
import {type Palette, palette} from './theme';

use([
  CustomChart,
  LineChart,
  DataZoomComponent,
  GridComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
  CanvasRenderer,
  SVGRenderer,
]);

export interface Drawing {
  height: (width: number) => number;
  label: string; // what a screen reader says
  renderer: 'canvas' | 'svg'; // canvas for thousands of shapes, svg for sharp prints
  option: (colours: Palette, width: number) => ECBasicOption;
}

interface Mounted {
  element: HTMLElement;
  drawing: Drawing;
  chart: EChartsType;
  width: number;
  isFinished: boolean;
}

const mounted: Mounted[] = [];

function announce(): void {
  if (mounted.every((m) => m.isFinished)) document.documentElement.dataset.rendered = 'true';
}

function draw(m: Mounted): void {
  m.width = m.element.clientWidth;
  m.element.style.height = `${m.drawing.height(m.width)}px`;
  m.chart.resize();
  m.chart.setOption(m.drawing.option(palette(), m.width), {notMerge: true});
}

// The element must be in the document, where it has a width.
export function mount(element: HTMLElement, drawing: Drawing): EChartsType {
  element.classList.add('chart');
  element.setAttribute('role', 'img');
  element.setAttribute('aria-label', drawing.label);
  element.style.height = `${drawing.height(element.clientWidth)}px`;
  const chart = init(element, null, {renderer: drawing.renderer});
  const m: Mounted = {element, drawing, chart, width: 0, isFinished: false};
  mounted.push(m);
  chart.on('finished', () => {
    m.isFinished = true;
    announce();
  });
  draw(m);
  return chart;
}

export function redraw(): void {
  mounted.forEach(draw);
}

let pending = 0;
export function start(): void {
  announce(); // a report without charts is finished at once
  addEventListener('resize', () => {
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(() => mounted.filter((m) => m.element.clientWidth !== m.width).forEach(draw));
  });
}
