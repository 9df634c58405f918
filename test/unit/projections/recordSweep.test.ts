import { expect, it } from 'vitest';
import { sweepTarget } from '../../../src/projections/outbox/recordSweep.ts';

const gigabyte = 131_072;

it('a run sweeps a table of up to 1 GiB whole', () => {
  expect(sweepTarget({ blocks: 0, elapsedHours: 0 }, 168)).toBe(0);
  expect(sweepTarget({ blocks: gigabyte, elapsedHours: 0 }, 168)).toBe(gigabyte);
});

it.each([
  [0, 100_000],
  [1, 200_000],
  [6.5, 750_000],
  [13, 1_400_000],
  [200, 1_400_000],
])(
  'a large table is swept within a twelfth of the retention: after %d hours %d pages',
  (elapsedHours, target) => {
    expect(sweepTarget({ blocks: 1_400_000, elapsedHours }, 168)).toBe(target);
  },
);

it('a clock that went back makes no run wait', () => {
  expect(sweepTarget({ blocks: 1_400_000, elapsedHours: -50 }, 168)).toBe(100_000);
});

it('with a short retention each run sweeps the whole table', () => {
  expect(sweepTarget({ blocks: 1_400_000, elapsedHours: 0 }, 12)).toBe(1_400_000);
});
