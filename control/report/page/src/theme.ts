// SPDX-License-Identifier: Apache-2.0
// Light or dark: what the system says until the reader chooses; always light on paper.
import {h} from './dom';

const names = [
  'ink',
  'muted',
  'faint',
  'line',
  'card',
  'accent',
  'good',
  'bad',
  'warn',
  'forward',
  'backward',
  'tensor',
  'activation',
  'gradient_activation',
  'gradient',
  'optimizer',
  'other',
  'idle',
] as const;
export type Palette = Record<(typeof names)[number], string> & {font: string};

// The colours are written once, in style.css.
export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const entries = names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
  return {...Object.fromEntries(entries), font: getComputedStyle(document.body).fontFamily} as Palette;
}

const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');
let chosen: string | null = null;
const current = (): string => chosen ?? (system.matches ? 'dark' : 'light');

export function toggle(onChange: () => void): HTMLElement {
  const button = h('button', 'toggle');
  const show = (): void => {
    root.dataset.theme = current();
    button.textContent = current() === 'dark' ? '☀ Light' : '☾ Dark';
    button.setAttribute('aria-label', `Switch to ${current() === 'dark' ? 'light' : 'dark'} colours`);
  };
  const change = (): void => {
    show();
    onChange();
  };
  button.addEventListener('click', () => {
    chosen = current() === 'dark' ? 'light' : 'dark';
    change();
  });
  system.addEventListener('change', change);
  addEventListener('beforeprint', () => {
    root.dataset.theme = 'light';
    root.dataset.printing = '';
    onChange();
  });
  addEventListener('afterprint', () => {
    delete root.dataset.printing;
    change();
  });
  show();
  return button;
}
