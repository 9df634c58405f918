import { expect, it } from 'vitest';
import { createWakeUps, wakeUpChannel } from '../../../../src/projections/drain/wakeUp.ts';

/** Longer than any test, so a wait that ends has ended for another reason. */
const foreverMs = 3_600_000;
const { signal: never } = new AbortController();

it('wakes everyone who waits', async () => {
  const wakeUps = createWakeUps();
  const waits = [wakeUps.waitBeyond(0, foreverMs, never), wakeUps.waitBeyond(0, foreverMs, never)];
  wakeUps.notify();
  await Promise.all(waits);
});

it('does not wait if a wake-up came between the last count and the wait', async () => {
  const wakeUps = createWakeUps();
  const seen = wakeUps.count();
  wakeUps.notify();
  await wakeUps.waitBeyond(seen, foreverMs, never);
});

it('ends a wait when a stop is requested, also before it began', async () => {
  const wakeUps = createWakeUps();
  const stop = new AbortController();
  const wait = wakeUps.waitBeyond(0, foreverMs, stop.signal);
  stop.abort();
  await wait;
  await wakeUps.waitBeyond(0, foreverMs, stop.signal);
});

it('ends a wait by itself after its longest time', async () => {
  await createWakeUps().waitBeyond(0, 1, never);
});

it('uses a channel under the prefix of the deployment', () => {
  expect(wakeUpChannel({ REDIS_KEY_PREFIX: 'test-7:' })).toBe('test-7:appended');
});
