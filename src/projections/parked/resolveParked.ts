// What an operator does with parked events: look, have one tried again now, or give it up with a reason. A reason is
// kept for good; an event that was given up counts as processed.
import type { Pool, PoolClient } from 'pg';
import { markProcessed } from '../outbox/outbox.ts';
import type { ProjectionName } from '../projection.ts';

/**
 * Stands before an operator's reason in `resolution`. The column `skipped_at` is computed from it (migration 0007), and
 * statements compare that column. The release before this one compares the text, so it is still written.
 */
const skippedPrefix = 'skipped: ';

export interface ParkedEvent {
  readonly projection: ProjectionName;
  readonly position: bigint;
  readonly walletId: string;
  readonly attempts: number;
  readonly lastError: string;
  readonly firstFailedAt: Date;
  readonly nextAttemptAt: Date;
  readonly resolvedAt: Date | null;
  readonly resolution: string | null;
}

interface ParkedEventRow {
  readonly projection: ProjectionName;
  readonly position: string;
  readonly wallet_id: string;
  readonly attempts: number;
  readonly last_error: string;
  readonly first_failed_at: Date;
  readonly next_attempt_at: Date;
  readonly resolved_at: Date | null;
  readonly resolution: string | null;
}

const columns =
  'projection, position, wallet_id, attempts, last_error, first_failed_at, next_attempt_at, resolved_at, resolution';

function toParkedEvent(row: ParkedEventRow): ParkedEvent {
  return {
    projection: row.projection,
    position: BigInt(row.position),
    walletId: row.wallet_id,
    attempts: row.attempts,
    lastError: row.last_error,
    firstFailedAt: row.first_failed_at,
    nextAttemptAt: row.next_attempt_at,
    resolvedAt: row.resolved_at,
    resolution: row.resolution,
  };
}

export interface ParkedEventQuery {
  /** Undefined means every projection. */
  readonly projection: ProjectionName | undefined;
  /** Only positions above this one. */
  readonly after: bigint;
  readonly limit: number;
}

/** At most `limit` open failures in order of position; both projections' failures of one event stand together. */
export async function readParkedEvents(pool: Pool, query: ParkedEventQuery): Promise<ParkedEvent[]> {
  const { rows } = await pool.query<ParkedEventRow>({
    name: 'read-open-failures',
    text: `
      select ${columns}
        from projection_failures
       where resolved_at is null
         and ($1::text is null or projection = $1::text)
         and position > $2::bigint
       order by position, projection
       limit $3::integer`,
    values: [query.projection ?? null, query.after, query.limit],
  });
  return rows.map(toParkedEvent);
}

/** Of one parked event: what became of the operator's wish. */
export type ParkedEventOutcome =
  | { readonly kind: 'done'; readonly failure: ParkedEvent }
  | { readonly kind: 'resolved'; readonly failure: ParkedEvent }
  | { readonly kind: 'absent' };

/** Makes the next attempt of one parked event due now; the projection's drain takes it within a second. */
export async function makeParkedDue(
  pool: Pool,
  projection: ProjectionName,
  position: bigint,
): Promise<ParkedEventOutcome> {
  const { rows } = await pool.query<ParkedEventRow>({
    name: 'retry-failure',
    text: `
      update projection_failures
         set next_attempt_at = least(next_attempt_at, now())
       where projection = $1::text
         and position = $2::bigint
         and resolved_at is null
      returning ${columns}`,
    values: [projection, position],
  });
  return rows[0] === undefined
    ? readOutcome(pool, projection, position)
    : { kind: 'done', failure: toParkedEvent(rows[0]) };
}

/**
 * Gives one parked event up, with the operator's reason, and marks its outbox row where no other projection still
 * has to take it. The projection then lacks the event for good, until a rebuild finds that it can be taken.
 */
export async function skipParked(
  pool: Pool,
  projection: ProjectionName,
  position: bigint,
  reason: string,
): Promise<ParkedEventOutcome> {
  const { rows } = await pool.query<ParkedEventRow>({
    name: 'skip-failure',
    text: `
      update projection_failures
         set resolved_at = now(),
             resolution = $3::text
       where projection = $1::text
         and position = $2::bigint
         and resolved_at is null
      returning ${columns}`,
    values: [projection, position, `${skippedPrefix}${reason}`],
  });
  if (rows[0] === undefined) return readOutcome(pool, projection, position);
  await markProcessed(pool, position - 1n, 1);
  return { kind: 'done', failure: toParkedEvent(rows[0]) };
}

async function readOutcome(
  pool: Pool,
  projection: ProjectionName,
  position: bigint,
): Promise<ParkedEventOutcome> {
  const { rows } = await pool.query<ParkedEventRow>({
    name: 'read-failure',
    text: `
      select ${columns}
        from projection_failures
       where projection = $1::text
         and position = $2::bigint`,
    values: [projection, position],
  });
  return rows[0] === undefined ? { kind: 'absent' } : { kind: 'resolved', failure: toParkedEvent(rows[0]) };
}

/** Makes every parked event due whose next attempt lies in the future, and returns how many these were. */
export async function makeAllParkedDue(database: Pool | PoolClient): Promise<number> {
  const { rowCount } = await database.query({
    name: 'retry-all-failures',
    text: `
      update projection_failures
         set next_attempt_at = now()
       where resolved_at is null
         and next_attempt_at > now()`,
  });
  return rowCount ?? 0;
}
