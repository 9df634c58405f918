// Segments of the log: they are made ahead of the head, a run after a crash completes what is missing, and a
// segment can be written through its table alone.
import { DatabaseError, type Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listSegments } from '../../../src/eventStore/segmentSizes.ts';
import { keepSegments, readSegmentNeed, readSegments } from '../../../src/eventStore/segments.ts';
import { segmentWidthOf } from '../../../src/eventStore/segmentWidth.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { changeLog } from '../../support/changeLog.ts';
import { createTestDatabase } from '../../support/database.ts';
import { testPool } from '../../support/projections.ts';
import { cutLog } from '../../support/segments.ts';
import { walletStream } from '../../support/walletStream.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
beforeEach(async () => {
  database = await createTestDatabase();
  pool = testPool(database.url);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

const attached = async () => {
  const { rows } = await pool.query<{ name: string }>(
    `select inhrelid::regclass::text as name
       from pg_inherits
      where inhparent in ('events'::regclass, 'outbox_rows'::regclass)
      order by 1`,
  );
  return rows.map(({ name }) => name);
};
/** Events of one wallet up to this position. */
const fill = async (walletId: string, events: number) =>
  appendEvents(
    pool,
    walletStream(
      walletId,
      100n,
      Array.from({ length: events - 1 }, () => 1n),
    ),
  );

describe('a new log', () => {
  it('begins with two segments of the least width', async () => {
    expect(await readSegments(pool)).toMatchObject([
      { segment: 1, from: 1n, to: 1_048_577n },
      { segment: 2, from: 1_048_577n, to: 2_097_153n },
    ]);
    expect(await keepSegments(pool, { width: 1_048_576, ahead: 1_000 })).toBe(0);
  });
});

describe('segments', () => {
  beforeEach(() => cutLog(pool, 8));

  it('are made until two are empty, side by side in every table', async () => {
    await fill('wallet-001', 9);
    expect(await keepSegments(pool, { width: 8, ahead: 0 })).toBe(2);
    expect(await readSegments(pool)).toMatchObject([
      { from: 1n, to: 9n },
      { from: 9n, to: 17n },
      { from: 17n, to: 25n },
      { from: 25n, to: 33n },
    ]);
    expect(await attached()).toEqual([
      ...[1, 2, 3, 4].map((segment) => `events_s${segment}`),
      ...[1, 2, 3, 4].map((segment) => `outbox_rows_s${segment}`),
    ]);
    expect(await keepSegments(pool, { width: 8, ahead: 0 }), 'a second run').toBe(0);
  });

  it('are made until the events of a day have room, at most eight in one run', async () => {
    expect(await keepSegments(pool, { width: 8, ahead: 40 })).toBe(3);
    expect((await readSegments(pool)).at(-1)).toMatchObject({ to: 41n });
    expect(await keepSegments(pool, { width: 8, ahead: 1_000 })).toBe(8);
  });

  it('are as wide as a day asks for, rounded up to a power of two', async () => {
    expect([0, 16, 17, 100].map((events) => segmentWidthOf(events, 16))).toEqual([16, 16, 32, 128]);
    const [created, ...credits] = walletStream('wallet-001', 100n, [1n, 1n, 1n, 1n]);
    const now = new Date();
    const at = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
    const events = [created, ...credits].flatMap((event, index) =>
      event === undefined ? [] : [{ ...event, occurredAt: at([40, 30, 20, 10, 0][index] ?? 0) }],
    );
    await appendEvents(pool, events);
    expect(await readSegmentNeed(pool, 2)).toEqual({ width: 4, ahead: 3 });
  });

  it.each([
    ['lost a part', 'drop table outbox_rows_s2'],
    ['have a part beside the table', 'alter table events detach partition events_s2'],
  ])('that %s are completed by the next run', async (_, damage) => {
    await changeLog(pool, damage);
    await fill('wallet-001', 8);
    await expect(fill('wallet-002', 1)).rejects.toMatchObject({ code: '23514' });
    expect(await keepSegments(pool, { width: 8, ahead: 0 })).toBeGreaterThan(0);
    await fill('wallet-002', 1);
    expect(await attached()).toEqual(expect.arrayContaining(['events_s2', 'outbox_rows_s2']));
  });

  it('are listed for operators, the newest first, with the files of each table', async () => {
    await fill('wallet-001', 9);
    await changeLog(pool, 'drop table outbox_rows_s1');
    const { head, ahead, segments } = await listSegments(pool);
    expect({ head, ahead }).toEqual({ head: 9n, ahead: 0 });
    expect(segments).toMatchObject([
      { segment: 2, from: 9n, to: 16n, events: 1, occurredFrom: expect.any(Date) as Date },
      { segment: 1, from: 1n, to: 8n, events: 8, outboxBytes: 0 },
    ]);
    for (const { eventBytes, ledgerBytes } of segments)
      expect(Math.min(eventBytes, ledgerBytes)).toBeGreaterThan(8_192);
  });

  it('are made once, however many processes ask at the same time', async () => {
    await fill('wallet-001', 16);
    const made = await Promise.all([1, 2, 3].map(() => keepSegments(pool, { width: 8, ahead: 0 })));
    expect(made.reduce((sum, one) => sum + one)).toBe(2);
  });

  it('are made while an append is under way', async () => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query('insert into outbox_rows (position) values (1)');
      await client.query('select from events where position = 1');
      expect(await keepSegments(pool, { width: 8, ahead: 40 })).toBe(3);
      await client.query('commit');
    } finally {
      client.release();
    }
  });

  it('do not take a table of somebody else for one of theirs', async () => {
    await pool.query(`create role ${database.name}`);
    try {
      await pool.query('create table events_s3 (like events including all)');
      await pool.query(`alter table events_s3 owner to ${database.name}`);
      await fill('wallet-001', 8);
      await expect(keepSegments(pool, { width: 8, ahead: 0 })).rejects.toThrow('belongs to another role');
    } finally {
      await pool.query(`drop owned by ${database.name}`);
      await pool.query(`drop role ${database.name}`);
    }
  });

  it('are not made without their index of versions, whatever has its name', async () => {
    await pool.query('create table events_s3_wallet_version ()');
    await fill('wallet-001', 8);
    await expect(keepSegments(pool, { width: 8, ahead: 0 })).rejects.toMatchObject({ code: '42P07' });
    await pool.query('drop table events_s3_wallet_version');
    expect(await keepSegments(pool, { width: 8, ahead: 0 })).toBe(1);
  });

  it('keep the storage settings that an operator gave the one before', async () => {
    await pool.query('alter table events_s2 set (autovacuum_vacuum_insert_scale_factor = 0.5)');
    await fill('wallet-001', 8);
    await keepSegments(pool, { width: 8, ahead: 0 });
    const { rows } = await pool.query("select reloptions from pg_class where relname = 'events_s3'");
    expect(rows).toEqual([{ reloptions: ['autovacuum_vacuum_insert_scale_factor=0.5'] }]);
  });

  it('refuse the version of a wallet that is there already', async () => {
    await fill('wallet-001', 2);
    await expect(fill('wallet-001', 1)).rejects.toMatchObject({
      code: '23505',
      constraint: 'events_s1_wallet_version',
    });
  });

  it.each([
    'insert into events_s1 (position, wallet_id, version, type, schema_version, data, metadata, occurred_at) select 3, wallet_id, 3, type, 1, data, metadata, now() from events where position = 2',
    'update events_s1 set occurred_at = now()',
    'delete from events_s1',
    'truncate events_s1',
    'insert into outbox_rows_s1 (position) values (3)',
    'delete from outbox_rows_s1',
    'truncate outbox_rows_s1',
  ])('are written through their table alone: %s', async (statement) => {
    await fill('wallet-001', 2);
    const refused = await pool.query(statement).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DatabaseError);
    expect(refused).toMatchObject({ code: '42501' });
  });
});
