// Reads the backlog of the projections in one cheap statement, because gauges read it every second. It makes
// index-only counts with a limit, and reads single rows by primary key, so its cost does not grow with the
// tables.
import type { Pool } from 'pg';
import { readArchiveSums } from '../archive/archiveStatus.ts';
import type { Backlog } from '../telemetry/databaseGauges.ts';
import { overdueHoldS } from '../eventStore/dueWallets.ts';
import { countedMax, unprocessedOf } from './outbox/outbox.ts';
import { projectionNames, requiredProjections } from './registry.ts';

interface BacklogRow {
  readonly head: string;
  readonly pending: string;
  readonly oldest_age_s: number | null;
  readonly projection: string;
  readonly position: string;
  readonly lag_s: number | null;
  readonly parked: string;
  readonly oldest_transaction_s: number | null;
  readonly open_holds: string;
  readonly open_holds_estimated: number;
  readonly overdue_hold_s: number | null;
  readonly segments_ahead: number;
  readonly generations: number;
}

/**
 * The backlog, from one snapshot. `outboxPending` is exact up to 10,000; above that, parked events may be
 * left out. So is `openHolds`; above that it is the estimate of the last vacuum.
 */
export async function readBacklog(pool: Pool): Promise<Backlog> {
  const { rows } = await pool.query<BacklogRow>({
    name: 'read-backlog',
    text: `
      select log_head.position as head,
             (select count(*)
                from (select from outbox where processed_at is null limit $1::integer) as counted) as pending,
             (select extract(epoch from clock_timestamp() - created_at)::float8
                from outbox
               where processed_at is null
               order by position
               limit 1) as oldest_age_s,
             checkpoints.projection,
             checkpoints.position,
             (select extract(epoch from clock_timestamp() - occurred_at)::float8
                from events
               where position = checkpoints.position + 1) as lag_s,
             (select count(*)
                from (select
                        from projection_failures as failures
                       where failures.projection = checkpoints.projection
                         and failures.resolved_at is null
                       limit $1::integer) as counted) as parked,
             (select extract(epoch from clock_timestamp() - min(xact_start))::float8
                from pg_stat_activity
               where datname = current_database()
                 and backend_type = 'client backend'
                 and pid <> pg_backend_pid()) as oldest_transaction_s,
             (select count(*)
                from (select from holds where ended_as is null limit $1::integer) as counted) as open_holds,
             (select reltuples from pg_class where oid = 'holds_due'::regclass) as open_holds_estimated,
             (${overdueHoldS}) as overdue_hold_s,
             (select count(*)
                from log_segments
               where from_position > log_head.position)::integer as segments_ahead,
             (select count(*)
                from command_generations
               where dropped_at is null)::integer as generations
        from projector_checkpoints as checkpoints
       cross join log_head
       where checkpoints.projection = any($2::text[])
       order by checkpoints.projection`,
    values: [countedMax, projectionNames],
  });
  const [first] = rows;
  if (first === undefined)
    throw new Error('projector_checkpoints has no projection of this release: run the migrations');
  const headPosition = Number(first.head);
  const required = rows.filter(({ projection }) => requiredProjections.some((name) => name === projection));
  const lagMax = headPosition - Math.min(...required.map(({ position }) => Number(position)));
  return {
    outboxPending: unprocessedOf(Number(first.pending), lagMax),
    // The clocks of rows and of the statement may differ by a moment.
    outboxOldestAgeS: Math.max(0, first.oldest_age_s ?? 0),
    headPosition,
    oldestTransactionS: Math.max(0, first.oldest_transaction_s ?? 0),
    openHolds: openHoldsOf(first),
    holdOverdueS: Math.max(0, first.overdue_hold_s ?? 0),
    archive: await readArchiveSums(pool),
    segmentsAhead: first.segments_ahead,
    generations: first.generations,
    projections: rows.map((row) => ({
      projection: row.projection,
      checkpointPosition: Number(row.position),
      lagS: Math.max(0, row.lag_s ?? 0),
      parked: Number(row.parked),
    })),
  };
}

/** The exact number, or the estimate where counting has ended. */
function openHoldsOf(row: BacklogRow): number {
  const counted = Number(row.open_holds);
  return Math.max(counted, counted < countedMax ? 0 : Math.round(row.open_holds_estimated));
}
