// Tells which part of the log is still there. Archived segments leave it, oldest first, and may come back if
// an operator restores them (src/archive).
import type { Pool, PoolClient } from 'pg';
import { archivedThrough } from './openingRows.ts';

type Database = Pick<Pool | PoolClient, 'query'>;

/** Events that a reader needs are archived and not in the log. */
export class ArchivedError extends Error {
  override readonly name = 'ArchivedError';
  /** The first position that is in the log, with everything after it. */
  readonly retainedFrom: bigint;
  /** The time of that event; undefined if there is none. */
  readonly retainedSince: Date | undefined;

  constructor(message: string, retained: RetainedLog) {
    super(message);
    this.retainedFrom = retained.from;
    this.retainedSince = retained.since;
  }
}

/** The newest part of the log without a gap. */
export interface RetainedLog {
  /** Its first position; 1 if nothing has left the log. */
  readonly from: bigint;
  /** The time of the event there. Undefined if nothing has left the log, or no event is left. */
  readonly since: Date | undefined;
}

/** The first position of the newest part without a gap. One look at the small table of segments. */
export async function readRetainedFrom(database: Database): Promise<bigint> {
  const { rows } = await database.query<{ retained_from: string | null }>({
    name: 'read-retained-from',
    text: `
      select max(to_position) as retained_from
        from log_segments
       where state <> 'attached'`,
  });
  return BigInt(rows[0]?.retained_from ?? 1);
}

/** As readRetainedFrom, with the time. For a reader that has to tell it. */
export async function readRetainedLog(database: Database): Promise<RetainedLog> {
  return readRetainedSince(database, await readRetainedFrom(database));
}

/** The part of the log from this position on, with the time of the event there. */
export async function readRetainedSince(database: Database, from: bigint): Promise<RetainedLog> {
  if (from === 1n) return { from, since: undefined };
  const { rows } = await database.query<{ since: Date }>({
    name: 'read-retained-since',
    // The position is a value of its own. With a subquery in its place, PostgreSQL prepares every segment.
    text: `
      select occurred_at as since
        from events
       where position = $1::bigint`,
    values: [from],
  });
  return { from, since: rows[0]?.since };
}

/**
 * As readRetainedLog, and it stays so until the end of the database transaction. For a change that needs
 * events from now on. A segment that is being detached is waited for, and the next one has to wait.
 */
export async function holdRetainedLog(client: PoolClient): Promise<RetainedLog> {
  // detach_log_segment (migration 0031) takes the same lock alone, and for milliseconds.
  await client.query({
    name: 'hold-retained-log',
    text: 'select pg_advisory_xact_lock_shared(7261455)',
  });
  return readRetainedLog(client);
}

/** The last archived version of a wallet; 0 if none is. */
export async function readArchivedVersion(database: Database, walletId: string): Promise<number> {
  const { rows } = await database.query<{ version: string }>({
    name: 'read-archived-version',
    text: `
      select version
        from opening_wallets
       where wallet_id = $1::text
         and position <= ${archivedThrough}
       order by version desc
       limit 1`,
    values: [walletId],
  });
  return Number(rows[0]?.version ?? 0);
}

/** How many events of a wallet up to this position are in the log. */
export async function readRetainedEvents(
  database: Database,
  walletId: string,
  through: bigint,
): Promise<number> {
  const { rows } = await database.query<{ events: string }>({
    name: 'read-retained-events',
    text: `
      select count(*) as events
        from events
       where wallet_id = $1::text
         and position <= any(array[$2::bigint])`,
    values: [walletId, through],
  });
  return Number(rows[0]?.events ?? 0);
}

/** The newest version up to `through` that is archived and not in the log; 0 if there is none. */
export async function readMissingVersion(
  database: Database,
  walletId: string,
  through: bigint,
): Promise<number> {
  const archived = await readArchivedVersion(database, walletId);
  const newest = Math.min(archived, Number(through));
  if (newest === 0) return 0;
  const { rows } = await database.query<{ oldest: string | null }>({
    name: 'read-oldest-without-gap',
    // Versions without a gap, from the newest down. Below them is the newest one that has left.
    text: `
      select min(version) as oldest
        from (select version, row_number() over (order by version desc) as nth
                from (select version
                        from events
                       where wallet_id = $1::text
                         and version <= $2::bigint
                       order by version desc
                       limit 10001) as page) as numbered
       where version = $2::bigint - nth + 1`,
    values: [walletId, newest],
  });
  return rows[0]?.oldest === null ? newest : Number(rows[0]?.oldest ?? 1) - 1;
}

/**
 * For a reader that did not find this version of a wallet. Throws ArchivedError if it is archived. A whole
 * history never comes here.
 */
export async function explainMissing(database: Database, walletId: string, version: number): Promise<void> {
  if (version < 1 || version > (await readArchivedVersion(database, walletId))) return;
  const retained = await readRetainedLog(database);
  throw new ArchivedError(`Version ${version} of wallet "${walletId}" is archived.`, retained);
}

/**
 * For a reader of the versions (above, through]. Throws ArchivedError if the first one that is missing is
 * archived. `found` are the versions in order.
 */
export async function requireVersions(
  database: Database,
  walletId: string,
  found: readonly { readonly version: number }[],
  { above, through }: { readonly above: number; readonly through: number },
): Promise<void> {
  const gapAt = found.findIndex(({ version }, index) => version !== above + index + 1);
  const missing = above + (gapAt === -1 ? found.length : gapAt) + 1;
  if (missing <= through) await explainMissing(database, walletId, missing);
}

/** Throws ArchivedError unless every event is in the log. */
export async function requireWholeLog(database: Database): Promise<void> {
  const retained = await readRetainedLog(database);
  if (retained.from === 1n) return;
  throw new ArchivedError(
    `the log begins at position ${retained.from}: restore the older segments with "wallet archive restore", or go on from the opening state`,
    retained,
  );
}
