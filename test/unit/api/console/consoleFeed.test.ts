// Watches the feed from several addresses until pages have to give way.
import { expect, it, vi } from 'vitest';
import { createConsoleFeed, watchersMax } from '../../../../src/api/console/consoleFeed.ts';
import type { Sample } from '../../../../src/api/console/consoleSnapshot.ts';
import { samplesAfter } from '../../../../src/api/console/samplesAfter.ts';
import { createLog } from '../../../../src/telemetry/log.ts';

it('the oldest page of an address gives way to its newer ones, and then the oldest of all', () => {
  const stopping = new AbortController();
  const feed = createConsoleFeed({
    readStores: () => Promise.reject(new Error('the stores are away')),
    readTemporal: () => Promise.reject(new Error('Temporal is away')),
    readConditions: () => Promise.reject(new Error('the health model is away')),
    log: createLog('silent', 'server'),
    stopping: stopping.signal,
  });
  const ended: string[] = [];
  const watch = (address: string, name: string) =>
    feed.watch({ address, onSnapshot: () => undefined, onEnd: (reason) => ended.push(`${name} ${reason}`) });
  watch('operator', 'visible');
  for (let count = 0; count < 100; count += 1) watch('greedy', `greedy-${count}`);
  const ofGreedy = ended.length;
  expect(ended).toEqual(Array.from({ length: ofGreedy }, (_, count) => `greedy-${count} replaced`));
  expect(100 - ofGreedy).toBe(watchersMax / 2);
  for (let count = 100 - ofGreedy + 1; count < watchersMax; count += 1) watch(`address-${count}`, 'other');
  expect(ended).toHaveLength(ofGreedy);
  watch('one more', 'last');
  expect(ended.at(-1)).toBe('visible replaced');
  stopping.abort();
  expect(ended.filter((line) => line.endsWith('stopping'))).toHaveLength(watchersMax);
});

const sampleAt = (atMs: number): Sample => ({
  atMs,
  lagMs: { 'read-model': 0, ledger: 0, webhooks: 0 },
  behind: { 'read-model': 0, ledger: 0, webhooks: 0 },
  outbox: 0,
  eventsPerS: null,
  commands: null,
});

it('samples are kept for an hour, every second of the last ten minutes and every tenth before', () => {
  let samples: readonly Sample[] = [];
  const hours = 2;
  for (let second = 0; second <= hours * 3_600; second += 1)
    samples = samplesAfter(samples, sampleAt(second * 1_000));
  const ages = samples.map(({ atMs }) => hours * 3_600 - atMs / 1_000);
  expect(ages[0]).toBeLessThanOrEqual(3_600);
  expect(ages[0]).toBeGreaterThan(3_580);
  expect(ages.filter((age) => age <= 600)).toHaveLength(601);
  expect(samples.length).toBeLessThan(601 + 310);
});

it('samples are taken while no page watches', async () => {
  const stopping = new AbortController();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const feed = createConsoleFeed({
    readStores: () => {
      resolve(undefined);
      return Promise.resolve({ atMs: 1, parts: {}, stores: null, sample: sampleAt(1) });
    },
    readTemporal: () => Promise.reject(new Error('nobody watches')),
    readConditions: () => Promise.resolve([]),
    idleIntervalMs: 1,
    log: createLog('silent', 'server'),
    stopping: stopping.signal,
  });
  await promise;
  await vi.waitFor(() => {
    expect(feed.samples().length).toBeGreaterThan(0);
  }, 20_000);
  stopping.abort();
});
