// Creates, indexes, renames and drops the second table of a ledger rebuild. Columns and checks are copied
// from the live table. Indexes and triggers are named here, and a test compares them with those of the live
// table. `keptAttributes` and `dependents` say what becomes of the rest.
import { DatabaseError, type Pool, type PoolClient, type QueryResultRow } from 'pg';
import { inDatabaseTransaction } from '../../../eventStore/database.ts';
import { readHead } from '../../../eventStore/logHead.ts';
import { type LongStatement, queryLong } from '../../../eventStore/longStatement.ts';
import { RebuildSupersededError } from '../../projection.ts';
import { refuseDependents } from './dependents.ts';
import { writeKeptAttributes } from './keptAttributes.ts';

/** Longest build of one index, and longest verification of the whole table. */
const wholeTableTimeMaxMs = 3_600_000;
/** Memory of the sort for each index, and of grouping: with the server's defaults both spill to disk. */
export const workMemory = '256MB';
/**
 * From this many connections on, two indexes are built at once: verification and both drains need one each.
 */
const connectionsForTwo = 5;

/** The error for a rebuild that PostgreSQL does not know. */
export function rebuildSuperseded(rebuildId: string): RebuildSupersededError {
  return new RebuildSupersededError(
    `there is no ledger rebuild "${rebuildId}" any more: it was cancelled, or another one began`,
  );
}

/**
 * Creates the empty table for this rebuild and returns the log's last position. Drops the tables of an
 * earlier rebuild. Keeps a table that this rebuild has created before, so that a second attempt goes on.
 * Throws an UnrecoverableError if something hangs on the live table that a new one can't keep.
 */
export function createRebuildTable(pool: Pool, rebuildId: string): Promise<{ head: bigint }> {
  return inDatabaseTransaction(pool, async (client) => {
    const known = await client.query('select from ledger_rebuilds where rebuild_id = $1::text', [rebuildId]);
    if (known.rowCount === 0) {
      await client.query('drop table if exists ledger_entries_rebuild, ledger_entries_replaced');
      await client.query('delete from ledger_rebuilds');
      await client.query(
        `create table ledger_entries_rebuild
           (like ledger_entries including constraints including storage including compression)`,
      );
      await refuseDependents(client);
      await client.query('insert into ledger_rebuilds (rebuild_id) values ($1::text)', [rebuildId]);
    }
    return { head: await readHead(client) };
  });
}

/**
 * Gives the filled table the indexes of the live one, once. Readers are not locked out, because the table is
 * verified at the same time. So the primary key becomes a constraint only at the swap.
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
    // Side by side, because each keeps one core busy. Both are awaited, so that nothing goes on after a
    // failure.
    const built = await Promise.allSettled(builds.map(run));
    for (const one of built) if (one.status === 'rejected') throw one.reason;
  }
  await run('analyze ledger_entries_rebuild');
}

const undefinedTable = '42P01';

/** Runs a long statement on the rebuild's table. Throws RebuildSupersededError if there is no such table. */
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

/** Drops an abandoned rebuild's table, and the old ledger if the rebuild was abandoned after its swap. */
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
 * Drops the replaced ledger and the rebuild's row. Waits for its last readers, up to the pool's lock timeout.
 */
export function dropReplaced(pool: Pool, rebuildId: string): Promise<void> {
  return inDatabaseTransaction(pool, async (client) => {
    await client.query('drop table if exists ledger_entries_replaced');
    await client.query('delete from ledger_rebuilds where rebuild_id = $1::text', [rebuildId]);
  });
}

/**
 * Puts the rebuild's table in the ledger's place, names, grants and comments included. The caller has locked
 * the live table. Throws an UnrecoverableError if meanwhile something hangs there that would be lost.
 */
export async function renameTables(client: PoolClient): Promise<void> {
  await refuseDependents(client);
  const kept = await writeKeptAttributes(client);
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
    ...(kept === '' ? [] : [kept]),
  ])
    await client.query(text);
}
