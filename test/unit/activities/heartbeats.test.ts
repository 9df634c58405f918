import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { runResumable, withHeartbeats } from '../../../src/activities/heartbeats.ts';

afterEach(() => {
  vi.useRealTimers();
});

const details = { details: () => undefined };

it('a cancelled activity ends even if its store never answers', async () => {
  vi.useFakeTimers();
  const environment = new MockActivityEnvironment();
  const result = environment.run(() => withHeartbeats(details, () => new Promise<never>(() => undefined)));
  const ended = expect(result).rejects.toThrow(CancelledFailure);
  environment.cancel();
  await vi.advanceTimersByTimeAsync(2_000);
  await ended;
});

it('work that ends soon after a cancel keeps its own outcome', async () => {
  const environment = new MockActivityEnvironment();
  const { promise, resolve } = Promise.withResolvers<string>();
  const result = environment.run(() => withHeartbeats(details, () => promise));
  environment.cancel();
  resolve('done');
  expect(await result).toBe('done');
});

it('a resumable activity is told to return after three seconds', async () => {
  vi.useFakeTimers();
  const environment = new MockActivityEnvironment();
  const deps = { stopping: new AbortController().signal, now: () => performance.now() };
  const { promise, resolve } = Promise.withResolvers<AbortSignal>();
  const result = environment.run(() =>
    runResumable(deps, async ({ stop }) => {
      resolve(stop);
      while (!stop.aborted) await new Promise((goOn) => setTimeout(goOn, 100));
      return 'so far';
    }),
  );
  const stop = await promise;
  await vi.advanceTimersByTimeAsync(2_900);
  expect(stop.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect(await result).toBe('so far');
});
