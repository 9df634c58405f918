// Throughput and latency for the console, out of two snapshots of what Prometheus would scrape.
import { expect, it } from 'vitest';
import { ratesBetween, readCommandCounts } from '../../../../src/api/console/consoleRates.ts';

const exposition = (fast: number, slow: number, slower: number, refused: number) => `
# HELP wallet_command_duration_seconds How long commands took.
# TYPE wallet_command_duration_seconds histogram
wallet_command_duration_seconds_bucket{le="0.01",type="credit"} ${fast}
wallet_command_duration_seconds_bucket{le="0.1",type="credit"} ${fast + slow}
wallet_command_duration_seconds_bucket{le="+Inf",type="credit"} ${fast + slow + slower}
wallet_command_duration_seconds_bucket{le="0.01",type="debit"} 0
wallet_command_duration_seconds_bucket{le="0.1",type="debit"} 0
wallet_command_duration_seconds_bucket{le="+Inf",type="debit"} 0
wallet_command_duration_seconds_sum{type="credit"} 1.5
wallet_command_duration_seconds_count{type="credit"} ${fast + slow + slower}
wallet_commands_refused_total{code="QUEUE_FULL"} ${refused}
wallet_commands_refused_total{code="WALLET_BUSY"} 1
`;
const counts = (...of: Parameters<typeof exposition>) => readCommandCounts(exposition(...of));
const before = counts(100, 0, 0, 0);

it('commands of every kind and refusals of every code are added up, bucket by bucket', () => {
  expect(counts(100, 20, 5, 3)).toEqual({
    answered: 125,
    refused: 4,
    buckets: [
      [0.01, 100],
      [0.1, 120],
      [Infinity, 125],
    ],
  });
});

it('rates are of what came between two snapshots, a second', () => {
  expect(ratesBetween(before, counts(150, 0, 0, 4), 2_000)).toMatchObject({ perS: 25, refusedPerS: 2 });
});

it('a quantile lies within its bucket, evenly spread', () => {
  // Fifty up to 10 ms and fifty up to 100 ms: half way is the bound, and 99 of 100 is 49 fiftieths into the second.
  const { p50Ms, p99Ms } = ratesBetween(before, counts(150, 50, 0, 0), 1_000);
  expect(p50Ms).toBeCloseTo(10);
  expect(p99Ms).toBeCloseTo(10 + (90 * 49) / 50);
});

it('of what is slower than the last bound no more than that bound is told', () => {
  expect(ratesBetween(before, counts(100, 0, 10, 0), 1_000).p99Ms).toBe(100);
});

it('no latency is told where nothing was answered, and no rate below zero where the process began anew', () => {
  expect(ratesBetween(before, before, 1_000)).toEqual({
    perS: 0,
    refusedPerS: 0,
    p50Ms: null,
    p99Ms: null,
  });
  expect(ratesBetween(before, counts(1, 0, 0, 0), 1_000).perS).toBe(0);
});
