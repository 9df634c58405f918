import { expect, it } from 'vitest';
import { createCurrentTarget } from '../../../src/webhooks/currentTarget.ts';
import type { RetryEndpoint } from '../../../src/webhooks/retryEndpoint.ts';

const endpoint = (url: string, state: RetryEndpoint['state'] = 'enabled'): RetryEndpoint => ({
  ...{ id: 'whe_1', tenant: '', url, types: null, walletIds: null, labels: null, ordered: true, state },
  ...{ lane: 'retry', failingMs: null, filterRevision: 0n, pausedMs: 0, position: 0n },
  ...{ parkedAt: new Map(), boxes: [] },
});

it('a target is read again after a second, and no endpoint that is disabled or gone has one', async () => {
  const stored: (RetryEndpoint | undefined)[] = [
    endpoint('https://b.test/'),
    endpoint('https://b.test/', 'disabled'),
    undefined,
  ];
  let reads = 0;
  let nowMs = 0;
  const read = () => {
    reads += 1;
    return Promise.resolve(stored.shift());
  };
  const toTarget = ({ tenant, url }: RetryEndpoint) => ({ tenant, url, secrets: [] });
  const current = createCurrentTarget(
    { read, toTarget, monotonicMs: () => nowMs },
    endpoint('https://a.test/'),
  );
  nowMs = 999;
  expect(await current()).toMatchObject({ url: 'https://a.test/' });
  expect(reads).toBe(0);
  nowMs = 1_000;
  const [one, other] = await Promise.all([current(), current()]);
  expect(one).toMatchObject({ url: 'https://b.test/' });
  expect(other).toBe(one);
  expect(reads).toBe(1);
  nowMs = 2_000;
  expect(await current()).toBeUndefined();
  nowMs = 3_000;
  expect(await current()).toBeUndefined();
});
