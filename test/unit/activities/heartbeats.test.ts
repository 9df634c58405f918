import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { withHeartbeats } from '../../../src/activities/heartbeats.ts';

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
