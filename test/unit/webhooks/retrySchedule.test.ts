import { expect, it } from 'vitest';
import { attemptsMax, delayBefore, isDisabledAfter } from '../../../src/webhooks/retrySchedule.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const attempts = Array.from({ length: attemptsMax }, (_, index) => index + 1);

it('ten attempts have the delays of the standard, and then no further one', () => {
  expect(attempts.map((attempt) => delayBefore(attempt, 0.5))).toEqual([
    ...[0, 5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour],
    ...[10 * hour, 14 * hour, 20 * hour, 24 * hour],
  ]);
  expect(delayBefore(11, 0.5)).toBeUndefined();
  expect(delayBefore(11, 0.5, hour)).toBeUndefined();
});

it('no attempt has a number below one', () => {
  expect(delayBefore(0, 0.5)).toBeUndefined();
});

it('a delay is a tenth shorter or longer, by chance', () => {
  expect([0, 0.25, 0.75].map((random) => delayBefore(3, random))).toEqual([
    270 * second,
    285 * second,
    315 * second,
  ]);
  expect(delayBefore(1, 0.99)).toBe(0);
});

it('a receiver may ask for a longer delay, not for a shorter one, and for a day at most', () => {
  expect(delayBefore(2, 0.5, minute)).toBe(minute);
  expect(delayBefore(3, 0.5, minute)).toBe(5 * minute);
  expect(delayBefore(2, 0.5, 3 * day)).toBe(day);
  // The jitter of the last delay may pass a day.
  expect(delayBefore(10, 0.999, 3 * day)).toBeGreaterThan(day);
});

it('an endpoint is disabled after five days without a success, and outlives all attempts of one delivery', () => {
  expect(isDisabledAfter(5 * day - 1)).toBe(false);
  expect(isDisabledAfter(5 * day)).toBe(true);
  const longest = attempts.reduce((sum, attempt) => sum + (delayBefore(attempt, 0.999) ?? 0), 0);
  expect(isDisabledAfter(longest)).toBe(false);
});
