import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeAllParkedDue, skipParked } from '../../../../src/projections/parked/resolveParked.ts';
import { pruneOutboxRows } from '../../../../src/projections/outbox/pruning.ts';
import { retryStale, readStalePositions } from '../../../../src/projections/outbox/staleEvents.ts';
import { ensureCheckpoints, rewindCheckpoint } from '../../../../src/projections/checkpoints.ts';
import { readOutboxDepth } from '../../../../src/projections/outbox/outbox.ts';
import { readUncompared } from '../../../../src/projections/verify/checkLog.ts';
import { readPostgresFacts } from '../../../../src/health/facts/postgresFacts.ts';
import { retryParked } from '../../../../src/projections/parked/retryParked.ts';
import { changeLog } from '../../../support/changeLog.ts';
import { appendEvents, appendRows, unknownEvent } from '../../../support/appendEvents.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { walletStream } from '../../../support/walletStream.ts';
import { readCheckStart, restoreOutboxRows } from '../../../../src/projections/outbox/lostRows.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

const ages = { olderThanS: 60, after: 0n, limit: 100 };
const outbox = async () => {
  const { rows } = await fixture.pool.query<{ position: string }>(
    'select position from outbox order by position',
  );
  return rows.map(({ position }) => Number(position));
};
const makeOld = () => fixture.pool.query("update outbox_rows set created_at = now() - interval '1 hour'");
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
const stale = () => readStalePositions(fixture.pool, 'ledger', ages);

describe('lost outbox rows', () => {
  it('are restored by a check, which goes on from the end of the last one', async () => {
    await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n, 1n]));
    await fixture.pool.query('delete from outbox where position = 2');
    expect(await restoreOutboxRows(fixture.pool, 0n, 2)).toEqual({ checked: 2, restored: 1, through: 2n });
    expect(await outbox()).toEqual([1, 2, 3]);
    expect(await readCheckStart(fixture.pool, false)).toBe(2n);
    expect(await readCheckStart(fixture.pool, true)).toBe(0n);
    expect(await restoreOutboxRows(fixture.pool, 2n, 2)).toEqual({ checked: 1, restored: 0, through: 3n });
    expect(await restoreOutboxRows(fixture.pool, 3n, 2)).toEqual({ checked: 0, restored: 0, through: 3n });
  });

  it('are distinguished from pruned ones', async () => {
    await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n, 1n]));
    await fixture.pool.query(
      "update outbox_rows set created_at = now() - interval '2 hours' where position < 3",
    );
    await fixture.pool.query('update projector_checkpoints set position = 3');
    await pruneOutboxRows(fixture.pool, hoursAgo(1), 0n, 100);
    expect(await outbox()).toEqual([3]);
    expect(await restoreOutboxRows(fixture.pool, 0n, 100)).toMatchObject({ restored: 0 });
    expect(await readCheckStart(fixture.pool, true)).toBe(2n);
  });
});

describe('stale events', () => {
  it('are projected again if the projection passed them and another one did not', async () => {
    await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n]));
    await drainAll(fixture.pool, fixture.ledger);
    await fixture.pool.query('truncate ledger_postings');
    await makeOld();
    expect(await readStalePositions(fixture.pool, 'ledger', { ...ages, olderThanS: 7_200 })).toEqual([]);
    const positions = await stale();
    expect(positions).toEqual([1n, 2n]);
    await retryStale(fixture.pool, fixture.ledger, positions);
    const { rowCount } = await fixture.pool.query('select from ledger_entries');
    expect(rowCount).toBe(4);
    await drainAll(fixture.pool, fixture.readModel);
    expect(await stale(), 'every projection has passed them').toEqual([]);
  });

  it('are not those that are parked or were given up', async () => {
    await appendRows(fixture.pool, [unknownEvent('wallet-001', 1), unknownEvent('wallet-002', 1)]);
    await drainAll(fixture.pool, fixture.ledger);
    await skipParked(fixture.pool, 'ledger', 2n, 'a test');
    await makeOld();
    expect(await stale(), 'the read model has yet to take both').toEqual([]);
  });

  it('that are parked are due at once if an operator says so', async () => {
    await appendRows(fixture.pool, [unknownEvent('wallet-001', 1)]);
    await drainAll(fixture.pool, fixture.ledger);
    await fixture.pool.query("update projection_failures set next_attempt_at = now() + interval '1 hour'");
    expect(await retryParked(fixture.pool, fixture.ledger)).toEqual({ resolved: 0, failed: 0 });
    expect(await makeAllParkedDue(fixture.pool)).toBe(1);
    expect(await retryParked(fixture.pool, fixture.ledger)).toEqual({ resolved: 0, failed: 1 });
  });
});

it('a skipped event stays skipped, with its reason, when the log is projected again', async () => {
  await appendRows(fixture.pool, [unknownEvent('wallet-001', 1), unknownEvent('wallet-002', 1)]);
  await drainAll(fixture.pool, fixture.ledger);
  await skipParked(fixture.pool, 'ledger', 1n, 'booked by hand');
  await fixture.pool.query(
    "update projection_failures set resolution = 'taken by a retry', resolved_at = now() where position = 2",
  );
  await rewindCheckpoint(fixture.pool, 'ledger');
  await drainAll(fixture.pool, fixture.ledger);
  const { rows } = await fixture.pool.query('select resolution from projection_failures order by position');
  expect(rows).toEqual([{ resolution: 'skipped: booked by hand' }, { resolution: null }]);
});

it('the depth of the outbox is counted if it is small, and computed from the positions if it is not', async () => {
  await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n]));
  await changeLog(
    fixture.pool,
    "update events set occurred_at = now() - interval '90 seconds' where position = 1",
  );
  const few = await readOutboxDepth(fixture.pool);
  expect(few).toMatchObject({ unprocessed: 2 });
  expect(few.lagMs).toBeGreaterThanOrEqual(90_000);
  await fixture.pool.query('insert into outbox (position) select n from generate_series(3, 12000) as n');
  await fixture.pool.query('update log_head set position = 12000');
  await fixture.pool.query('update projector_checkpoints set position = 1500');
  expect(await readOutboxDepth(fixture.pool)).toMatchObject({ unprocessed: 10_500 });
  await fixture.pool.query('update projector_checkpoints set position = 12000');
  expect(await readOutboxDepth(fixture.pool)).toEqual({ unprocessed: 0, oldest: null, lagMs: null });
});

it('without the checkpoint of a required projection nothing is processed, and health says so', async () => {
  await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n]));
  await makeOld();
  await drainAll(fixture.pool, fixture.ledger);
  await fixture.pool.query("delete from projector_checkpoints where projection = 'read-model'");
  expect(await stale()).toEqual([1n, 2n]);
  expect(await readUncompared(fixture.pool, 2n)).toMatchObject({ comparable: 0 });
  expect(await readOutboxDepth(fixture.pool)).toMatchObject({ unprocessed: 2 });
  const { checkpointsMissing } = await readPostgresFacts(fixture.pool, '');
  expect(checkpointsMissing).toEqual(['read-model']);
  await ensureCheckpoints(fixture.pool);
  await drainAll(fixture.pool, fixture.readModel);
  expect(await readOutboxDepth(fixture.pool)).toMatchObject({ unprocessed: 0 });
});

describe('pruning', () => {
  it('takes processed rows that are old enough, page by page, and leaves unprocessed ones', async () => {
    await appendEvents(fixture.pool, walletStream('wallet-001', 100n));
    await appendRows(fixture.pool, [unknownEvent('wallet-002', 1)]);
    await appendEvents(fixture.pool, walletStream('wallet-003', 100n, [1n, 1n]));
    await drainAll(fixture.pool, fixture.ledger);
    await drainAll(fixture.pool, fixture.readModel);
    await fixture.pool.query(
      "update outbox_rows set created_at = now() - interval '2 hours' where position < 5",
    );
    expect(await pruneOutboxRows(fixture.pool, hoursAgo(1), 0n, 2)).toEqual({
      deleted: 1,
      through: 2n,
      more: true,
    });
    expect(await pruneOutboxRows(fixture.pool, hoursAgo(1), 2n, 2)).toEqual({
      deleted: 2,
      through: 4n,
      more: true,
    });
    expect(await pruneOutboxRows(fixture.pool, hoursAgo(1), 4n, 1)).toEqual({
      deleted: 0,
      through: 5n,
      more: false,
    });
    expect(await outbox()).toEqual([2, 5]);
  });
});
