// Tells which part of the log is still there. Archived segments leave it, oldest first, and may come back if
// an operator restores them (src/archive).
import type { Pool, PoolClient } from 'pg';

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

/** A whole log costs one look at the small table of segments. */
export async function readRetainedLog(database: Database): Promise<RetainedLog> {
  const { rows } = await database.query<{ retained_from: string | null; since: Date | null }>({
    name: 'read-retained-log',
    text: `
      select retained_from,
             (select occurred_at
                from events
               where position = retained_from) as since
        from (select max(to_position) as retained_from
                from log_segments
               where state <> 'attached') as gone`,
  });
  const [row] = rows;
  return { from: BigInt(row?.retained_from ?? 1), since: row?.since ?? undefined };
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
