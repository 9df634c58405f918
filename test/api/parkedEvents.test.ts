import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ledgerProjection } from '../../src/projections/ledger/ledgerSink.ts';
import { conditions } from '../../src/health/conditions/conditions.ts';
import { readDismissed } from '../../src/health/dismissals.ts';
import { createHealth } from '../../src/health/health.ts';
import { retryParked } from '../../src/projections/parked/retryParked.ts';
import { appendEvents, appendRows, makeReadable, unknownEvent } from '../support/appendEvents.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { changed } from '../support/healthFacts.ts';
import { drainAll } from '../support/projections.ts';
import { failedRecovery } from '../support/unwellFacts.ts';
import { walletStream } from '../support/walletStream.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;

/**
 * Makes two wallets, each with an unreadable event. The ledger has parked these events at positions 2 and 4.
 */
beforeEach(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
  for (const walletId of ['one', 'two']) {
    await appendEvents(api.pool, walletStream(walletId, 100n));
    await appendRows(api.pool, [unknownEvent(walletId, 2)]);
  }
  await drainAll(api.pool, ledgerProjection);
  // The other projection is at the same position and has parked nothing.
  await api.pool.query('update projector_checkpoints set position = 4');
});
afterEach(async () => {
  await api.close();
  await database.drop();
});

const positions = (body: Record<string, unknown>) =>
  (body.failures as { position: number }[]).map(({ position }) => position);

describe('parked events', () => {
  it('are listed with their reason, page by page', async () => {
    const first = await get(api, '/admin/failures?projection=ledger&limit=1');
    expect(first.body.failures).toMatchObject([
      {
        projection: 'ledger',
        position: 2,
        walletId: 'one',
        attempts: 1,
        lastError: expect.stringContaining('unknown type "WalletPainted"') as string,
        resolvedAt: null,
      },
    ]);
    const second = await get(
      api,
      `/admin/failures?projection=ledger&limit=1&cursor=${String(first.body.nextCursor)}`,
    );
    expect(positions(second.body)).toEqual([4]);
    expect(second.body.nextCursor).toBeNull();
    expect(positions((await get(api, '/admin/failures?projection=read-model')).body)).toEqual([]);
  });

  it('are tried again at once if an operator says so, and the others are not', async () => {
    for (const walletId of ['one', 'two']) {
      await makeReadable(api.pool, walletId, 2, {
        type: 'WalletCredited',
        currency: 'USD',
        amountMinor: 1n,
        balanceMinor: 101n,
        description: '',
      });
    }
    await api.pool.query(`update projection_failures set next_attempt_at = now() + interval '1 hour'`);
    expect(await post(api, '/admin/failures/ledger/2/retry', '')).toMatchObject({
      status: 200,
      body: { position: 2 },
    });
    expect(await retryParked(api.pool, ledgerProjection)).toEqual({ resolved: 1, failed: 0 });
    expect(positions((await get(api, '/admin/failures')).body)).toEqual([4]);
  });

  it('are given up with a reason that is kept, and then count as processed', async () => {
    const skipped = await post(api, '/admin/failures/ledger/2/skip', { reason: 'written by a test' });
    expect(skipped).toMatchObject({ status: 200, body: { resolution: 'skipped: written by a test' } });
    const { rows } = await api.pool.query<{ position: string }>(
      'select position from outbox where position in (2, 4) and processed_at is null',
    );
    expect(rows).toEqual([{ position: '4' }]);
    expect(positions((await get(api, '/admin/failures')).body)).toEqual([4]);
    expect(await post(api, '/admin/failures/ledger/2/skip', { reason: 'again' })).toMatchObject({
      status: 409,
      body: { code: 'FAILURE_RESOLVED', detail: expect.stringContaining('written by a test') as string },
    });
  });

  it('are not given up without a reason, and only if they exist', async () => {
    expect(await post(api, '/admin/failures/ledger/2/skip', {})).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
    expect(await post(api, '/admin/failures/ledger/3/retry', '')).toMatchObject({
      status: 404,
      body: { code: 'FAILURE_NOT_FOUND' },
    });
    expect(await post(api, '/admin/failures/nothing/2/retry', '')).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
  });
});

it('the state of a projection shows its position, the start of its wait and the number of its parked events', async () => {
  await appendEvents(api.pool, walletStream('three', 100n, [1n]));
  await api.pool.query("update projector_checkpoints set position = 6 where projection = 'read-model'");
  const before = await ageOfFirstWaitingMs();
  const { body } = await get(api, '/admin/projections');
  const after = await ageOfFirstWaitingMs();
  const [{ waitingMs }] = body.projections as [{ waitingMs: number }];
  // By the clock of PostgreSQL alone. That of the test process plays no part.
  expect([before, waitingMs, after]).toEqual([before, waitingMs, after].toSorted((a, b) => a - b));
  expect(body.projections).toMatchObject([
    {
      projection: 'ledger',
      position: 4,
      head: 6,
      behind: 2,
      parked: 2,
      waitingSince: expect.any(String) as string,
      waitingMs: expect.any(Number) as number,
    },
    {
      projection: 'read-model',
      position: 6,
      head: 6,
      behind: 0,
      parked: 0,
      waitingSince: null,
      waitingMs: 0,
    },
  ]);
});

it('a failure of the past is dismissed at once and for all, and a later one is told again', async () => {
  let runId = 'first-run';
  const gather = async () => ({
    ...failedRecovery(runId),
    postgres: changed('postgres', { dismissed: await readDismissed(api.pool) }).postgres,
  });
  const health = createHealth({ gather, conditions, monotonicMs: () => 0 });
  const other = createTestApi(testConfig(database.url), {}, { health });
  const told = async () => {
    const { body } = await get(other, '/admin/health');
    return (body.conditions as { occurrence: string | null }[]).map(({ occurrence }) => occurrence);
  };
  const dismiss = (occurrence: string, more: object = {}) =>
    post(other, '/admin/health/dismissals', {
      ...{ condition: 'recovery-failed', occurrence, reason: 'settled', ...more },
    });
  try {
    expect(await told()).toEqual(['first-run']);
    expect(await dismiss('a-typo')).toMatchObject({ status: 404, body: { code: 'OCCURRENCE_NOT_FOUND' } });
    expect(await dismiss('first-run', { condition: 'worker-away' })).toMatchObject({
      status: 409,
      body: { code: 'CONDITION_NOT_DISMISSIBLE' },
    });
    expect((await dismiss('first-run', { condition: 'no-condition' })).status).toBe(400);
    expect((await dismiss('first-run', { reason: 'x'.repeat(501) })).status).toBe(400);
    expect(await told()).toEqual(['first-run']);
    const old = { condition: 'recovery-failed', occurrence: 'long-ago', reason: 'r', request_id: 'q' };
    await api.pool.query(
      `insert into health_dismissals
       select one.condition, one.occurrence, one.reason, one.request_id, now() - interval '91 days'
         from jsonb_populate_record(null::health_dismissals, $1::jsonb) as one`,
      [JSON.stringify(old)],
    );
    const dismissed = await dismiss('first-run');
    expect(dismissed).toMatchObject({
      status: 200,
      body: { reason: 'settled', requestId: expect.stringMatching(/./) as string },
    });
    expect(await told()).toEqual([]);
    expect(await readDismissed(api.pool)).toHaveLength(1);
    expect((await dismiss('first-run', { reason: 'again' })).body).toEqual(dismissed.body);
    runId = 'second-run';
    health.renew();
    expect(await told()).toEqual(['second-run']);
  } finally {
    await other.close();
  }
});

async function ageOfFirstWaitingMs(): Promise<number> {
  const { rows } = await api.pool.query<{ age: string }>(
    'select round(extract(epoch from now() - occurred_at) * 1000) as age from events where position = 5',
  );
  return Number(rows[0]?.age);
}
