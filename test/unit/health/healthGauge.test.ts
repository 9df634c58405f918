import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { conditions } from '../../../src/health/conditions/conditions.ts';
import type { Finding } from '../../../src/health/condition.ts';
import type { HealthReport } from '../../../src/health/health.ts';
import { addHealthGauge } from '../../../src/health/healthGauge.ts';
import { wellFacts } from '../../support/healthFacts.ts';

/** A process whose rounds and clock are the test's. */
function processWith() {
  const state = { ms: 0, rounds: 0, failures: 0, round: reportOf([]) };
  const registry = new Registry();
  const refreshes: (() => Promise<void>)[] = [];
  const beforeScrape = (refresh: () => Promise<void>) => refreshes.push(refresh);
  const exposition = () => Promise.reject(new Error('not asked here'));
  addHealthGauge(
    { registry, beforeScrape, exposition },
    {
      health: {
        report: () => {
          state.rounds += 1;
          return state.round;
        },
      },
      ...{ conditions, monotonicMs: () => state.ms, waitMaxMs: 1 },
      onFailure: () => (state.failures += 1),
    },
  );
  /** What a scrape so many seconds after the last one shows. */
  const scrape = async (afterS: number) => {
    state.ms += afterS * 1_000;
    await Promise.all(refreshes.map((refresh) => refresh()));
    const [metric] = await registry.getMetricsAsJSON();
    return (metric?.values ?? []) as readonly {
      readonly value: number;
      readonly labels: Readonly<Record<string, string>>;
    }[];
  };
  return { state, scrape };
}

function reportOf(names: readonly string[]): Promise<HealthReport> {
  const findings = conditions
    .filter(({ name }) => names.includes(name))
    .flatMap(({ name, part, severity, title }) =>
      ['one', 'two'].map((subject): Finding => {
        const words = { subject, problem: 'p', advice: 'a', command: null };
        return {
          name,
          part,
          severity,
          title,
          ...words,
          stopsOperations: false,
          occurrence: null,
          since: new Date(0),
        };
      }),
    );
  return Promise.resolve({ atMs: 0, status: 'ok', findings, facts: wellFacts });
}

test.each(conditions)('$name is 0, then 1 while it holds, then 0', async ({ name, part, severity }) => {
  const { state, scrape } = processWith();
  for (const holds of [[], [name], []]) {
    state.round = reportOf(holds);
    const shown = await scrape(15);
    expect(shown).toHaveLength(conditions.length);
    expect(shown.filter(({ value }) => value === 1)).toEqual(
      holds.map((): unknown => expect.objectContaining({ labels: { condition: name, part, severity } })),
    );
  }
});

test('scrapes within five seconds cost one round', async () => {
  const { state, scrape } = processWith();
  for (const afterS of [0, 1, 1, 2]) await scrape(afterS);
  expect(state.rounds).toBe(1);
  await scrape(1);
  expect(state.rounds).toBe(2);
});

test('a slow round is shown by the next scrape, and a judgement is shown for a minute', async () => {
  const { state, scrape } = processWith();
  await scrape(0);
  const slow = Promise.withResolvers<HealthReport>();
  state.round = slow.promise;
  expect(await scrape(15)).toHaveLength(conditions.length);
  expect(await scrape(45)).toEqual([]);
  expect(state.rounds).toBe(2);
  slow.resolve(await reportOf(['redis-away']));
  const shown = await scrape(0);
  expect(shown.filter(({ value }) => value === 1)).toHaveLength(1);
});

test('a round that fails is reported, and the next scrape asks again', async () => {
  const { state, scrape } = processWith();
  state.round = Promise.reject(new Error('a condition throws'));
  expect(await scrape(0)).toEqual([]);
  expect(state.failures).toBe(1);
  state.round = reportOf([]);
  expect(await scrape(0)).toHaveLength(conditions.length);
});
