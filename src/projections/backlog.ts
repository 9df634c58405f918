// Reads what the projections have not done yet, for gauges that are scraped every second. The one statement
// is cheap however large the tables are. It counts with a limit over an index, and it reads single rows by
// primary key.
import type { Pool } from 'pg';
import type { Config } from '../config/config.ts';
import { createPool } from '../eventStore/database.ts';
import { createCachedReading } from '../telemetry/cachedReading.ts';
import type { Backlog } from '../telemetry/databaseGauges.ts';
import { countedMax, unprocessedOf } from './outbox/outbox.ts';

/** How old the metrics of one scrape may be. So several scrapers cost no more than one. */
const ageMaxMs = 1_000;
/** Longest wait of a scrape; Prometheus itself waits ten seconds by default. */
const waitMaxMs = 1_000;
/** Longest statement, and longest wait for the connection. */
const statementMaxMs = 1_000;

export interface BacklogReading {
  /** The backlog of the last second; undefined if PostgreSQL did not answer in time. Never rejects. */
  readonly latest: () => Promise<Backlog | undefined>;
  readonly close: () => Promise<void>;
}

/**
 * Reads over a separate connection. So the metrics are there however busy the process's pools are, and no
 * command or drain waits for a scrape.
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

/**
 * The backlog from one snapshot. `outboxPending` is exact up to 10,000. Above that, parked events may be left
 * out.
 */
async function readBacklog(pool: Pool): Promise<Backlog> {
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
  const lagMax = headPosition - Math.min(...rows.map(({ position }) => Number(position)));
  return {
    outboxPending: unprocessedOf(Number(first.pending), lagMax),
    // The clocks of rows and statement may differ a little.
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
