// Checks how the console writes numbers and times.
import { expect, it } from 'vitest';
import {
  ago,
  amount,
  count,
  counted,
  duration,
  latency,
  rate,
  withoutRepeats,
} from '../../../console/format.ts';

it.each([
  ['9007199254740993.05', '9,007,199,254,740,993.05'],
  ['-1234.00', '-1,234.00'],
  ['0.10', '0.10'],
  ['999', '999'],
])('an amount keeps every digit that was sent: %s', (text, shown) => {
  expect(amount(text)).toBe(shown);
});

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_000, '1 s'],
  [2_140, '2.1 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [7_200_000, '2 h'],
  [172_800_000, '2 days'],
])('a duration of %i ms is shown in the unit that fits it', (ms, shown) => {
  expect(duration(ms)).toBe(shown);
});

it('a short latency has a decimal, and a missing one is a dash', () => {
  expect([latency(1.44), latency(44.4), latency(null)]).toEqual(['1.4 ms', '44 ms', '–']);
});

it('a time is shown relative to now, past or future', () => {
  const nowMs = Date.parse('2026-01-01T00:01:00Z');
  expect(ago('2026-01-01T00:00:48Z', nowMs)).toBe('12 s ago');
  expect(ago('2026-01-01T00:05:00Z', nowMs)).toBe('in 4 min');
  expect(ago('2026-01-01T00:01:00.500Z', nowMs)).toBe('just now');
});

it('counts have separated thousands and a noun in the right number', () => {
  expect([count(12_345), counted(1, 'event'), counted(1_000, 'event')]).toEqual([
    '12,345',
    '1 event',
    '1,000 events',
  ]);
  expect([rate(0.25), rate(1_234.5)]).toEqual(['0.3', '1,235']);
});

it('an axis shows no label twice', () => {
  expect(withoutRepeats(['0', '0', '1', '1', '2'])).toEqual(['0', '', '1', '', '2']);
});
