// Installations of the release before. Their records become the first generation in place, under sessions
// that go on. Their roles keep their rights and their wall.
import { randomBytes } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Client, Pool } from 'pg';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { copyDatabase, withClient } from '../../../harness/databases.ts';
import { createGenerationActivities } from '../../../src/activities/keepGenerations.ts';
import { readGenerations } from '../../../src/eventStore/generations.ts';
import { migrate } from '../../../src/eventStore/migrate.ts';
import type { FailpointName } from '../../../src/failpoints.ts';
import { migrateThrough } from '../../support/olderRelease.ts';
import { testPool } from '../../support/projections.ts';

const name = `wallet_before_generations_${randomBytes(6).toString('hex')}`;
const reader = `${name}_reader`;
let database: Awaited<ReturnType<typeof copyDatabase>>;
let pool: Pool;

beforeEach(async () => {
  database = await copyDatabase(inject('databaseUrl'), name, 'template0');
  await withClient(database.url, async (client) => {
    await migrateThrough(client, 25);
    await client.query(`create role ${reader}`);
    await client.query(`grant select on idempotency_keys to ${reader}`);
    await client.query('alter table idempotency_keys enable row level security');
    await client.query(
      "create policy tenant_reads on idempotency_keys for all to public using (outcome like '%shown%') with check (true)",
    );
    for (const one of ['shown', 'hidden']) await write(client, one);
  });
  pool = testPool(database.url);
});
afterEach(async () => {
  await pool.end();
  await withClient(database.url, (client) => client.query(`drop owned by ${reader}`));
  await database.drop();
  await withClient(inject('databaseUrl'), (client) => client.query(`drop role ${reader}`));
});

/** As the release before writes a record: without a generation. */
function write(client: Client, outcome: string) {
  return client.query({
    name: 'before-record',
    text: `
      insert into idempotency_keys (command_id, meaning_hash, accepted, outcome)
      values (gen_random_uuid(), decode(repeat('ab', 16), 'hex'), true, $1::text)`,
    values: [outcome],
  });
}

async function filesOf(client: Client, ...names: string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ file: string }>(
    'select pg_relation_filepath(name::regclass) as file from unnest($1::text[]) with ordinality as name (name, at) order by at',
    [names],
  );
  return rows.map(({ file }) => file);
}

const run = (crashAt?: FailpointName) => {
  const { pruneIdempotencyKeys } = createGenerationActivities({
    pool,
    idempotencyRetentionHours: 168,
    failpoint: (point) => {
      if (point === crashAt) throw new Error(`killed at ${point}`);
    },
  });
  return new MockActivityEnvironment().run(() => pruneIdempotencyKeys({}));
};

async function expectWall(client: Client): Promise<void> {
  await client.query(`set role ${reader}`);
  const { rows } = await client.query('select outcome from idempotency_keys');
  expect(rows).toEqual([{ outcome: 'shown' }]);
  await expect(client.query('select from idempotency_keys_g0')).rejects.toThrow('permission denied');
  await client.query('reset role');
}

it('a table of ordinary size is partitioned by the migration, and no file is written again', async () => {
  await withClient(database.url, async (session) => {
    const files = await filesOf(session, 'idempotency_keys', 'idempotency_keys_pkey');
    await withClient(database.url, (client) => migrate(client));
    expect(await filesOf(session, 'idempotency_keys_g0', 'idempotency_keys_pkey')).toEqual(files);
    await expectWall(session);
    await write(session, 'hidden');
    expect(await readGenerations(pool)).toMatchObject({ current: 0, partitioned: true });
    expect((await session.query('select from idempotency_keys_g0')).rowCount).toBe(3);
  });
});

it('a right on a column of the table is none on the column of a generation', async () => {
  await withClient(database.url, async (session) => {
    await session.query(`revoke select on idempotency_keys from ${reader}`);
    await session.query(`grant select (outcome) on idempotency_keys to ${reader}`);
    await withClient(database.url, (client) => migrate(client));
    await session.query(`set role ${reader}`);
    expect((await session.query('select outcome from idempotency_keys')).rowCount).toBe(1);
    await expect(session.query('select outcome from idempotency_keys_g0')).rejects.toThrow(
      'permission denied',
    );
  });
});

it('a table that others use stays as it is, and the hourly run says what is in the way until it is gone', async () => {
  await withClient(database.url, async (session) => {
    await session.query('create view answers as select outcome from idempotency_keys');
    await withClient(database.url, (client) => migrate(client));
    await write(session, 'hidden');
    expect(await readGenerations(pool)).toMatchObject({ partitioned: false });
    await expect(run()).rejects.toThrow('the new table would lose: view public.answers');
    await write(session, 'hidden');
    await session.query('drop view answers');
    await expect(run('afterFirstGenerationChecked')).rejects.toThrow('killed');
    await expect(run('afterRecordsPartitioned')).rejects.toThrow('killed');
    await run();
    await expectWall(session);
    await write(session, 'hidden');
    const { rows } = await session.query(
      'select generation, count(*)::integer as records from idempotency_keys group by 1 order by 1',
    );
    // The records go back to the time of the last prune, so their generation had lasted for long.
    expect(rows).toEqual([{ generation: 0, records: 5 }]);
  });
});

it('the sweep of the release before finds nothing to delete or to date anew', async () => {
  await withClient(database.url, async (client) => {
    await client.query("update idempotency_keys set created_at = now() - interval '400 hours'");
    await migrate(client);
    const { rows: opened } = await client.query<{ pruned_before: Date; blocks: string }>(
      `update prune_horizons
          set sweep_began_at = now(), sweep_before = now() - interval '168 hours', sweep_block = 0,
              sweep_file = pg_relation_filenode('idempotency_keys')
        where subject = 'idempotency records'
       returning pruned_before, pg_relation_size('idempotency_keys') / current_setting('block_size')::bigint as blocks`,
    );
    expect(opened[0]?.blocks).toBe('0');
    const { rows } = await client.query(
      `with expired as materialized (
         select ctid as at, created_at from idempotency_keys
          where ctid >= '(0,0)' and ctid < '(32,0)' and created_at < now() - interval '168 hours'
       ), deleted as (
         delete from idempotency_keys
          where ctid = any(array(select at from expired where created_at >= $1::timestamptz))
            and created_at >= $1::timestamptz and created_at < now() - interval '168 hours'
         returning 1
       ), redated as (
         update idempotency_keys set created_at = now()
          where ctid = any(array(select at from expired where created_at < $1::timestamptz))
            and created_at < $1::timestamptz and now() > $1::timestamptz
         returning 1
       )
       select (select count(*) from deleted) as deleted, (select count(*) from redated) as redated`,
      [opened[0]?.pruned_before],
    );
    expect(rows).toEqual([{ deleted: '0', redated: '0' }]);
  });
});
