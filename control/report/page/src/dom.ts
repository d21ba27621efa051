// SPDX-License-Identifier: Apache-2.0
// Elements made from values. Text is always a text node: data is never read as markup.
export type Child = Node | string | null;

export function h(tag: string, className = '', ...children: Child[]): HTMLElement {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const child of children) {
    if (child !== null) element.append(child);
  }
  return element;
}

export function section(title: string, lead: string, ...children: Child[]): HTMLElement {
  return h('section', '', h('h2', '', title), lead ? h('p', 'lead', lead) : null, ...children);
}

export interface Column<Row> {
  title: string;
  text: (row: Row) => Child;
  isNumber?: boolean;
}

// A table that scrolls sideways by itself when the screen is narrow.
export function table<Row>(rows: Row[], columns: Column<Row>[]): HTMLElement {
  const cell = (tag: string, column: Column<Row>, content: Child): HTMLElement =>
    h(tag, column.isNumber ? 'number' : '', content);
  const head = h('tr', '', ...columns.map((c) => cell('th', c, c.title)));
  const body = rows.map((row) => h('tr', '', ...columns.map((c) => cell('td', c, c.text(row)))));
  return h('div', 'scroll', h('table', '', h('thead', '', head), h('tbody', '', ...body)));
}

export function pairs(rows: [string, Child][]): HTMLElement {
  return h('dl', 'pairs', ...rows.flatMap(([name, value]) => [h('dt', '', name), h('dd', '', value)]));
}
