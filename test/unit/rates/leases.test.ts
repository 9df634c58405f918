import { describe, expect, it } from 'vitest';
import { leaseOf, type Leases, type Policy, windowS } from '../../../src/rates/leases.ts';
import { createCount, createTestRates } from '../../support/rates.ts';

const policy: Policy = { name: 'command', quota: 1_000 };
const lease = leaseOf(policy);

/** Uses one item after the other until one is refused. */
async function useUp(leases: Leases, subject: string, itemsMax = 10_000) {
  for (let used = 0; used < itemsMax; used += 1) {
    const verdict = await leases.use(policy, subject, 1);
    if (!verdict.allowed) return { used, verdict };
  }
  throw new Error(`none of ${itemsMax} items was refused`);
}

describe('one process', () => {
  it('gives the quota to the last item, and no item more', async () => {
    const { leases } = createTestRates({});
    const { used, verdict } = await useUp(leases, 'key:1');
    expect(used).toBe(policy.quota);
    expect(verdict).toMatchObject({ allowed: false, remaining: 0 });
  });

  it('asks Redis once for each lease, ahead, and not at all for a caller who uses little', async () => {
    const clock = { ms: 0 };
    const { count, asked } = createCount(clock);
    const { leases } = createTestRates({}, { clock, count });
    for (let item = 0; item < lease / 2; item += 1) await leases.use(policy, 'key:little', 1);
    expect(asked).toEqual([]);
    await useUp(leases, 'key:1');
    expect(asked.length).toBeLessThanOrEqual(policy.quota / lease + 1);
    expect(leases.use(policy, 'key:2', 1)).not.toBeInstanceOf(Promise);
  });

  it('counts the items of a request, and takes a lease that is large enough for them', async () => {
    const { leases } = createTestRates({});
    expect(await leases.use(policy, 'key:1', 600)).toMatchObject({ allowed: true });
    expect(await leases.use(policy, 'key:1', 600)).toMatchObject({ allowed: false });
    expect(await leases.use(policy, 'key:1', 100_000)).toMatchObject({ allowed: false });
  });

  it('never tells a caller to come back before the window ends', async () => {
    for (const atMs of [0, 1, 999, 1_000, 1_001, 30_500, 59_999]) {
      const clock = { ms: 0 };
      const { leases } = createTestRates({}, { clock });
      await useUp(leases, 'key:1');
      clock.ms = atMs;
      const refused = await leases.use(policy, 'key:1', 1);
      expect(refused.allowed).toBe(false);
      expect(refused.resetS * 1_000).toBeGreaterThanOrEqual(windowS * 1_000 - atMs);
      clock.ms = atMs + refused.resetS * 1_000;
      expect(await leases.use(policy, 'key:1', 1)).toMatchObject({ allowed: true });
    }
  });

  it('keeps a bounded number of windows, whatever subjects come', async () => {
    const { leases } = createTestRates({}, { windowsMax: 100 });
    for (let subject = 0; subject < 10_000; subject += 1) await leases.use(policy, `key:${subject}`, 1);
    expect(leases.size()).toBe(100);
  });
});

describe('two processes', () => {
  it('let through the quota and at most one lease each', async () => {
    const clock = { ms: 0 };
    const { count } = createCount(clock);
    const [one, other] = [createTestRates({}, { clock, count }), createTestRates({}, { clock, count })];
    let allowed = 0;
    for (let item = 0; item < policy.quota; item += 1)
      for (const { leases } of [one, other]) if ((await leases.use(policy, 'key:1', 1)).allowed) allowed += 1;
    expect(allowed).toBeGreaterThanOrEqual(policy.quota);
    expect(allowed).toBeLessThanOrEqual(policy.quota + 2 * lease);
  });
});

describe('without Redis', () => {
  it('a process gives the whole quota alone, says so, and asks no more until the breaker closes', async () => {
    const clock = { ms: 0 };
    let asked = 0;
    const count = () => {
      asked += 1;
      return Promise.reject(new Error('Redis is away'));
    };
    const { leases, local } = createTestRates({}, { clock, count });
    expect((await useUp(leases, 'key:1')).used).toBe(policy.quota);
    expect((await useUp(leases, 'key:2')).used).toBe(policy.quota);
    expect([asked, local.length]).toEqual([1, 2]);
    clock.ms = windowS * 1_000;
    await useUp(leases, 'key:1');
    expect(asked).toBe(2);
  });

  it('a request waits for an answer only if its lease ran out, and goes on with it', async () => {
    const clock = { ms: 0 };
    const answer = Promise.withResolvers<{ used: number; endsInMs: number }>();
    const { leases } = createTestRates({}, { clock, count: () => answer.promise });
    for (let item = 0; item < lease; item += 1)
      expect(leases.use(policy, 'key:1', 1)).toMatchObject({ allowed: true });
    const waiting = leases.use(policy, 'key:1', 1);
    expect(waiting).toBeInstanceOf(Promise);
    answer.resolve({ used: 2 * lease, endsInMs: 60_000 });
    expect(await waiting).toMatchObject({ allowed: true });
  });
});
