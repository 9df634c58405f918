// Outbox rows past their retention go with their whole segment. A row that somebody may still need keeps its
// segment.
import type { Pool } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPool } from '../../../../src/eventStore/database.ts';
import { keepSegments, readSegments } from '../../../../src/eventStore/segments.ts';
import { dropOutboxSegments } from '../../../../src/projections/outbox/dropSegments.ts';
import { readCheckStart, restoreOutboxRows } from '../../../../src/projections/outbox/lostRows.ts';
import { testConfig } from '../../../support/api.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { createProtectedDatabase } from '../../../support/database.ts';
import { testPool } from '../../../support/projections.ts';
import { cutLog } from '../../../support/segments.ts';
import { walletStream } from '../../../support/walletStream.ts';

const width = 4;
let database: Awaited<ReturnType<typeof createProtectedDatabase>>;
let owner: Pool;
/** With the rights of the service. */
let pool: Pool;

beforeEach(async () => {
  database = await createProtectedDatabase();
  owner = testPool(database.url);
  pool = testPool(database.serviceUrl);
  await cutLog(owner, width, 20);
  await appendEvents(
    owner,
    walletStream(
      'wallet-001',
      100n,
      Array.from({ length: 9 }, () => 1n),
    ),
  );
  await owner.query("update outbox_rows set created_at = now() - interval '2 hours'");
  await pass(10);
});
afterEach(async () => {
  await pool.end();
  await owner.end();
  await database.drop();
});

const hourAgo = () => new Date(Date.now() - 3_600_000);
const drop = () => dropOutboxSegments(pool, hourAgo());
const pass = (position: number, projection = '%') =>
  owner.query('update projector_checkpoints set position = $1 where projection like $2', [
    position,
    projection,
  ]);
const rows = async () => {
  const found = await pool.query<{ position: string }>('select position from outbox order by position');
  return found.rows.map(({ position }) => Number(position));
};

it('full segments that are past their retention go, and the one with the head stays', async () => {
  expect(await drop()).toBe(8);
  expect(await rows()).toEqual([9, 10]);
  expect((await readSegments(pool)).map(({ outboxDroppedAt }) => outboxDroppedAt !== null)).toEqual([
    ...[true, true],
    ...[false, false, false],
  ]);
  expect(await drop(), 'a second run').toBe(0);
});

it('a segment that a required projection has not passed stays, and so do the later ones', async () => {
  await pass(7, 'ledger');
  expect(await drop()).toBe(4);
  expect(await rows()).toEqual([5, 6, 7, 8, 9, 10]);
});

it('a segment with a parked event stays until the event is settled', async () => {
  await owner.query(
    `insert into projection_failures (projection, position, wallet_id, last_error, next_attempt_at)
     values ('ledger', 3, 'wallet-001', 'a test', now())`,
  );
  expect(await drop()).toBe(0);
  await owner.query("update projection_failures set resolved_at = now(), resolution = 'a test'");
  expect(await drop()).toBe(8);
});

it.each([4, 2])('a segment with a row that is young stays: row %i', async (position) => {
  await owner.query('update outbox_rows set created_at = now() where position = $1', [position]);
  expect(await drop()).toBe(0);
  expect(await rows()).toHaveLength(10);
});

it('a segment may take longer to read than other statements may', async () => {
  await owner.query(
    'create or replace view passed_position as select 10::bigint as position from pg_sleep(0.2)',
  );
  const bounded = createPool(
    { ...testConfig(database.serviceUrl), DATABASE_STATEMENT_TIMEOUT_MS: 100 },
    'wallet-drop-test',
    () => undefined,
    'projections',
  );
  try {
    expect(await dropOutboxSegments(bounded, hourAgo())).toBe(8);
  } finally {
    await bounded.end();
  }
});

it('dropped rows are taken for pruned ones, and not for lost ones', async () => {
  await drop();
  expect(await readCheckStart(pool, true)).toBe(8n);
  expect(await restoreOutboxRows(pool, 0n, 100)).toMatchObject({ restored: 0 });
  await keepSegments(pool, { width, ahead: 0 });
  expect(await rows()).toEqual([9, 10]);
});

it('a reader that holds the outbox delays the drop, and neither the append nor the rest of the prune', async () => {
  const reader = await owner.connect();
  try {
    await reader.query('begin');
    await reader.query('select count(*) from outbox');
    const dropping = expect(drop()).resolves.toBe(0);
    await appendEvents(owner, walletStream('wallet-002', 100n));
    await dropping;
    await reader.query('rollback');
    expect(await drop()).toBe(8);
  } finally {
    reader.release();
  }
});
