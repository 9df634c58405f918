// Keeps segments of the log ahead of its head. The schedule `keep-segments` does so each minute. A process
// whose append finds no segment does so itself. The functions of migration 0027 hold the steps, because the
// role of the service owns no table of the log.
//
// Invariant: each position up to the end of the last segment has its place in each table.
import type { Pool, PoolClient } from 'pg';
import { failureOf } from './databaseFailure.ts';
import { halveLog } from './halveLog.ts';
import { readHead } from './logHead.ts';
import { segmentWidthOf } from './segmentWidth.ts';

type Database = Pick<Pool | PoolClient, 'query'>;

export interface SegmentNeed {
  /** Positions of the next segment. */
  readonly width: number;
  /** Positions that stay free at least. */
  readonly ahead: number;
}

/** Key of the advisory lock that the functions take, too. */
const segmentLockKey = 7_261_455;
/** Positions that are free after the end of the log was met. A batch has fewer events. */
const aheadAtEnd = 1_000;

/** The need after the events of the last day. Their number is found by about 30 looks at one row. */
export async function readSegmentNeed(database: Database, widthMin: number): Promise<SegmentNeed> {
  const head = await readHead(database);
  const ahead = Number(head - (await findDayBefore(database, head)));
  return { width: segmentWidthOf(ahead, widthMin), ahead };
}

/** The last position before the last day, by the clock that gave the events their times. */
function findDayBefore(database: Database, head: bigint): Promise<bigint> {
  return halveLog({ low: 0n, high: head }, async (position) => {
    const { rows } = await database.query<{ is_before: boolean }>({
      name: 'is-position-before-day',
      text: `
        select occurred_at < clock_timestamp() - interval '1 day' as is_before
          from events
         where position = $1::bigint`,
      values: [position],
    });
    // An archived or missing event is older than every other.
    return rows[0]?.is_before !== false;
  });
}

/** Makes the segments that are missing, and returns how many it made. One process at a time does so. */
export async function keepSegments(
  database: Database,
  { width, ahead }: { readonly width: number | null; readonly ahead: number },
): Promise<number> {
  const { rows } = await database.query<{ made: number }>({
    name: 'keep-log-segments',
    text: `
      select keep_log_segments($1::bigint, $2::bigint) as made`,
    values: [width, ahead],
  });
  return rows[0]?.made ?? 0;
}

/**
 * Makes the parts that the ledger lacks above its checkpoint, and returns how many it made. `keepSegments`
 * does so too, but goes on without them if the ledger is locked.
 */
export async function keepLedgerSegments(database: Database): Promise<number> {
  const { rows } = await database.query<{ made: number }>({
    name: 'keep-ledger-segments',
    text: `
      select keep_ledger_segments() as made`,
  });
  return rows[0]?.made ?? 0;
}

/**
 * Makes the parts that the table of a rebuild lacks above `after`. Only the rebuild does so, because the
 * maker would wait while an index is built.
 */
export async function makeRebuildSegments(database: Database, after: bigint): Promise<void> {
  await database.query({
    name: 'make-rebuild-segments',
    text: `
      select make_ledger_parts('ledger_postings_rebuild', $1::bigint)`,
    values: [after],
  });
}

/**
 * Runs `work`, and once again if a position had no segment. `make` makes it in between. Nothing of the first
 * attempt may stay.
 */
export async function withSegments<Result>(
  work: () => Promise<Result>,
  make: () => Promise<unknown>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (failureOf(error).kind !== 'unsegmented') throw error;
  }
  await make();
  return work();
}

/** The lock under which segments are made, for steps that change which tables get them. */
export async function lockSegments(client: Pick<PoolClient, 'query'>): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1::bigint)', [segmentLockKey]);
}

/**
 * For a process whose append found no segment. The new one is as wide as the last, and the schedule goes on
 * from there.
 */
export async function makeNextSegment(pool: Pick<Pool, 'connect'>): Promise<number> {
  const client = await pool.connect();
  let broken = true;
  try {
    const made = await keepSegments(client, { width: null, ahead: aheadAtEnd });
    broken = false;
    return made;
  } finally {
    client.release(broken);
  }
}

type LogForm = 'plain' | 'segmented';

/** In which form the tables are. */
export async function readLogForm(database: Database): Promise<LogForm> {
  const { rows } = await database.query<{ segmented: boolean }>({
    name: 'read-log-form',
    text: `
      select relkind = 'p' as segmented
        from pg_class
       where oid = 'events'::regclass`,
  });
  return rows[0]?.segmented === true ? 'segmented' : 'plain';
}

export interface Segment {
  readonly segment: number;
  readonly from: bigint;
  /** Not included. */
  readonly to: bigint;
  readonly outboxDroppedAt: Date | null;
}

/** All segments, the oldest first. None before the conversion. */
export async function readSegments(database: Database): Promise<readonly Segment[]> {
  const { rows } = await database.query<{
    segment: number;
    from_position: string;
    to_position: string;
    outbox_dropped_at: Date | null;
  }>({
    name: 'read-log-segments',
    text: `
      select segment, from_position, to_position, outbox_dropped_at
        from log_segments
       order by segment`,
  });
  return rows.map((row) => ({
    segment: row.segment,
    from: BigInt(row.from_position),
    to: BigInt(row.to_position),
    outboxDroppedAt: row.outbox_dropped_at,
  }));
}

/** Empty segments after the head of the log; null if it has none at all. */
export async function readSegmentsAhead(database: Database): Promise<number | null> {
  const { rows } = await database.query<{ ahead: number; segments: number }>({
    name: 'read-segments-ahead',
    text: `
      select count(*) filter (where from_position > log_head.position)::integer as ahead,
             count(*)::integer as segments
        from log_head
       cross join log_segments`,
  });
  const [row] = rows;
  return row === undefined || row.segments === 0 ? null : row.ahead;
}
