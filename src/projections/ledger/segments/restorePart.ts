// Gives the ledger the postings of a restored segment again. A part that was dropped is filled from the
// events through the mapping, as a rebuild does it. Then the ledger begins earlier. Runs after the events are
// back in the log, in the activity that restored them.
//
// Invariant: a part is attached whole or not at all. An attempt after a crash begins with an empty table.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../../../eventStore/database.ts';
import { queryLong } from '../../../eventStore/longStatement.ts';
import { readPackedLog } from '../../../eventStore/read/readPackedLog.ts';
import { lockSegments } from '../../../eventStore/segments.ts';
import { whenLocked } from '../../../eventStore/whenLocked.ts';
import { readLedgerForm } from '../forms/ledgerForm.ts';
import { isAboutContent, writeIsolating } from '../ledgerSink.ts';
import { copyPostings, formatPostings } from '../rebuild/copyPostings.ts';
import { prepareAnyPage, type PreparedPage } from '../rebuild/preparePage.ts';
import { lowerBeginning } from '../sums/lowerBeginning.ts';
import { indexesOfPart, isSegmented } from './rebuildSegments.ts';

/** The segment of the log whose postings come back: positions [from, to). */
export interface RestoredPart {
  readonly segment: number;
  readonly from: bigint;
  /** Not included. */
  readonly to: bigint;
}

export interface RestoreOptions {
  /** Called after each page, with the events of it. May throw to end the restore. */
  readonly onPage?: (events: number) => void;
  readonly pageSize?: number;
}

const pageSizeDefault = 10_000;
/** Longest build of one index. */
const indexTimeMaxMs = 3_600_000;
/** Every later statement on the ledger waits as long. */
const lockWaitMaxMs = 500;
const tries = { triesMax: 5, pauseMs: 250 };

/** The part could not be attached, because others held the ledger. The next attempt fills it again. */
class LedgerLockedError extends Error {
  override readonly name = 'LedgerLockedError';
}

/**
 * Fills and attaches the part if the ledger lacks it, and lets the ledger begin before it. Does nothing for a
 * ledger of legs, or one without segments, which lost no posting.
 */
export async function restorePart(
  pool: Pool,
  wanted: RestoredPart,
  options: RestoreOptions = {},
): Promise<void> {
  if (!(await lacksPart(pool, wanted))) return lowerBeginning(pool);
  const { segment } = wanted;
  await inDatabaseTransaction(pool, (client) => createPart(client, wanted));
  await fillPart(pool, wanted, options);
  await indexPart(pool, segment);
  const attached = await whenLocked(tries, () =>
    inDatabaseTransaction(pool, (client) => attachPart(client, wanted)),
  );
  if (attached === undefined)
    throw new LedgerLockedError(`others hold the ledger, so segment ${segment} of it is not back: try again`);
  await lowerBeginning(pool);
}

const tableOf = (segment: number) => `ledger_restore_s${segment}` as const;
const partOf = (segment: number) => `ledger_postings_s${segment}`;

/** True if the segment is in the log, and the ledger begins after it and has no part for it. */
async function lacksPart(
  client: Pick<PoolClient, 'query'>,
  { segment, from }: RestoredPart,
): Promise<boolean> {
  if ((await readLedgerForm(client)) !== 'postings' || !(await isSegmented(client, 'ledger_postings')))
    return false;
  const { rowCount } = await client.query({
    text: `
      select
        from log_segments
       where segment = $1::integer
         and state = 'attached'
         and to_position - 1 <= (select begins_after from ledger_form)
         and not exists (
               select
                 from ledger_parts('ledger_postings') as known
                where known.from_position <= $2::bigint
                  and known.to_position > $2::bigint
             )`,
    values: [segment, from],
  });
  return rowCount === 1;
}

/** The check spares the attachment a look at each row. */
async function createPart(client: PoolClient, { segment, ...range }: RestoredPart): Promise<void> {
  const ledgerTable = tableOf(segment);
  const [ledgerStart, ledgerEnd] = [range.from, range.to];
  for (const statement of [
    `drop table if exists ${ledgerTable}`,
    `create table ${ledgerTable} (like ledger_postings including all excluding indexes)`,
    `alter table ${ledgerTable}
       add constraint ledger_bounds check (position >= ${ledgerStart} and position < ${ledgerEnd})`,
    `select hide_ledger_part('${ledgerTable}')`,
  ])
    await client.query(statement);
}

/** PostgreSQL packs the next page while this process maps one and writes it. */
async function fillPart(
  pool: Pool,
  { segment, from, to }: RestoredPart,
  { onPage = () => undefined, pageSize = pageSizeDefault }: RestoreOptions,
): Promise<void> {
  const limitAfter = (after: bigint) => Math.min(pageSize, Number(to - 1n - after));
  const read = (after: bigint) => {
    const reading = readPackedLog(pool, after, limitAfter(after));
    // It is awaited after a page was written. Until then a failure must not count as unhandled.
    reading.catch(() => undefined);
    return reading;
  };
  let reading = read(from - 1n);
  for (let after = from - 1n; after < to - 1n;) {
    const limit = limitAfter(after);
    const packed = await reading;
    const next = after + BigInt(limit);
    if (next < to - 1n) reading = read(next);
    const page = await prepareAnyPage(pool, 'postings', after, packed, limit);
    if (page.to !== next)
      throw new Error(`segment ${segment} has no event at position ${page.to + 1n}: verify the log`);
    await inDatabaseTransaction(pool, (client) => writePage(client, tableOf(segment), page));
    onPage(limit);
    after = next;
  }
}

/**
 * An event that can't be booked is left out, as it was before: an operator skipped it, or its segment would
 * never have been archived.
 */
async function writePage(
  client: PoolClient,
  table: ReturnType<typeof tableOf>,
  { formatted, bookings }: PreparedPage,
): Promise<void> {
  try {
    await copyPostings(client, formatted, table);
  } catch (error) {
    if (!isAboutContent(error)) throw error;
    await writeIsolating(client, bookings(), (_, booked) =>
      copyPostings(client, formatPostings('postings', booked), table),
    );
  }
}

/** The indexes have the names of the part that the table becomes. */
async function indexPart(pool: Pool, segment: number): Promise<void> {
  const [ledgerTable, ledgerPart] = [tableOf(segment), partOf(segment)];
  for (const text of [
    ...indexesOfPart(ledgerPart, ledgerTable).flat(),
    `alter table ${ledgerTable} add constraint ${ledgerPart}_pkey primary key using index ${ledgerPart}_pkey`,
    `analyze ${ledgerTable}`,
  ])
    await inDatabaseTransaction(pool, (client) => queryLong(client, indexTimeMaxMs, { text }));
}

/** False if the segment has left the log meanwhile, or somebody was faster. */
async function attachPart(client: PoolClient, wanted: RestoredPart): Promise<boolean> {
  await client.query(`select set_config('lock_timeout', $1::text, true)`, [String(lockWaitMaxMs)]);
  // A detachment, a swap and a conversion hold this lock, too.
  await lockSegments(client);
  const [ledgerTable, ledgerPart] = [tableOf(wanted.segment), partOf(wanted.segment)];
  if (!(await lacksPart(client, wanted))) {
    await client.query(`drop table ${ledgerTable}`);
    return false;
  }
  const [ledgerStart, ledgerEnd] = [wanted.from, wanted.to];
  for (const statement of [
    `alter table ${ledgerTable} rename to ${ledgerPart}`,
    `alter table ledger_postings attach partition ${ledgerPart} for values from (${ledgerStart}) to (${ledgerEnd})`,
    `alter table ${ledgerPart} drop constraint ledger_bounds`,
  ])
    await client.query(statement);
  return true;
}
