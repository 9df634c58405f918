// Creates, indexes, renames and drops the second table of a ledger rebuild. Columns and checks are copied
// from the live table. Indexes are named here, and a test compares them with those of the live table.
// `keptAttributes` and `dependents` say what becomes of the rest.
//
// A rebuild makes postings once the level of postings is open. On a ledger of legs that is its migration.
import { DatabaseError, type Pool, type PoolClient, type QueryResultRow } from 'pg';
import { inDatabaseTransaction } from '../../../eventStore/database.ts';
import { readHead } from '../../../eventStore/logHead.ts';
import { levels } from '../../../eventStore/levels.ts';
import { requireWholeLog } from '../../../eventStore/retainedLog.ts';
import { type LongStatement, queryLong } from '../../../eventStore/longStatement.ts';
import { RebuildSupersededError } from '../../projection.ts';
import { type LedgerForm, readLedgerForm } from '../forms/ledgerForm.ts';
import {
  createSegmentedRebuild,
  indexesOfPart,
  isSegmented,
  rebuildParts,
  makesSegments,
} from '../segments/rebuildSegments.ts';
import { refuseDependents } from './dependents.ts';

/** Longest build of one index, and longest verification of the whole table. */
const wholeTableTimeMaxMs = 3_600_000;
/** Memory of the sort for each index, and of grouping: with the server's defaults both spill to disk. */
export const workMemory = '256MB';
/**
 * From this many connections on, two indexes are built at once: verification and both drains need one each.
 */
const connectionsForTwo = 5;

const tableOf: Readonly<Record<LedgerForm, string>> = {
  legs: `create table ledger_entries_rebuild
           (like ledger_entries including constraints including storage including compression)`,
  postings: `create table ledger_postings_rebuild
               (like ledger_postings including constraints including storage including compression)`,
};

type Lanes = readonly [readonly string[], readonly string[]];

/**
 * The indexes in two lanes, each of which keeps one core busy for about as long. Those of a table in segments
 * are made part by part.
 */
const indexesOf: Readonly<Record<LedgerForm, Lanes>> = {
  legs: [
    [
      `create unique index if not exists ledger_entries_rebuild_pkey
           on ledger_entries_rebuild (position, leg)`,
    ],
    [
      `create index if not exists ledger_entries_rebuild_account
           on ledger_entries_rebuild (account, position)`,
    ],
  ],
  postings: [
    [
      `create unique index if not exists ledger_postings_rebuild_pkey
           on ledger_postings_rebuild (position, posting)`,
      `create index if not exists ledger_postings_rebuild_debit
           on ledger_postings_rebuild (debit_wallet_id, position)
        where debit_wallet_id is not null`,
    ],
    [
      `create index if not exists ledger_postings_rebuild_credit
           on ledger_postings_rebuild (credit_wallet_id, position)
        where credit_wallet_id is not null`,
    ],
  ],
};

const analyses: Readonly<Record<LedgerForm, string>> = {
  legs: 'analyze ledger_entries_rebuild',
  postings: 'analyze ledger_postings_rebuild',
};

const dropRebuilds = 'drop table if exists ledger_entries_rebuild, ledger_postings_rebuild';
const dropReplacedTables = 'drop table if exists ledger_entries_replaced, ledger_postings_replaced';

/** The error for a rebuild that PostgreSQL does not know. */
export function rebuildSuperseded(rebuildId: string): RebuildSupersededError {
  return new RebuildSupersededError(
    `there is no ledger rebuild "${rebuildId}" any more: it was cancelled, or another one began`,
  );
}

/**
 * Creates the empty table for this rebuild and returns the log's last position. Drops the tables of an
 * earlier rebuild. Keeps a table that this rebuild has created before, so that a second attempt goes on.
 * Begins after the archived events, or with `fromStart` at the first one. Throws an ArchivedError if that one
 * is not in the log. Throws an UnrecoverableError if something hangs on the live table that a new one can't
 * keep.
 */
export function createRebuildTable(
  pool: Pool,
  rebuildId: string,
  { fromStart = false }: { readonly fromStart?: boolean } = {},
): Promise<{ head: bigint }> {
  return inDatabaseTransaction(pool, async (client) => {
    const known = await client.query('select from ledger_rebuilds where rebuild_id = $1::text', [rebuildId]);
    if (known.rowCount === 0) {
      await client.query(dropRebuilds);
      await client.query(dropReplacedTables);
      await client.query('delete from ledger_rebuilds');
      const from = await readLedgerForm(client);
      const to = await chooseForm(client, from);
      const beginsAfter = await chooseBeginning(client, to, fromStart);
      if (to === 'postings' && (await makesSegments(client)))
        await createSegmentedRebuild(client, beginsAfter);
      else await client.query(tableOf[to]);
      await refuseDependents(client, from, to);
      await client.query({
        text: `
          insert into ledger_rebuilds (rebuild_id, form, position, begins_after)
          values ($1::text, $2::text, $3::bigint, $3::bigint)`,
        values: [rebuildId, to, beginsAfter],
      });
    }
    return { head: await readHead(client) };
  });
}

/**
 * The position after which the new ledger begins. Legs have no sums to begin with, so they begin at the first
 * event. The lock keeps the sums of that position until this rebuild is known to whom deletes them.
 */
async function chooseBeginning(client: PoolClient, form: LedgerForm, fromStart: boolean): Promise<bigint> {
  const { rows } = await client.query<{ archived_through: string }>(
    'select archived_through from log_archive for share',
  );
  if (!fromStart && form === 'postings') return BigInt(rows[0]?.archived_through ?? 0);
  await requireWholeLog(client);
  return 0n;
}

/** Postings if the ledger has them, or if every process can read them. */
async function chooseForm(client: PoolClient, current: LedgerForm): Promise<LedgerForm> {
  if (current === 'postings') return current;
  const { rowCount } = await client.query('select from log_head where level >= $1::smallint', [
    levels.postings,
  ]);
  return rowCount === 1 ? 'postings' : 'legs';
}

export interface RebuildProgress {
  /** The form that the ledger will have. */
  readonly form: LedgerForm;
  /** Position of the last event whose entries are in the rebuild's table. */
  readonly position: bigint;
  /** The new ledger has the postings above this position. */
  readonly beginsAfter: bigint;
}

/** Throws RebuildSupersededError. */
export async function readRebuild(
  pool: Pick<Pool | PoolClient, 'query'>,
  rebuildId: string,
): Promise<RebuildProgress> {
  const { rows } = await pool.query<{ form: LedgerForm; position: string; begins_after: string }>({
    name: 'read-ledger-rebuild',
    text: `
      select form, position, begins_after
        from ledger_rebuilds
       where rebuild_id = $1::text`,
    values: [rebuildId],
  });
  const [row] = rows;
  if (row === undefined) throw rebuildSuperseded(rebuildId);
  return { form: row.form, position: BigInt(row.position), beginsAfter: BigInt(row.begins_after) };
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
  const { form } = await readRebuild(pool, rebuildId);
  const lanes = (await indexesOfRebuild(pool, form)).map((builds) => async () => {
    for (const build of builds) await run(build);
  });
  if (pool.options.max < connectionsForTwo) for (const lane of lanes) await lane();
  else {
    // Side by side. Both are awaited, so that nothing goes on after a failure.
    const built = await Promise.allSettled(lanes.map((lane) => lane()));
    for (const one of built) if (one.status === 'rejected') throw one.reason;
  }
  await run(analyses[form]);
}

async function indexesOfRebuild(pool: Pool, form: LedgerForm): Promise<Lanes> {
  if (form === 'legs' || !(await isSegmented(pool, 'ledger_postings_rebuild'))) return indexesOf[form];
  const parts = (await rebuildParts(pool)).map((ledgerPart) => indexesOfPart(ledgerPart));
  return [parts.flatMap(([first]) => first), parts.flatMap(([, second]) => second)];
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

/**
 * Drops an abandoned rebuild's table, and the old ledger if the rebuild was abandoned after its swap. A
 * cancel may come while the server commits the table. The lock waits for that, or the table would stay.
 */
export function discardRebuild(pool: Pool, rebuildId: string): Promise<void> {
  return inDatabaseTransaction(pool, async (client) => {
    await client.query('lock table ledger_rebuilds in share row exclusive mode');
    const { rowCount } = await client.query('delete from ledger_rebuilds where rebuild_id = $1::text', [
      rebuildId,
    ]);
    if (rowCount === 1) await client.query(dropRebuilds);
    await client.query(dropReplacedTables);
  });
}

/**
 * Drops the replaced ledger and the rebuild's row. Waits for its last readers, up to the pool's lock timeout.
 */
export function dropReplaced(pool: Pool, rebuildId: string): Promise<void> {
  return inDatabaseTransaction(pool, async (client) => {
    await client.query(dropReplacedTables);
    await client.query('delete from ledger_rebuilds where rebuild_id = $1::text', [rebuildId]);
  });
}
