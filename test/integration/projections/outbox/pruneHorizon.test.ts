// Retention under clocks that jump. A database whose times all lie further back is what a clock that jumped
// ahead finds.
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Activities } from '../../../../src/activities/activities.ts';
import { readOutgrown } from '../../../../src/eventStore/statistics.ts';
import { createTestApi, post, testConfig, type TestApi } from '../../../support/api.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../../support/projections.ts';
import { cutLog } from '../../../support/segments.ts';
import { processOver } from '../../../support/workerActivities.ts';

const retention = { outboxRetentionHours: 168, idempotencyRetentionHours: 168 };
let fixture: ProjectionFixture;
let api: TestApi;
let activities: Activities;

beforeEach(async () => {
  fixture = await createProjectionFixture();
  // Each event has a segment of its own, so that each outbox row can be dropped.
  await cutLog(fixture.pool, 1, 8);
  api = createTestApi(testConfig(fixture.databaseUrl));
  activities = processOver(fixture, retention).activities;
  // The last hourly prune came up to an hour ago, less the retention.
  await fixture.pool.query("update prune_horizons set pruned_before = now() - interval '169 hours'");
});
afterEach(async () => {
  vi.useRealTimers();
  await api.close();
  await fixture.close();
});

const pay = (key: string) => post(api, '/wallets/alice/credit', { amount: 5 }, { 'idempotency-key': key });
const pruneKeys = (confirmed = false) =>
  new MockActivityEnvironment().run(() => activities.pruneIdempotencyKeys({ confirmed }));
const pruneRows = (confirmed = false, olderThanHours: number | null = null) =>
  new MockActivityEnvironment().run(() =>
    activities.pruneOutboxRows({ olderThanHours, after: 0, confirmed }),
  );

async function openWallet(): Promise<void> {
  const opened = await post(api, '/wallets', { walletId: 'alice', ownerId: 'anna' });
  expect(opened.status).toBe(201);
}

/** To PostgreSQL everything that it stored now looks so many hours older. */
async function jumpAhead(hours: number): Promise<void> {
  for (const [table, column] of [
    ['outbox_rows', 'created_at'],
    ['prune_horizons', 'pruned_before'],
    ['command_generations', 'began_at'],
    ['command_generations', 'ended_at'],
  ] as const)
    await fixture.pool.query(`update ${table} set ${column} = ${column} - $1::integer * interval '1 hour'`, [
      hours,
    ]);
}

async function count(table: 'idempotency_keys' | 'outbox_rows'): Promise<number> {
  return (await fixture.pool.query(`select from ${table}`)).rowCount ?? 0;
}

async function balance(): Promise<unknown> {
  const { rows } = await fixture.pool.query('select balance_minor from wallets');
  return rows;
}

/** The records so far are in a generation that has just ended. */
async function endGeneration(): Promise<void> {
  await fixture.pool.query('select make_command_generation(1)');
  await fixture.pool.query('select switch_command_generation(1)');
}

/** As if every projection had taken every event. */
function passAll() {
  return fixture.pool.query('update projector_checkpoints set position = log_head.position from log_head');
}

async function refusals(): Promise<(string | null)[]> {
  const { rows } = await fixture.pool.query<{ refusal: string | null }>(
    "select refusal from prune_horizons where subject <> 'idempotency records' order by subject",
  );
  return rows.map(({ refusal }) => refusal);
}

describe('a clock that jumps nine days ahead', () => {
  it('ends no retention: nothing is removed, and a repeat is a replay', async () => {
    await openWallet();
    await pay('rent');
    await passAll();
    await endGeneration();
    await jumpAhead(216);
    await expect(pruneKeys()).rejects.toThrow(
      /idempotency generations were not pruned: .* 217 hours further/,
    );
    await expect(pruneRows()).rejects.toThrow(/outbox rows were not pruned/);
    expect(await count('idempotency_keys')).toBe(2);
    expect(await count('outbox_rows')).toBe(2);
    const repeat = await pay('rent');
    expect(repeat.headers.get('idempotent-replayed')).toBe('true');
    expect(await balance()).toEqual([{ balance_minor: '500' }]);
    expect(await refusals()).toEqual([
      expect.stringContaining('start pruneOutbox with {"confirmed":true}'),
      expect.stringContaining('outbox rows'),
    ]);
  });

  it('is over as soon as the clock is right again', async () => {
    await openWallet();
    await endGeneration();
    await jumpAhead(216);
    await expect(pruneKeys()).rejects.toThrow('were not pruned');
    await jumpAhead(-216);
    await expect(pruneKeys()).resolves.toMatchObject({ count: 0, done: true });
    await expect(pruneRows()).resolves.toMatchObject({ count: 0, done: true });
    expect(await refusals()).toEqual([null, null]);
  });

  it('in one process alone changes nothing, because the earlier clock counts', async () => {
    await openWallet();
    await endGeneration();
    vi.useFakeTimers({ now: Date.now() + 216 * 3_600_000, toFake: ['Date'] });
    await expect(pruneKeys()).resolves.toMatchObject({ count: 0, done: true });
    expect(await count('idempotency_keys')).toBe(1);
  });

  it('in PostgreSQL alone changes nothing, because the earlier clock counts', async () => {
    await openWallet();
    await endGeneration();
    await jumpAhead(216);
    vi.useFakeTimers({ now: Date.now() - 216 * 3_600_000, toFake: ['Date'] });
    await expect(pruneKeys()).resolves.toMatchObject({ count: 0, done: true });
    expect(await count('idempotency_keys')).toBe(1);
  });
});

describe('after a long time without a prune', () => {
  it('an operator confirms that the clocks are right, and the next prune needs nothing', async () => {
    await openWallet();
    await passAll();
    await endGeneration();
    await jumpAhead(216);
    await pruneKeys(true);
    expect(await count('idempotency_keys')).toBe(0);
    await expect(pruneRows(true)).resolves.toMatchObject({ count: 1, done: true });
    await expect(pruneKeys()).resolves.toMatchObject({ count: 0, done: true });
    expect(await refusals()).toEqual([null, null]);
  });

  it('a day without a prune is made up for by itself', async () => {
    await openWallet();
    await endGeneration();
    await fixture.pool.query(
      "update command_generations set ended_at = now() - interval '180 hours' where generation = 0",
    );
    await fixture.pool.query("update prune_horizons set pruned_before = now() - interval '192 hours'");
    await pruneKeys();
    expect(await count('idempotency_keys')).toBe(0);
  });
});

it('an age that an operator chose for outbox rows is taken', async () => {
  await openWallet();
  await passAll();
  await jumpAhead(216);
  await expect(pruneRows(false, 1)).resolves.toMatchObject({ count: 1 });
});

it('a table that has outgrown its statistics is analysed within a minute', async () => {
  const { pool } = fixture;
  await pool.query('alter table projection_failures set (autovacuum_enabled = off)');
  await pool.query('analyze');
  await pool.query(
    `insert into projection_failures (projection, position, wallet_id, last_error, next_attempt_at)
     select 'ledger', n, 'wallet', repeat(' ', 900), now() from generate_series(1, 5000) as n`,
  );
  expect(await readOutgrown(pool)).toEqual(['projection_failures']);
  await new MockActivityEnvironment().run(() => activities.restoreOutboxRows({ full: false, after: null }));
  expect(await readOutgrown(pool)).toEqual([]);
});
