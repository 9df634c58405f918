import { expect, it } from 'vitest';
import { retryDelayMs } from '../../../src/projections/parked/parkedEvents.ts';

it('doubles from a second to five minutes and stays there', () => {
  expect([1, 2, 3, 9, 10, 1_000_000].map(retryDelayMs)).toEqual([
    1_000, 2_000, 4_000, 256_000, 300_000, 300_000,
  ]);
});
