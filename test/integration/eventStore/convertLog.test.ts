// An installation of the release before: its tables become the first segment in place, while commands go on.
import { randomBytes } from 'node:crypto';
import { Client, type Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { copyDatabase, withClient } from '../../../harness/databases.ts';
import { convertLog } from '../../../src/eventStore/convertLog.ts';
import { levels } from '../../../src/eventStore/levels.ts';
import { migrate } from '../../../src/eventStore/migrate.ts';
import { keepSegments, readSegments } from '../../../src/eventStore/segments.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { migrateThrough } from '../../support/olderRelease.ts';
import { testPool } from '../../support/projections.ts';
import { walletStream } from '../../support/walletStream.ts';

const need = { width: 16, ahead: 0 };
const name = `wallet_convert_${randomBytes(6).toString('hex')}`;
const reader = `${name}_reader`;
let database: Awaited<ReturnType<typeof copyDatabase>>;
let pool: Pool;

beforeEach(async () => {
  database = await copyDatabase(inject('databaseUrl'), name, 'template0');
  pool = testPool(database.url);
  await withClient(database.url, async (client) => {
    await migrateThrough(client, 25);
    await client.query(`create role ${reader}`);
    await client.query(`grant select (position, wallet_id) on events to ${reader}`);
    await client.query(`grant select on outbox_rows to ${reader} with grant option`);
    await migrate(client);
  });
  await appendEvents(pool, walletStream('wallet-001', 100n, [1n, 2n]));
});
afterEach(async () => {
  await pool.query(`drop owned by ${reader}`);
  await pool.end();
  await database.drop();
  await withClient(inject('databaseUrl'), (client) => client.query(`drop role ${reader}`));
});

const openLevel = () => pool.query('update log_head set level = $1', [levels.segments]);
const files = async (...relations: readonly string[]) => {
  const { rows } = await pool.query<{ file: string }>(
    `select pg_relation_filenode(name::regclass) as file
       from unnest($1::text[]) with ordinality as known (name, place) order by place`,
    [relations],
  );
  return rows.map(({ file }) => file);
};
const positions = async (table: string) => {
  const { rows } = await pool.query<{ position: string }>(`select position from ${table} order by position`);
  return rows.map(({ position }) => Number(position));
};

describe('an installation of the release before', () => {
  it('keeps its tables until the level is open', async () => {
    expect(await convertLog(pool, need)).toBe(false);
    expect(await readSegments(pool)).toEqual([]);
    await appendEvents(pool, walletStream('wallet-002', 100n));
  });

  it('is converted without a rewrite, with its rows, its rights and its protection', async () => {
    const before = await files(
      'events',
      'events_pkey',
      'events_wallet_version',
      'outbox_rows',
      'outbox_rows_pkey',
    );
    await openLevel();
    expect(await convertLog(pool, need)).toBe(true);
    expect(await keepSegments(pool, need)).toBe(2);
    expect(
      await files(
        'events_s1',
        'events_s1_pkey',
        'events_s1_wallet_version',
        'outbox_rows_s1',
        'outbox_rows_s1_pkey',
      ),
    ).toEqual(before);
    expect(await readSegments(pool)).toMatchObject([
      { segment: 1, from: 1n, to: 36n },
      { segment: 2, from: 36n, to: 52n },
      { segment: 3, from: 52n, to: 68n },
    ]);
    for (const table of ['events', 'outbox_rows', 'outbox'])
      expect(await positions(table)).toEqual([1, 2, 3]);
    await appendEvents(
      pool,
      walletStream(
        'wallet-002',
        100n,
        Array.from({ length: 40 }, () => 1n),
      ),
    );
    expect(await positions('events_s2')).toContain(40);
    await expect(pool.query('delete from events')).rejects.toThrow('is refused');
    await withClient(database.url, async (client) => {
      await client.query(`set role ${reader}`);
      expect((await client.query('select position, wallet_id from events')).rowCount).toBe(44);
      expect((await client.query('select * from outbox_rows')).rowCount).toBe(44);
      await expect(client.query('select type from events')).rejects.toThrow('permission denied');
      await expect(client.query('select position from events_s1')).rejects.toThrow('permission denied');
      await expect(client.query('select position from events_s2')).rejects.toThrow('permission denied');
    });
    expect(await convertLog(pool, need), 'a second run').toBe(false);
  });

  it('has the tables of a new installation afterwards', async () => {
    const shape = async (client: Pick<Pool, 'query'>) => {
      const { rows } = await client.query<Record<string, unknown>>(
        `select conrelid::regclass::text as table, conname, pg_get_constraintdef(oid) as definition
           from pg_constraint
          where conrelid::regclass::text ~ '^(events|outbox_rows)(_s[12])?$'
          union all
         select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
           from pg_trigger
          where tgrelid::regclass::text ~ '^(events|outbox_rows)(_s[12])?$'
          order by 1, 2`,
      );
      return rows;
    };
    await openLevel();
    await convertLog(pool, need);
    await keepSegments(pool, need);
    const fresh = await copyDatabase(inject('databaseUrl'), `${name}_fresh`, 'template0');
    try {
      const wanted = await withClient(fresh.url, async (client) => {
        await migrate(client);
        return shape(client);
      });
      expect(await shape(pool)).toEqual(wanted);
    } finally {
      await fresh.drop();
    }
  });

  it('goes on with sessions that have prepared their statements before', async () => {
    const session = new Client({ connectionString: database.url });
    await session.connect();
    try {
      const append = (position: number) =>
        session.query({
          name: 'append',
          text: `with appended as (insert into outbox (position) values ($1::bigint))
                 insert into events (position, wallet_id, version, type, schema_version, data, metadata, occurred_at)
                 select $1::bigint, 'wallet-003', $1::bigint, 'WalletCredited', 1, '{}', '{}', now()`,
          values: [position],
        });
      await append(4);
      await openLevel();
      await convertLog(pool, need);
      await append(5);
      expect(await positions('outbox')).toEqual([1, 2, 3, 4, 5]);
    } finally {
      await session.end();
    }
  });

  it.each(['begun', 'checked'] as const)('goes on after a crash behind the step %s', async (step) => {
    await openLevel();
    const crash = new Error('killed');
    await expect(
      convertLog(pool, need, (reached) => {
        if (reached === step) throw crash;
      }),
    ).rejects.toBe(crash);
    await appendEvents(pool, walletStream('wallet-002', 100n));
    expect(await convertLog(pool, need)).toBe(true);
    expect(await positions('events')).toEqual([1, 2, 3, 4]);
  });

  it('has no end between two steps, if nobody goes on with the conversion', async () => {
    await openLevel();
    const crash = new Error('killed');
    await expect(
      convertLog(pool, need, () => {
        throw crash;
      }),
    ).rejects.toBe(crash);
    await appendEvents(
      pool,
      walletStream(
        'wallet-002',
        100n,
        Array.from({ length: 29 }, () => 1n),
      ),
    );
    const further = () => appendEvents(pool, walletStream('wallet-003', 100n, [1n, 1n, 1n]));
    await expect(further()).rejects.toMatchObject({ code: '23514', constraint: 'log_bounds' });
    expect(await keepSegments(pool, { width: null, ahead: 0 })).toBe(0);
    await further();
    expect(await convertLog(pool, need)).toBe(true);
    expect(await positions('events')).toHaveLength(37);
  });

  it('gives up while somebody holds a table, and commands go on', async () => {
    await openLevel();
    const holder = new Client({ connectionString: database.url });
    await holder.connect();
    try {
      await holder.query('begin');
      await holder.query('select from events');
      expect(await convertLog(pool, need)).toBe(false);
      await appendEvents(pool, walletStream('wallet-002', 100n));
      await holder.query('rollback');
      expect(await convertLog(pool, need)).toBe(true);
    } finally {
      await holder.end();
    }
  });

  it('is not converted while others have hung something on its tables, and names it', async () => {
    await openLevel();
    await pool.query('create view reports as select wallet_id from events');
    await pool.query('create index events_by_time on events (occurred_at)');
    await expect(convertLog(pool, need)).rejects.toThrow(
      'the new tables would lose: index public.events_by_time, view public.reports',
    );
    await pool.query('drop view reports');
    await pool.query('drop index events_by_time');
    expect(await convertLog(pool, need)).toBe(true);
  });
});
