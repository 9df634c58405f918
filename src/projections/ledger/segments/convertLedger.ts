// Converts an older ledger of postings in place: its table becomes the first segment of a new table of its
// name. Runs once the level `ledgerSegments` is open and the log has segments. No file is rewritten. That
// segment of the ledger holds all segments that the log had when the conversion began.
//
// Invariant: a crash after any step leaves a ledger that goes on, and the next run goes on from there.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../../../eventStore/database.ts';
import { ledgerEntriesView, postingIndexes } from '../../../eventStore/newLedger.ts';
import { queryLong } from '../../../eventStore/longStatement.ts';
import { keepLedgerSegments, lockSegments } from '../../../eventStore/segments.ts';
import { whenLocked } from '../../../eventStore/whenLocked.ts';
import { readLedgerForm } from '../forms/ledgerForm.ts';
import { refuseDependentsOfConversion } from '../rebuild/dependents.ts';
import { writeKeptAttributes } from '../rebuild/keptAttributes.ts';
import { isSegmented, makesSegments } from './rebuildSegments.ts';

/** Longest check of the bounds. It reads the table from beginning to end. */
const checkTimeMaxMs = 3_600_000;
/** Every later statement on the ledger waits as long. */
const lockWaitMaxMs = 500;
/** A dump holds the table for hours, so the next run tries again. */
const tries = { triesMax: 5, pauseMs: 250 };
/** The new table, until the old one has given its name away. */
const madeLedger = 'ledger_postings_made';

/** The segment of the log at whose end the first segment of the ledger ends. */
interface LastSegment {
  readonly segment: number;
  /** Not included. */
  readonly to: string;
}

/** Converts the ledger if it may be and is not yet. Returns whether this call did it. */
export async function convertLedger(
  pool: Pool,
  afterStep?: (step: 'begun' | 'checked') => void,
): Promise<boolean> {
  if (!(await makesSegments(pool)) || !(await isPlainPostings(pool))) return false;
  // A check from an earlier run may end near the head by now. This drops it.
  await keepLedgerSegments(pool);
  if ((await whenLocked(tries, () => inDatabaseTransaction(pool, beginConversion))) === undefined)
    return false;
  afterStep?.('begun');
  await inDatabaseTransaction(pool, (client) =>
    queryLong(client, checkTimeMaxMs, {
      text: 'alter table ledger_postings validate constraint ledger_bounds',
    }),
  );
  afterStep?.('checked');
  const converted = await whenLocked(tries, () => inDatabaseTransaction(pool, finishConversion));
  return converted === true;
}

async function isPlainPostings(client: Pick<PoolClient, 'query'>): Promise<boolean> {
  return (await readLedgerForm(client)) === 'postings' && !(await isSegmented(client, 'ledger_postings'));
}

/** The first step: a check of the bounds, on new rows alone. Keeps that of an earlier run. */
async function beginConversion(client: PoolClient): Promise<true> {
  await boundLocks(client);
  if ((await readBounds(client)) !== undefined || !(await isPlainPostings(client))) return true;
  const { rows } = await client.query<{ to: string }>('select max(to_position) as to from log_segments');
  const [newest] = rows;
  if (newest === undefined) throw new Error('log_segments is empty, although the log has segments');
  const ledgerEnd = BigInt(newest.to);
  await client.query(
    `alter table ledger_postings
       add constraint ledger_bounds check (position >= 1 and position < ${ledgerEnd}) not valid`,
  );
  return true;
}

/**
 * The last step, in one short database transaction. False if another process was faster, or if the check was
 * dropped because the head came near its end.
 */
async function finishConversion(client: PoolClient): Promise<boolean> {
  await boundLocks(client);
  await client.query('lock table ledger_form, ledger_entries, ledger_postings in access exclusive mode');
  const last = await readBounds(client);
  if (last === undefined || !(await isPlainPostings(client))) return false;
  await client.query(`create table ${madeLedger}
    (like ledger_postings including constraints including storage including compression)
    partition by range (position)`);
  await client.query(`alter table ${madeLedger} drop constraint ledger_bounds`);
  await refuseDependentsOfConversion(client, madeLedger);
  const kept = await writeKeptAttributes(client, 'ledger_postings', madeLedger);
  const ledgerEnd = BigInt(last.to);
  const ledgerPart = `ledger_postings_s${last.segment}`;
  for (const statement of [
    `alter table ledger_postings rename to ${ledgerPart}`,
    `alter index ledger_postings_pkey rename to ${ledgerPart}_pkey`,
    `alter index ledger_postings_debit rename to ${ledgerPart}_debit`,
    `alter index ledger_postings_credit rename to ${ledgerPart}_credit`,
    `alter table ${madeLedger} rename to ledger_postings`,
    ...postingIndexes('ledger_postings'),
    `alter table ledger_postings attach partition ${ledgerPart} for values from (1) to (${ledgerEnd})`,
    `alter table ${ledgerPart} drop constraint ledger_bounds`,
    kept,
    `select hide_ledger_part('${ledgerPart}')`,
    `create or replace ${ledgerEntriesView}`,
    "select make_ledger_parts('ledger_postings', 0)",
  ])
    if (statement !== '') await client.query(statement);
  return true;
}

/** The maker waits for this lock, too. So the log gets no segment that the ledger never hears of. */
async function boundLocks(client: PoolClient): Promise<void> {
  await client.query(`select set_config('lock_timeout', $1::text, true)`, [String(lockWaitMaxMs)]);
  await lockSegments(client);
}

/** Where the check of a conversion ends; undefined if there is none. */
async function readBounds(client: PoolClient): Promise<LastSegment | undefined> {
  const { rows } = await client.query<LastSegment>(
    `select segment, to_position as to
       from pg_constraint
      cross join lateral regexp_match(pg_get_constraintdef(oid), '< ''?(\\d+)') as ends
       join log_segments
         on to_position = ends[1]::bigint
      where conrelid = 'ledger_postings'::regclass
        and conname = 'ledger_bounds'`,
  );
  return rows[0];
}
