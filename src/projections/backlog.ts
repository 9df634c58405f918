// What the projections have not done yet, in one cheap statement for gauges that are read every second: index-only
// counts with a limit, and single rows by primary key, however large the tables are.
import type { Pool } from 'pg';
import type { Config } from '../config/config.ts';
import { createPool } from '../eventStore/database.ts';
import { createCachedReading } from '../telemetry/cachedReading.ts';
import type { Backlog } from '../telemetry/databaseGauges.ts';
import { countedMax, unprocessedOf } from './outbox/outbox.ts';

/** How old the figures of one scrape may be: several scrapers cost no more than one. */
const ageMaxMs = 1_000;
/** Longest wait of a scrape; Prometheus itself waits ten seconds by default. */
const waitMaxMs = 1_000;
/** Of one statement, and of the wait for the connection. */
const statementMaxMs = 1_000;

export interface BacklogReading {
  /** The backlog as of the last second; undefined where PostgreSQL did not say in time. Never rejects. */
  readonly latest: () => Promise<Backlog | undefined>;
  readonly close: () => Promise<void>;
}

/**
 * Readings over one connection of their own: however busy the pools of the process are, its figures are there, and
 * however many scrape it, nobody else waits for them.
 */
export function createBacklogReading(
  config: Config,
  applicationName: string,
  onFailure: (error: unknown) => void,
): BacklogReading {
  const pool = createPool(
    {
      DATABASE_URL: config.DATABASE_URL,
      DATABASE_CONNECTIONS_MAX: 1,
      DATABASE_CONNECT_TIMEOUT_MS: statementMaxMs,
      DATABASE_STATEMENT_TIMEOUT_MS: statementMaxMs,
    },
    applicationName,
    onFailure,
  );
  const latest = createCachedReading({
    read: () => readBacklog(pool),
    ageMaxMs,
    waitMaxMs,
    now: () => performance.now(),
    onFailure,
  });
  return { latest, close: () => pool.end() };
}

interface BacklogRow {
  readonly head: string;
  readonly pending: string;
  readonly oldest_age_s: number | null;
  readonly projection: string;
  readonly position: string;
  readonly lag_s: number | null;
  readonly parked: string;
  readonly oldest_transaction_s: number | null;
}

/** The backlog out of one snapshot. `outboxPending` is exact up to 10,000; beyond, parked events may be left out. */
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
                 and pid <> pg_backend_pid()) as oldest_transaction_s
        from projector_checkpoints as checkpoints
       cross join log_head
       order by checkpoints.projection`,
    values: [countedMax],
  });
  const [first] = rows;
  if (first === undefined) throw new Error('projector_checkpoints is empty: run the migrations');
  const headPosition = Number(first.head);
  const furthestBehind = headPosition - Math.min(...rows.map(({ position }) => Number(position)));
  return {
    outboxPending: unprocessedOf(Number(first.pending), furthestBehind),
    // Clocks of rows and of the statement may differ by a moment.
    outboxOldestAgeS: Math.max(0, first.oldest_age_s ?? 0),
    headPosition,
    oldestTransactionS: Math.max(0, first.oldest_transaction_s ?? 0),
    projections: rows.map((row) => ({
      projection: row.projection,
      checkpointPosition: Number(row.position),
      lagS: Math.max(0, row.lag_s ?? 0),
      parked: Number(row.parked),
    })),
  };
}
