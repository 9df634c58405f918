// The outbox as the release before uses it: the table that it made, and its statements on the view that has
// the name of that table. A process of that release may run beside this one in an upgrade, and after a
// rollback.
import { randomBytes } from 'node:crypto';
import { type Client, Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { copyDatabase, withClient } from '../../../../harness/databases.ts';
import { migrate } from '../../../../src/eventStore/migrate.ts';
import { readOutboxDepth } from '../../../../src/projections/outbox/outbox.ts';
import { createProtectedDatabase } from '../../../support/database.ts';
import { migrateThrough } from '../../../support/olderRelease.ts';
import { testPool } from '../../../support/projections.ts';

/** The statements of the release before, as it sends them. */
const before = {
  append: `
      with head as (
        update log_head
           set position = position + $1::bigint
         where fence = $2::bigint
        returning position - $1::bigint as base
      ), appended_outbox as (
        insert into outbox (position)
        select head.base + ordinal
          from head, generate_series(1, $1::bigint) as ordinal
      )
      select base from head`,
  checkWritable: `
      with head as (
        update log_head
           set position = position
         where false
        returning position
      )
      insert into outbox (position)
      select position
        from head`,
  mark: `
      update outbox
         set processed_at = now()
       where position = any(array(
               select waiting.position
                 from outbox as waiting
                where waiting.processed_at is null
                  and waiting.position > $1::bigint
                  and waiting.position <= (
                        select case when count(*) = cardinality($3::text[]) then min(position) end
                          from projector_checkpoints
                         where projection = any($3::text[])
                      )
                  and not exists (
                        select
                          from projection_failures as failures
                         where failures.position = waiting.position
                          and failures.projection = any($3::text[])
                           and failures.resolved_at is null
                      )
                order by waiting.position
                limit $2::integer
                  for update skip locked
             ))`,
  depth: `
      select (select count(*)
                from (select from outbox where processed_at is null limit $1::integer) as waiting) as counted,
             (select position from outbox where processed_at is null order by position limit 1) as oldest`,
  stale: `
      select waiting.position
        from outbox as waiting
       where waiting.processed_at is null
         and waiting.position > $3::bigint
         and waiting.position <= (
               select case when $2::boolean or count(*) = cardinality($6::text[]) then min(position) end
                 from projector_checkpoints
                where projection = any(case when $2::boolean then array[$1::text] else $6::text[] end)
             )
         and waiting.created_at < now() - $4::integer * interval '1 second'
         and not exists (
               select
                 from projection_failures as failures
                where failures.position = waiting.position
                  and failures.projection = any($6::text[])
                  and (failures.resolved_at is null
                       or failures.projection = $1::text and failures.skipped_at is not null)
             )
       order by waiting.position
       limit $5::integer`,
  prune: `
      with page as materialized (
        select position, created_at, processed_at
          from outbox
         where position > $1::bigint
         order by position
         limit $3::integer
      ), deleted as (
        delete from outbox
         where position = any(array(
                 select page.position
                   from page
                  where page.processed_at < $2::timestamptz
               ))
        returning position
      ), noted as (
        update outbox_upkeep
           set pruned_through = greatest(pruned_through, (select max(position) from deleted))
         where exists (select from deleted)
      )
      select (select count(*) from deleted) as deleted,
             count(*) as read,
             max(position) as through,
             max(created_at) < $2::timestamptz as old_enough
        from page`,
} as const;

const required = ['read-model', 'ledger'];
const hourAgo = () => new Date(Date.now() - 3_600_000);

describe('a process of the release before', () => {
  let database: Awaited<ReturnType<typeof createProtectedDatabase>>;
  let owner: Pool;
  let service: Pool;
  beforeEach(async () => {
    database = await createProtectedDatabase();
    owner = testPool(database.url);
    service = new Pool({ connectionString: database.serviceUrl, max: 2 });
    // Its migration gives the service no right on tables that it does not know.
    await owner.query(
      `revoke all on outbox_rows, required_projections from ${new URL(database.serviceUrl).username}`,
    );
  });
  afterEach(async () => {
    await Promise.all([owner.end(), service.end()]);
    await database.drop();
  });

  const positions = async () =>
    (await owner.query<{ position: string }>('select position from outbox_rows order by position')).rows.map(
      ({ position }) => Number(position),
    );

  it('appends outbox rows, which this release counts', async () => {
    await service.query(before.checkWritable);
    expect((await service.query(before.append, [3, 0])).rows).toEqual([{ base: '0' }]);
    expect((await service.query(before.append, [2, 9])).rows, 'the fence has moved').toEqual([]);
    expect(await positions()).toEqual([1, 2, 3]);
    expect((await readOutboxDepth(owner)).unprocessed).toBe(3);
    expect((await service.query(before.depth, [10_000])).rows).toEqual([{ counted: '3', oldest: '1' }]);
  });

  it('marks rows without a change, and sees what this release sees', async () => {
    await service.query(before.append, [3, 0]);
    await owner.query("update outbox_rows set created_at = now() - interval '2 hours'");
    await owner.query('update projector_checkpoints set position = 2');
    expect((await service.query(before.mark, [0, 100, required])).rowCount).toBe(0);
    await service.query('update outbox set processed_at = now() where position = 3');
    expect((await service.query(before.depth, [10_000])).rows).toEqual([{ counted: '1', oldest: '3' }]);
    const stale = (full: boolean) => service.query(before.stale, ['ledger', full, 0, 60, 10, required]);
    expect((await stale(false)).rows).toEqual([]);
    await owner.query("update projector_checkpoints set position = 3 where projection = 'ledger'");
    expect((await stale(true)).rows).toEqual([{ position: '3' }]);
  });

  it('prunes processed rows past their retention, and no other', async () => {
    await service.query(before.append, [4, 0]);
    await owner.query("update outbox_rows set created_at = now() - interval '2 hours' where position <> 3");
    await owner.query('update projector_checkpoints set position = 3');
    expect((await service.query(before.prune, [0, hourAgo(), 10])).rows).toMatchObject([
      { deleted: '2', read: '4', through: '4' },
    ]);
    expect(await positions()).toEqual([3, 4]);
  });
});

describe('an installation of the release before', () => {
  const name = `wallet_before_outbox_${randomBytes(6).toString('hex')}`;
  const reader = `${name}_reader`;
  const columnReader = `${name}_column_reader`;
  let database: Awaited<ReturnType<typeof copyDatabase>>;
  beforeEach(async () => {
    database = await copyDatabase(inject('databaseUrl'), name, 'template0');
    await withClient(database.url, async (client) => {
      await migrateThrough(client, 23);
      await client.query(`create role ${reader}`);
      await client.query(`grant select on outbox to ${reader} with grant option`);
      await client.query(`create role ${columnReader}`);
      await client.query(`grant select (position, processed_at) on outbox to ${columnReader}`);
      await client.query('update log_head set position = 4');
      await client.query(
        'insert into outbox (position, processed_at) values (1, now()), (2, null), (3, now()), (4, null)',
      );
      await client.query(
        "update projector_checkpoints set position = case projection when 'ledger' then 4 else 3 end",
      );
      await client.query(
        `insert into projection_failures (projection, position, wallet_id, last_error, next_attempt_at)
         values ('ledger', 2, 'wallet-001', 'a test', now())`,
      );
    });
  });
  afterEach(async () => {
    await withClient(database.url, (client) => client.query(`drop owned by ${reader}, ${columnReader}`));
    await database.drop();
    await withClient(inject('databaseUrl'), (client) => client.query(`drop role ${reader}, ${columnReader}`));
  });

  it('is converted in place, with the rights of its roles, under sessions that go on', async () => {
    await withClient(database.url, async (session) => {
      const append = () => session.query({ name: 'append', text: before.append, values: [1, 0] });
      const mark = () => session.query({ name: 'mark', text: before.mark, values: [0, 10, required] });
      await append();
      await mark();
      const files = await filesOf(session, 'outbox', 'outbox_pkey');
      await withClient(database.url, (client) => migrate(client));
      expect(await filesOf(session, 'outbox_rows', 'outbox_rows_pkey')).toEqual(files);
      await append();
      expect((await mark()).rowCount).toBe(0);
      await session.query(`set role ${reader}`);
      const { rows } = await session.query(
        'select position, processed_at is null as open from outbox order by position',
      );
      expect(rows).toEqual([
        { position: '1', open: false },
        { position: '2', open: true },
        { position: '3', open: false },
        { position: '4', open: true },
        { position: '5', open: true },
        { position: '6', open: true },
      ]);
      await expect(session.query('delete from outbox')).rejects.toThrow('permission denied');
      await session.query('reset role');
      await session.query(`set role ${columnReader}`);
      expect((await session.query('select position, processed_at from outbox')).rowCount).toBe(6);
      await expect(session.query('select created_at from outbox')).rejects.toThrow('permission denied');
    });
  });
});

/** The files that hold a table and its index. Another file would be a table that was written again. */
async function filesOf(
  client: Client,
  ...names: readonly string[]
): Promise<readonly (string | undefined)[]> {
  const { rows } = await client.query<{ file: string }>(
    `select pg_relation_filenode(name::regclass) as file
       from unnest($1::text[]) with ordinality as known (name, place)
      order by place`,
    [names],
  );
  return rows.map(({ file }) => file);
}
