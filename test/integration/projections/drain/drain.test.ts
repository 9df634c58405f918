import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointMovedError } from '../../../../src/projections/checkpoints.ts';
import { drain, type DrainDeps } from '../../../../src/projections/drain/drain.ts';
import { drainBatch } from '../../../../src/projections/drain/drainBatch.ts';
import type { Projection } from '../../../../src/projections/projection.ts';
import { retryParked } from '../../../../src/projections/parked/retryParked.ts';
import { createWakeUps } from '../../../../src/projections/drain/wakeUp.ts';
import { appendEvents, appendRows, makeReadable, unknownEvent } from '../../../support/appendEvents.ts';
import { changeLog } from '../../../support/changeLog.ts';
import { eventually } from '../../../support/eventually.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { someTime, walletStream } from '../../../support/walletStream.ts';
import { LogGapError } from '../../../../src/projections/projectEvents.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

async function unprocessed(): Promise<readonly number[]> {
  const { rows } = await fixture.pool.query<{ position: string }>(
    'select position from outbox where processed_at is null order by position',
  );
  return rows.map(({ position }) => Number(position));
}

async function failures(): Promise<readonly object[]> {
  const { rows } = await fixture.pool.query<object>(
    `select projection, position, wallet_id, attempts, next_attempt_at > first_failed_at as later, resolution
       from projection_failures
      order by projection, position`,
  );
  return rows;
}

function makeDue() {
  return fixture.pool.query('update projection_failures set next_attempt_at = first_failed_at');
}

/**
 * Longer than any test takes. The first delay is a second, and a busy machine may need that long between two
 * lines.
 */
function postpone() {
  return fixture.pool.query("update projection_failures set next_attempt_at = now() + interval '1 hour'");
}

describe('an outbox row', () => {
  it('is processed when every projection has passed its event, and not before', async () => {
    const { pool, readModel, ledger } = fixture;
    await appendEvents(pool, walletStream('wallet-001', 100n, [1n]));
    await drainAll(pool, ledger);
    expect(await unprocessed()).toEqual([1, 2]);
    await drainBatch(pool, readModel, 1);
    expect(await unprocessed()).toEqual([2]);
    await drainAll(pool, readModel);
    expect(await unprocessed()).toEqual([]);
  });

  it("answers the operator's two questions word for word", async () => {
    const { pool, ledger } = fixture;
    await appendEvents(pool, walletStream('wallet-001', 100n, [1n]));
    await drainAll(pool, ledger);
    const { rows: outbox } = await pool.query(
      'SELECT COUNT(*) as unprocessed, MIN(created_at) as oldest, NOW() - MIN(created_at) as lag FROM outbox WHERE processed_at IS NULL;',
    );
    expect(outbox).toEqual([
      { unprocessed: '2', oldest: expect.any(Date) as Date, lag: expect.anything() as object },
    ]);
    const { rows: checkpoints } = await pool.query<{ projection: string }>(
      'SELECT * FROM projector_checkpoints;',
    );
    expect(checkpoints.sort((one, other) => one.projection.localeCompare(other.projection))).toMatchObject([
      { projection: 'ledger', position: '2', last_event_at: new Date(someTime.getTime() + 1) },
      { projection: 'read-model', position: '0', last_event_at: null },
    ]);
  });
});

describe('an event that can not be read', () => {
  beforeEach(async () => {
    const { pool, readModel, ledger } = fixture;
    await appendEvents(pool, walletStream('wallet-001', 100n));
    await appendRows(pool, [unknownEvent('wallet-001', 2)]);
    const later = walletStream('wallet-001', 100n, [20n, 3n])[2];
    await appendEvents(pool, [...(later ? [later] : []), ...walletStream('wallet-002', 1n)]);
    await drainAll(pool, readModel);
    await drainAll(pool, ledger);
  });

  it('is parked alone: later events of its wallet and other wallets go on', async () => {
    expect(await failures()).toEqual([
      {
        projection: 'ledger',
        position: '2',
        wallet_id: 'wallet-001',
        attempts: 1,
        later: true,
        resolution: null,
      },
      {
        projection: 'read-model',
        position: '2',
        wallet_id: 'wallet-001',
        attempts: 1,
        later: true,
        resolution: null,
      },
    ]);
    expect(await fixture.queries.getWalletDocument('wallet-001')).toMatchObject({
      version: 3,
      balance: '1.23',
    });
    expect(await fixture.queries.getWalletDocument('wallet-002')).toMatchObject({ version: 1 });
    expect(await unprocessed()).toEqual([2]);
  });

  it('is tried again only when it is due, and waits longer after each failure', async () => {
    await postpone();
    expect(await retryParked(fixture.pool, fixture.readModel)).toEqual({ resolved: 0, failed: 0 });
    await makeDue();
    expect(await retryParked(fixture.pool, fixture.readModel)).toEqual({ resolved: 0, failed: 1 });
    expect(await failures()).toMatchObject([
      { projection: 'ledger', attempts: 1 },
      { projection: 'read-model', attempts: 2, later: true, resolution: null },
    ]);
  });

  it('stays unprocessed until the last projection has taken it after all', async () => {
    const { pool, readModel, ledger } = fixture;
    await makeReadable(pool, 'wallet-001', 2, {
      type: 'WalletCredited',
      currency: 'USD',
      amountMinor: 20n,
      balanceMinor: 120n,
      description: '',
    });
    await makeDue();
    expect(await retryParked(pool, readModel)).toEqual({ resolved: 1, failed: 0 });
    expect(await unprocessed()).toEqual([2]);
    expect(await retryParked(pool, ledger)).toEqual({ resolved: 1, failed: 0 });
    expect(await unprocessed()).toEqual([]);
    expect(await fixture.queries.getWalletDocument('wallet-001')).toMatchObject({ version: 3 });
    const { rows } = await pool.query('select leg from ledger_entries where position = 2 order by leg');
    expect(rows).toEqual([{ leg: 1 }, { leg: 2 }]);
  });
});

it('an event that contradicts its predecessor stays parked when it is tried again by itself', async () => {
  const { pool, readModel } = fixture;
  const [created, credited] = walletStream('wallet-001', 100n, [1n]);
  if (created === undefined || credited === undefined) throw new Error('the stream has two events');
  await appendEvents(pool, [created, { ...credited, event: { ...credited.event, balanceMinor: 999n } }]);
  expect(await drainAll(pool, readModel)).toMatchObject({ parked: 1 });
  await makeDue();
  expect(await retryParked(pool, readModel)).toEqual({ resolved: 0, failed: 1 });
});

describe('a checkpoint', () => {
  it('is moved by only one of two attempts at the same events', async () => {
    const { pool, readModel } = fixture;
    await appendEvents(pool, walletStream('wallet-001', 100n, [1n]));
    // An attempt that Temporal has given up still projects when another attempt takes the same events.
    const zombie: Projection = {
      name: 'read-model',
      writes: 'before-checkpoint',
      project: async () => {
        await drainAll(pool, readModel);
        return [];
      },
    };
    await expect(drainBatch(pool, zombie, 1)).rejects.toThrow(CheckpointMovedError);
    const { rows } = await pool.query(
      "select position from projector_checkpoints where projection = 'read-model'",
    );
    expect(rows).toEqual([{ position: '2' }]);
  });

  it('and the ledger rows of its events are committed together or not at all', async () => {
    const { pool, ledger } = fixture;
    if (ledger.writes !== 'with-checkpoint') throw new Error('the ledger writes with its checkpoint');
    await appendEvents(pool, walletStream('wallet-001', 100n));
    const outrun: Projection = {
      ...ledger,
      map: (events) => async (client) => {
        const refusals = await ledger.map(events)(client);
        await pool.query("update projector_checkpoints set position = 1 where projection = 'ledger'");
        return refusals;
      },
    };
    await expect(drainBatch(pool, outrun, 1)).rejects.toThrow(CheckpointMovedError);
    const { rows } = await pool.query('select position from ledger_entries');
    expect(rows).toEqual([]);
  });

  it('does not pass a position that the log lacks', async () => {
    const { pool, ledger } = fixture;
    await appendEvents(pool, walletStream('wallet-001', 100n, [1n, 2n]));
    await changeLog(pool, 'delete from events where position = 2');
    await expect(drainAll(pool, ledger)).rejects.toThrow(LogGapError);
  });
});

describe('the drain loop', () => {
  const never = new AbortController().signal;

  function deps(over: Partial<DrainDeps> = {}): DrainDeps {
    return {
      pool: fixture.pool,
      wakeUps: createWakeUps(),
      now: () => performance.now(),
      batchSizeMax: 100,
      pollMaxMs: 50,
      paceMs: 0,
      pagesMax: 2,
      budgetMs: 60_000,
      ...over,
    };
  }

  it('returns when its budget is used up, with what it did', async () => {
    await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n]));
    const report = await drain(deps({ budgetMs: 300 }), fixture.ledger, never, () => undefined);
    expect(report).toEqual({ processed: 2, parked: 0, resolved: 0, position: 2, reason: 'budget' });
  });

  it('sleeps while idle until a wake-up', async () => {
    const stop = new AbortController();
    const wakeUps = createWakeUps();
    const hourMs = 3_600_000;
    const withoutPolls = {
      ...wakeUps,
      waitBeyond: (seen: number, _: number, signal: AbortSignal) => wakeUps.waitBeyond(seen, hourMs, signal),
    };
    let passes = 0;
    const running = drain(deps({ wakeUps: withoutPolls }), fixture.ledger, stop.signal, () => {
      passes += 1;
    });
    await eventually(() => passes === 1);
    await appendEvents(fixture.pool, walletStream('wallet-001', 100n));
    wakeUps.notify();
    await eventually(async () => (await unprocessedByLedger()) === 0);
    stop.abort();
    expect(await running).toMatchObject({ processed: 1, reason: 'stopped' });
  });

  it('does not sleep through a wake-up that came after its last pass', async () => {
    const stop = new AbortController();
    const wakeUps = createWakeUps();
    const hourMs = 3_600_000;
    const justBeforeSleep = {
      ...wakeUps,
      waitBeyond: async (seen: number, _: number, signal: AbortSignal) => {
        if (wakeUps.count() === 0) {
          await appendEvents(fixture.pool, walletStream('wallet-001', 100n));
          wakeUps.notify();
        }
        await wakeUps.waitBeyond(seen, hourMs, signal);
      },
    };
    const running = drain(deps({ wakeUps: justBeforeSleep }), fixture.ledger, stop.signal, () => undefined);
    await eventually(async () => wakeUps.count() === 1 && (await unprocessedByLedger()) === 0);
    stop.abort();
    expect(await running).toMatchObject({ processed: 1, reason: 'stopped' });
  });

  it('runs again when a wake-up came during a pass that found nothing', async () => {
    const stop = new AbortController();
    const wakeUps = createWakeUps();
    const hourMs = 3_600_000;
    const withoutPolls = {
      ...wakeUps,
      waitBeyond: (seen: number, _: number, signal: AbortSignal) => wakeUps.waitBeyond(seen, hourMs, signal),
    };
    let passes = 0;
    const running = drain(deps({ wakeUps: withoutPolls }), fixture.ledger, stop.signal, () => {
      passes += 1;
      if (passes === 1) wakeUps.notify();
    });
    await eventually(() => passes === 2);
    stop.abort();
    expect(await running).toMatchObject({ processed: 0, reason: 'stopped' });
  });

  it('finds events by polling if no wake-up comes', async () => {
    const stop = new AbortController();
    let passes = 0;
    const running = drain(deps(), fixture.ledger, stop.signal, () => {
      passes += 1;
    });
    await eventually(() => passes > 0);
    await appendEvents(fixture.pool, walletStream('wallet-001', 100n));
    await eventually(async () => (await unprocessedByLedger()) === 0);
    stop.abort();
    expect(await running).toMatchObject({ processed: 1, reason: 'stopped' });
  });

  it('rests between passes while it keeps up, never while a backlog fills the pages, and not after a stop', async () => {
    const { pool, ledger, readModel } = fixture;
    await appendEvents(pool, walletStream('wallet-001', 100n, [1n, 2n, 3n, 4n]));
    const stop = new AbortController();
    const wakeUps = createWakeUps();
    const anHour = deps({ wakeUps, batchSizeMax: 2, paceMs: 3_600_000 });
    const running = drain(anHour, ledger, stop.signal, () => undefined);
    await eventually(async () => (await unprocessedByLedger()) === 0);
    await appendEvents(pool, walletStream('wallet-002', 100n));
    wakeUps.notify();
    // Another drain, which does not rest, takes that event. This one does not.
    await drainAll(pool, readModel);
    expect(await unprocessedByLedger()).toBe(1);
    stop.abort();
    expect(await running).toMatchObject({ processed: 5, reason: 'stopped' });
  });

  it('gives way to an attempt that was faster', async () => {
    const { pool, ledger } = fixture;
    await appendEvents(pool, walletStream('wallet-001', 100n));
    const outrun: Projection = {
      name: 'ledger',
      writes: 'before-checkpoint',
      project: async () => {
        await drainAll(pool, ledger);
        return [];
      },
    };
    expect(await drain(deps(), outrun, never, () => undefined)).toMatchObject({ reason: 'superseded' });
  });

  async function unprocessedByLedger(): Promise<number> {
    const { rows } = await fixture.pool.query<{ waiting: string }>(
      `select log_head.position - projector_checkpoints.position as waiting
         from log_head, projector_checkpoints
        where projection = 'ledger'`,
    );
    return Number(rows[0]?.waiting);
  }
});
