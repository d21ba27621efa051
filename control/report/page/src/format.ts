// SPDX-License-Identifier: Apache-2.0
// Figures as people read them; the same rules as control/report/format.hpp.
type Unit = [size: number, name: string];

const narrow = '\u202f'; // narrow no-break space between figure and unit
const minus = '\u2212';

// At most `digits` significant digits, no exponent, no trailing zeros.
export function figure(value: number, digits = 4): string {
  const size = Math.abs(value);
  const before = size >= 1 ? Math.floor(Math.log10(size)) + 1 : 1;
  const text = size.toFixed(Math.max(0, digits - before));
  const trimmed = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return (value < 0 && Number(trimmed) !== 0 ? minus : '') + trimmed;
}

function withUnit(value: number, units: Unit[], digits: number): string {
  const [size, name] = units.find(([s]) => Math.abs(value) >= s * 0.99995) ?? units[units.length - 1]!;
  return figure(value / size, digits) + narrow + name;
}

const timeUnits: Unit[] = [
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
];
const sizeUnits: Unit[] = [
  [2 ** 50, 'PiB'],
  [2 ** 40, 'TiB'],
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
  [1, 'B'],
];
const rateUnits: Unit[] = [
  [1e12, 'Tb/s'],
  [1e9, 'Gb/s'],
  [1e6, 'Mb/s'],
  [1e3, 'kb/s'],
  [1, 'b/s'],
];

export const seconds = (s: number, digits = 4): string => (s === 0 ? `0${narrow}s` : withUnit(s, timeUnits, digits));
export const bytes = (b: number, digits = 4): string => withUnit(b, sizeUnits, digits);
export const rate = (r: number, digits = 4): string => withUnit(r, rateUnits, digits);
export const count = (n: number): string => n.toLocaleString('en-US', {maximumFractionDigits: 0});
export const percent = (ratio: number, decimals = 2): string => (ratio * 100).toFixed(decimals) + narrow + '%';

export function signed(value: number, text: (v: number) => string): string {
  return (value < 0 ? minus : '+') + text(Math.abs(value));
}

export function points(value: number, decimals = 2): string {
  const text = Math.abs(value).toFixed(decimals);
  return (value < 0 && Number(text) !== 0 ? minus : '') + text;
}

// One unit for a whole axis, from the size of what is on it.
export function axisUnit(kind: 'time' | 'size', largest: number): {size: number; name: string} {
  const units = kind === 'time' ? timeUnits : sizeUnits;
  const [size, name] = units.find(([s]) => largest >= s * 0.99995) ?? units[units.length - 1]!;
  return {size, name};
}

// "west->east" as people write it.
export const direction = (text: string): string => text.replace('->', ' → ');
export const words = (text: string): string => text.replaceAll('_', ' ');
