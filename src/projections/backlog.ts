// Reads the backlog of the projections in a few cheap statements, because gauges read it every second. They
// make index-only counts with a limit, and read single rows by primary key. So their cost grows neither with
// the tables nor with the segments of the log.
import type { Pool } from 'pg';
import { readArchiveSums } from '../archive/archiveStatus.ts';
import type { Backlog } from '../telemetry/databaseGauges.ts';
import { overdueHoldS } from '../eventStore/dueWallets.ts';
import { countedMax, readEventAge, readOutboxDepth } from './outbox/outbox.ts';
import { projectionNames } from './registry.ts';

interface BacklogRow {
  readonly head: string;
  readonly projection: string;
  readonly position: string;
  readonly parked: string;
  readonly oldest_transaction_s: number | null;
  readonly open_holds: string;
  readonly open_holds_estimated: number;
  readonly overdue_hold_s: number | null;
  readonly segments_ahead: number;
  readonly generations: number;
}

/**
 * The backlog. Above 10,000, `outboxPending` may leave out parked events. `openHolds` is exact up to 10,000.
 * Above that it is the estimate of the last vacuum.
 */
export async function readBacklog(pool: Pool): Promise<Backlog> {
  const { rows } = await pool.query<BacklogRow>({
    name: 'read-backlog',
    text: `
      select log_head.position as head,
             checkpoints.projection,
             checkpoints.position,
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
  const outbox = await readOutboxDepth(pool);
  const lags: number[] = [];
  for (const { position } of rows) lags.push(await readLag(pool, BigInt(position), BigInt(first.head)));
  return {
    outboxPending: outbox.unprocessed,
    outboxOldestAgeS: (outbox.lagMs ?? 0) / 1000,
    headPosition: Number(first.head),
    oldestTransactionS: Math.max(0, first.oldest_transaction_s ?? 0),
    openHolds: openHoldsOf(first),
    holdOverdueS: Math.max(0, first.overdue_hold_s ?? 0),
    archive: await readArchiveSums(pool),
    segmentsAhead: first.segments_ahead,
    generations: first.generations,
    projections: rows.map((row, index) => ({
      projection: row.projection,
      checkpointPosition: Number(row.position),
      lagS: lags[index] ?? 0,
      parked: Number(row.parked),
    })),
  };
}

/** How long the first event after a checkpoint waits, in seconds. */
async function readLag(pool: Pool, checkpoint: bigint, head: bigint): Promise<number> {
  if (checkpoint >= head) return 0;
  const age = await readEventAge(pool, checkpoint + 1n);
  return (age?.ageMs ?? 0) / 1000;
}

/** The exact number, or the estimate where counting has ended. */
function openHoldsOf(row: BacklogRow): number {
  const counted = Number(row.open_holds);
  return Math.max(counted, counted < countedMax ? 0 : Math.round(row.open_holds_estimated));
}
