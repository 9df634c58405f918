// Watches the feed from several addresses until pages have to give way.
import { expect, it } from 'vitest';
import { createConsoleFeed, watchersMax } from '../../../../src/api/console/consoleFeed.ts';
import { createLog } from '../../../../src/telemetry/log.ts';

it('the oldest page of an address gives way to its newer ones, and then the oldest of all', () => {
  const stopping = new AbortController();
  const feed = createConsoleFeed({
    readStores: () => Promise.reject(new Error('the stores are away')),
    readTemporal: () => Promise.reject(new Error('Temporal is away')),
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
