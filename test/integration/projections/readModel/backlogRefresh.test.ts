import { afterEach, beforeEach, expect, it } from 'vitest';
import { drain } from '../../../../src/projections/drain/drain.ts';
import { createWakeUps } from '../../../../src/projections/drain/wakeUp.ts';
import type { Projection } from '../../../../src/projections/projection.ts';
import { addTarget, targetAlias } from '../../../../src/projections/readModel/targets.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../../support/projections.ts';
import { walletStream } from '../../../support/walletStream.ts';

/** Eight full pages of two events, and one that is not full. */
const events = 17;

let fixture: ProjectionFixture;
let index: string;
beforeEach(async () => {
  fixture = await createProjectionFixture();
  index = `${fixture.indexPrefix}wallets-000001`;
  await fixture.readModel.prepare?.();
  await appendEvents(fixture.pool, walletStream('wallet-001', 100n, Array<bigint>(events - 1).fill(1n)));
});
afterEach(() => fixture.close());

async function refreshInterval(): Promise<unknown> {
  const answer = await fixture.elasticsearch.indices.getSettings({ index, flat_settings: true });
  const settings = answer[index]?.settings as Readonly<Record<string, unknown>> | undefined;
  return settings?.['index.refresh_interval'];
}

/** Drains the log, and gives the interval before each page is written. */
async function drainLog(failsAtPage?: number): Promise<readonly unknown[]> {
  const { readModel } = fixture;
  if (readModel.writes !== 'before-checkpoint') throw new Error('the read model has its own store');
  const intervals: unknown[] = [];
  const told: Projection = {
    ...readModel,
    project: async (page) => {
      intervals.push(await refreshInterval());
      if (intervals.length === failsAtPage) throw new Error('the worker dies');
      return readModel.project(page);
    },
  };
  const stop = new AbortController();
  await drain(
    {
      ...{ pool: fixture.pool, wakeUps: createWakeUps(), now: () => performance.now() },
      ...{ batchSizeMax: 2, pollMaxMs: 20, paceMs: 0, pagesMax: 1, budgetMs: 60_000 },
    },
    told,
    stop.signal,
    ({ position }) => {
      if (position === BigInt(events)) stop.abort();
    },
  );
  return intervals;
}

it('a backlog is refreshed every five seconds, and the pages after it as usual', async () => {
  const intervals = await drainLog();
  expect(intervals).toHaveLength(9);
  expect(intervals.slice(0, 4)).toEqual(Array(4).fill('250ms'));
  expect(intervals.slice(4, 8)).toEqual(Array(4).fill('5s'));
  expect(intervals[8]).toBe('250ms');
});

it('a drain that dies in a backlog leaves its interval to the next one, which sets it back first', async () => {
  await expect(drainLog(7)).rejects.toThrow('the worker dies');
  expect(await refreshInterval()).toBe('5s');
  await fixture.readModel.prepare?.();
  expect(await refreshInterval()).toBe('250ms');
});

it('a backlog beside a rebuild leaves the interval alone, because the rebuild stops refreshes for its switch', async () => {
  const { elasticsearch, pool, indexPrefix } = fixture;
  const next = `${indexPrefix}wallets-000002`;
  await elasticsearch.indices.create({ index: next, aliases: { [targetAlias(next)]: {} } });
  try {
    await addTarget(pool, targetAlias(next));
    await elasticsearch.indices.putSettings({ index, settings: { refresh_interval: '-1' } });
    await fixture.readModel.prepare?.();
    expect(new Set(await drainLog())).toEqual(new Set(['-1']));
  } finally {
    await elasticsearch.indices.delete({ index: next });
  }
});
