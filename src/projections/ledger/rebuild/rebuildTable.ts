// The second table of a ledger rebuild: made, indexed, verified, and put in the ledger's place. Columns and checks are
// taken from the live table; indexes and triggers are named here, and a test holds them against the live one's.
import { DatabaseError, type Pool, type PoolClient, type QueryResultRow } from 'pg';
import { inDatabaseTransaction } from '../../../eventStore/database.ts';
import { readHead } from '../../../eventStore/logHead.ts';
import { type LongStatement, queryLong } from '../longStatement.ts';
import { RebuildSupersededError } from '../../projection.ts';

/** Longest build of one index, and longest comparison of the whole table. */
const wholeTableTimeMaxMs = 3_600_000;
/** Memory of the sort for each index, and of grouping: with the server's defaults both spill to disk. */
export const workMemory = '256MB';
/** Connections with which two indexes may be built at once: verification and both drains want one each. */
const connectionsForTwo = 5;

/** For a rebuild that PostgreSQL knows nothing of. */
export function rebuildSuperseded(rebuildId: string): RebuildSupersededError {
  return new RebuildSupersededError(
    `there is no ledger rebuild "${rebuildId}" any more: it was cancelled, or another one began`,
  );
}

/**
 * Makes the empty table for this rebuild and returns the log's last position. What an earlier rebuild left behind is
 * dropped; what this one has made is kept, so that a second attempt goes on.
 */
export function prepareRebuild(pool: Pool, rebuildId: string): Promise<{ head: bigint }> {
  return inDatabaseTransaction(pool, async (client) => {
    const known = await client.query('select from ledger_rebuilds where rebuild_id = $1::text', [rebuildId]);
    if (known.rowCount === 0) {
      await client.query('drop table if exists ledger_entries_rebuild, ledger_entries_replaced');
      await client.query('delete from ledger_rebuilds');
      await client.query(
        'create table ledger_entries_rebuild (like ledger_entries including defaults including constraints)',
      );
      await client.query('insert into ledger_rebuilds (rebuild_id) values ($1::text)', [rebuildId]);
    }
    return { head: await readHead(client) };
  });
}

/**
 * Gives the filled table the live one's indexes, once. None of it keeps readers away: the table is verified at the same
 * time, and the primary key becomes a constraint only at the swap.
 */
export async function indexRebuild(pool: Pool, rebuildId: string): Promise<void> {
  const run = (text: string) =>
    inDatabaseTransaction(pool, async (client) => {
      const own = await client.query('select from ledger_rebuilds where rebuild_id = $1::text', [rebuildId]);
      if (own.rowCount === 0) throw rebuildSuperseded(rebuildId);
      await client.query(`select set_config('maintenance_work_mem', $1::text, true)`, [workMemory]);
      await queryRebuild(client, rebuildId, { text });
    });
  const builds = [
    `create unique index if not exists ledger_entries_rebuild_pkey
         on ledger_entries_rebuild (position, leg)`,
    `create index if not exists ledger_entries_rebuild_account
         on ledger_entries_rebuild (account, position)`,
  ];
  if (pool.options.max < connectionsForTwo) for (const build of builds) await run(build);
  else {
    // Side by side: each keeps one core busy. Both are waited for, so that nothing goes on behind a failure.
    const built = await Promise.allSettled(builds.map(run));
    for (const one of built) if (one.status === 'rejected') throw one.reason;
  }
  await run('analyze ledger_entries_rebuild');
}

const undefinedTable = '42P01';

/** A long statement about the rebuild's table. Throws RebuildSupersededError where there is none. */
export async function queryRebuild<Row extends QueryResultRow>(
  client: PoolClient,
  rebuildId: string,
  statement: LongStatement,
) {
  try {
    return await queryLong<Row>(client, wholeTableTimeMaxMs, statement);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== undefinedTable) throw error;
    throw rebuildSuperseded(rebuildId);
  }
}

/** Drops what a rebuild that was given up has made, and what it replaced where nobody waited for its swap any more. */
export function discardRebuild(pool: Pool, rebuildId: string): Promise<void> {
  return inDatabaseTransaction(pool, async (client) => {
    const { rowCount } = await client.query('delete from ledger_rebuilds where rebuild_id = $1::text', [
      rebuildId,
    ]);
    if (rowCount === 1) await client.query('drop table if exists ledger_entries_rebuild');
    await client.query('drop table if exists ledger_entries_replaced');
  });
}

/**
 * Drops the ledger that was replaced, and with it the rebuild's row. Waits for its last readers, as long as the pool's lock
 * timeout.
 */
export function dropReplaced(pool: Pool, rebuildId: string): Promise<void> {
  return inDatabaseTransaction(pool, async (client) => {
    await client.query('drop table if exists ledger_entries_replaced');
    await client.query('delete from ledger_rebuilds where rebuild_id = $1::text', [rebuildId]);
  });
}

/** Puts the rebuild's table in the ledger's place, names included. The caller holds the live table's lock. */
export async function renameTables(client: PoolClient): Promise<void> {
  for (const text of [
    'alter table ledger_entries rename to ledger_entries_replaced',
    'alter table ledger_entries_replaced rename constraint ledger_entries_pkey to ledger_entries_replaced_pkey',
    'alter index ledger_entries_account rename to ledger_entries_replaced_account',
    'alter table ledger_entries_rebuild rename to ledger_entries',
    'alter table ledger_entries add constraint ledger_entries_pkey primary key using index ledger_entries_rebuild_pkey',
    'alter index ledger_entries_rebuild_account rename to ledger_entries_account',
    `create trigger ledger_entries_balanced_on_insert after insert on ledger_entries
       referencing new table as touched for each statement execute function assert_ledger_balanced()`,
    `create trigger ledger_entries_balanced_on_update after update on ledger_entries
       referencing new table as touched for each statement execute function assert_ledger_balanced()`,
    `create trigger ledger_entries_balanced_behind_update after update on ledger_entries
       referencing old table as touched for each statement execute function assert_ledger_balanced()`,
    `create trigger ledger_entries_balanced_on_delete after delete on ledger_entries
       referencing old table as touched for each statement execute function assert_ledger_balanced()`,
  ])
    await client.query(text);
}
