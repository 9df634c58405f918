// Throughput and latency for the console, from two readings of the metrics of commands.
import { Counter, Histogram } from 'prom-client';
import { expect, it } from 'vitest';
import { ratesBetween } from '../../../../src/api/console/consoleRates.ts';
import { createCommandCounts } from '../../../../src/telemetry/commandCounts.ts';

/** The metrics after these numbers of commands within 10 ms, within 100 ms and above, and of refusals. */
async function counts(fast: number, slow: number, slower: number, refused: number) {
  const durations = new Histogram({
    name: 'wallet_command_duration_seconds',
    help: 'How long commands took.',
    labelNames: ['type'],
    buckets: [0.01, 0.1],
    registers: [],
  });
  const refusals = new Counter({
    name: 'wallet_commands_refused_total',
    help: 'How many commands were refused.',
    labelNames: ['code'],
    registers: [],
  });
  durations.zero({ type: 'debit' });
  for (let times = fast; times > 0; times -= 1) durations.observe({ type: 'credit' }, 0.005);
  for (let times = slow; times > 0; times -= 1) durations.observe({ type: 'credit' }, 0.05);
  for (let times = slower; times > 0; times -= 1) durations.observe({ type: 'credit' }, 0.5);
  refusals.inc({ code: 'QUEUE_FULL' }, refused);
  refusals.inc({ code: 'WALLET_BUSY' }, 1);
  return createCommandCounts(durations, refusals)();
}
const before = await counts(100, 0, 0, 0);

it('commands of every kind and refusals of every code are added up, bucket by bucket', async () => {
  expect(await counts(100, 20, 5, 3)).toEqual({
    answered: 125,
    refused: 4,
    buckets: [
      [0.01, 100],
      [0.1, 120],
      [Infinity, 125],
    ],
  });
});

it('a rate counts the commands between two snapshots, per second', async () => {
  expect(ratesBetween(before, await counts(150, 0, 0, 4), 2_000)).toMatchObject({ perS: 25, refusedPerS: 2 });
});

it('a quantile lies within its bucket, evenly spread', async () => {
  // Fifty took up to 10 ms and fifty up to 100 ms. The median is the first bound. The 99th of 100 lies 49
  // fiftieths into the second bucket.
  const { p50Ms, p99Ms } = ratesBetween(before, await counts(150, 50, 0, 0), 1_000);
  expect(p50Ms).toBeCloseTo(10);
  expect(p99Ms).toBeCloseTo(10 + (90 * 49) / 50);
});

it('a latency above the last bound is shown as that bound', async () => {
  expect(ratesBetween(before, await counts(100, 0, 10, 0), 1_000).p99Ms).toBe(100);
});

it('there is no latency without an answer, and no rate below zero after a restart', async () => {
  expect(ratesBetween(before, before, 1_000)).toEqual({
    perS: 0,
    refusedPerS: 0,
    p50Ms: null,
    p99Ms: null,
  });
  expect(ratesBetween(before, await counts(1, 0, 0, 0), 1_000).perS).toBe(0);
});
