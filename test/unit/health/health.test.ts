import { expect, test } from 'vitest';
import { conditions } from '../../../src/health/conditions/conditions.ts';
import type { Facts } from '../../../src/health/facts.ts';
import { createHealth } from '../../../src/health/health.ts';
import { away, wellFacts } from '../../support/healthFacts.ts';

function modelOver(rounds: readonly Facts[]) {
  const clock = { ms: 0 };
  let asked = 0;
  const health = createHealth({
    gather: () => {
      asked += 1;
      return Promise.resolve(rounds[Math.min(asked, rounds.length) - 1] ?? wellFacts);
    },
    conditions,
    monotonicMs: () => clock.ms,
  });
  return { ...health, clock, asked: () => asked };
}

test('callers that ask at the same time or a moment later share one round', async () => {
  const model = modelOver([wellFacts]);
  await Promise.all([model.report(), model.report()]);
  await model.report();
  expect(model.asked()).toBe(1);
  model.clock.ms += 1_500;
  await model.report();
  expect(model.asked()).toBe(2);
});

test('a change begins a new round, also while one is going on', async () => {
  const model = modelOver([away('redis'), wellFacts]);
  const before = model.report();
  model.renew();
  expect((await model.report()).status).toBe('ok');
  expect((await before).status).toBe('warning');
  expect((await model.report()).status).toBe('ok');
});

test('a finding tells since when it was seen without a break', async () => {
  const at = (facts: Facts, atMs: number) => ({ ...facts, atMs });
  const model = modelOver([
    at(away('redis'), 1_000),
    at(away('redis'), 3_000),
    at(wellFacts, 5_000),
    at(away('redis'), 7_000),
  ]);
  const seen: (number | undefined)[] = [];
  for (let round = 1; round <= 4; round += 1) {
    const { findings } = await model.report();
    seen.push(findings[0]?.since.getTime());
    model.clock.ms += 2_000;
  }
  expect(seen).toEqual([1_000, 1_000, undefined, 7_000]);
});
