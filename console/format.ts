// Puts numbers, times, durations and amounts into words. Pure.
import { titleOf } from '../src/projections/registry.ts';
import { withThousands } from '../src/workflows/recovery/thousands.ts';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

export function count(value: number): string {
  return whole.format(value);
}

/** "1 event", "2 events", "2 entries". */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${value === 1 ? noun : plural(noun)}`;
}

export function plural(noun: string): string {
  return `${noun.replace(/y$/, 'ie')}s`;
}

/** White space and characters of no width, which a copied id brings from a chat or a mail. */
const blank = '[\\s\\u200b-\\u200f\\u2060\\ufeff]';
const around = `${blank}*`;
const isBlank = new RegExp(blank, 'u');

export function trimmed(typed: string): string {
  let [start, end] = [0, typed.length];
  while (start < end && isBlank.test(typed.charAt(start))) start += 1;
  while (end > start && isBlank.test(typed.charAt(end - 1))) end -= 1;
  return typed.slice(start, end);
}

/** The pattern of an input whose text is trimmed before it is used. */
export function paddedPattern(source: string): string {
  return `${around}(?:${source})${around}`;
}

export function rate(perS: number): string {
  return perS < 10 ? tenths.format(perS) : whole.format(perS);
}

/** A size for a line: 340 kB, 2.1 MB, 12 GB. */
export function bytes(size: number): string {
  const shown = (part: number) => (size < 10 * part ? tenths : whole).format(size / part);
  if (size < 1_000_000) return `${shown(1_000)} kB`;
  if (size < 1_000_000_000) return `${shown(1_000_000)} MB`;
  return `${shown(1_000_000_000)} GB`;
}

/** A duration for a table: 340 ms, 2.1 s, 12 min. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${whole.format(ms)} ms`;
  if (ms < 10_000) return `${tenths.format(ms / 1_000)} s`;
  if (ms < 120_000) return `${whole.format(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${whole.format(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${whole.format(ms / 3_600_000)} h`;
  return `${whole.format(ms / 86_400_000)} days`;
}

/** A latency. Below ten milliseconds it has one decimal. */
export function latency(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 10 ? `${tenths.format(ms)} ms` : duration(ms);
}

/** "12 s ago", or "in 4 min" for a time to come. */
export function ago(iso: string, nowMs: number): string {
  const ms = nowMs - Date.parse(iso);
  if (Math.abs(ms) < 1_000) return 'just now';
  return ms < 0 ? `in ${duration(-ms)}` : `${duration(ms)} ago`;
}

/** Local date and time, to the second. */
export function time(iso: string): string {
  const date = new Date(iso);
  const part = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${part(date.getMonth() + 1)}-${part(date.getDate())}`;
  return `${day} ${part(date.getHours())}:${part(date.getMinutes())}:${part(date.getSeconds())}`;
}

/** An exact decimal with commas between thousands. The text is split, and never becomes a number. */
export function amount(text: string): string {
  const [, sign = '', integer = '', rest = ''] = /^(-?)(\d+)(\D.*)?$/.exec(text) ?? [];
  return `${sign}${withThousands(integer)}${rest}`;
}

/** In a sentence: "the read model". */
export function inSentence(projection: string): string {
  return `the ${titleOf(projection).toLowerCase()}`;
}

/** The labels of an axis, each one once. Steps finer than the format would otherwise repeat them. */
export function withoutRepeats(labels: readonly string[]): string[] {
  return labels.map((label, index) => (labels.indexOf(label) === index ? label : ''));
}
