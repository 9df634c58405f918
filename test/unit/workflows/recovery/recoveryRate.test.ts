import { expect, it } from 'vitest';
import { type Mark, marksAfter, ratePerS } from '../../../../src/workflows/recovery/recoveryRate.ts';

/** The rate and the marks of a phase whose steps of 3,000 events end at these seconds. */
function after(seconds: readonly number[]) {
  let marks: readonly Mark[] = [{ activeMs: 0, done: 0 }];
  let now: Mark = { activeMs: 0, done: 0 };
  for (const second of seconds) {
    now = { activeMs: second * 1_000, done: now.done + 3_000 };
    marks = marksAfter(marks, now);
  }
  return { rate: ratePerS(marks, now), marks };
}

const every3s = (from: number, to: number) =>
  Array.from({ length: (to - from) / 3 }, (_, index) => from + 3 * (index + 1));

it('a rate is the work done per second', () => {
  expect(after([]).rate).toBe(0);
  expect(after(every3s(0, 3)).rate).toBe(1_000);
  expect(after(every3s(0, 300)).rate).toBe(1_000);
});

it('a rate forgets a minute without a step within seconds', () => {
  const outage = [...every3s(0, 300), ...every3s(360, 363)];
  expect(after(outage).rate).toBeLessThan(100);
  expect(after([...outage, ...every3s(363, 381)]).rate).toBe(1_000);
});

it('a rate remembers a bounded number of marks, however short the steps are', () => {
  const steps = Array.from({ length: 10_000 }, (_, index) => index / 100);
  const { marks, rate } = after(steps);
  expect(marks.length).toBeLessThan(20);
  expect(rate).toBe(300_000);
});
