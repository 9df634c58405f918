// Limits of rates on a counter of the test. Several may share one, as processes share Redis.
import { type PolicyName, policyNames, type Rates } from '../../src/api/http/rateLimits.ts';
import { type CountInRedis, createLeases, type Leases, windowS } from '../../src/rates/leases.ts';

export interface CountingClock {
  ms: number;
}

/** Counts as Redis does: the first items of a key begin its window. */
export function createCount(clock: CountingClock): {
  readonly count: CountInRedis;
  readonly asked: number[];
} {
  const keys = new Map<string, { used: number; endsAtMs: number }>();
  const asked: number[] = [];
  return {
    asked,
    count: (key, items) => {
      asked.push(items);
      const known = keys.get(key);
      const window =
        known === undefined || known.endsAtMs <= clock.ms
          ? { used: 0, endsAtMs: clock.ms + windowS * 1_000 }
          : known;
      window.used += items;
      keys.set(key, window);
      return Promise.resolve({ used: window.used, endsInMs: window.endsAtMs - clock.ms });
    },
  };
}

interface TestRates {
  readonly rates: Rates;
  readonly leases: Leases;
  readonly refused: PolicyName[];
  readonly local: Error[];
}

/** Quotas that are not given are never used up. */
export function createTestRates(
  quotas: Partial<Record<PolicyName, number>>,
  {
    clock = { ms: 0 },
    count = createCount(clock).count,
    windowsMax = 1_000,
  }: { clock?: CountingClock; count?: CountInRedis; windowsMax?: number } = {},
): TestRates {
  const refused: PolicyName[] = [];
  const local: Error[] = [];
  const leases = createLeases({
    count,
    onLocal: (error) => local.push(error),
    monotonicMs: () => clock.ms,
    breakerOpenMs: 5_000,
    windowsMax,
  });
  const policies = Object.fromEntries(
    policyNames.map((name) => [name, { name, quota: quotas[name] ?? 1_000_000 }]),
  ) as unknown as Rates['policies'];
  return { rates: { leases, policies, onRefused: (name) => refused.push(name) }, leases, refused, local };
}
