// The operator's side of parked events: list them, make one due now, or give it up with a reason. The reason
// is kept for good. A skipped event counts as processed.
import type { Pool, PoolClient } from 'pg';
import { type ProjectionName, projectionNames } from '../registry.ts';

/**
 * Stands before an operator's reason in `resolution`. The column `skipped_at` is computed from it (migration
 * 0007), and statements compare that column. The release before this one compares the text, so it is still
 * written.
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

/**
 * At most `limit` parked events in order of position. An event that several projections parked gives as many
 * rows, one after the other.
 */
export async function readParkedEvents(pool: Pool, query: ParkedEventQuery): Promise<ParkedEvent[]> {
  const { rows } = await pool.query<ParkedEventRow>({
    name: 'read-parked-events',
    text: `
      select ${columns}
        from projection_failures
       where resolved_at is null
         and projection = any($1::text[])
         and position > $2::bigint
       order by position, projection
       limit $3::integer`,
    values: [query.projection === undefined ? projectionNames : [query.projection], query.after, query.limit],
  });
  return rows.map(toParkedEvent);
}

/** The outcome of an operator's request about one parked event. */
export type ParkedEventOutcome =
  | { readonly kind: 'done'; readonly event: ParkedEvent }
  | { readonly kind: 'resolved'; readonly event: ParkedEvent }
  | { readonly kind: 'absent' };

/** Makes the next attempt of one parked event due now. The projection's drain retries it within a second. */
export async function makeParkedDue(
  pool: Pool,
  projection: ProjectionName,
  position: bigint,
): Promise<ParkedEventOutcome> {
  const { rows } = await pool.query<ParkedEventRow>({
    name: 'make-parked-due',
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
    : { kind: 'done', event: toParkedEvent(rows[0]) };
}

/**
 * Gives one parked event up, with the operator's reason. The event is then processed, unless another
 * projection still has to take it. The projection lacks the event until a rebuild can take it.
 */
export async function skipParked(
  pool: Pool,
  projection: ProjectionName,
  position: bigint,
  reason: string,
): Promise<ParkedEventOutcome> {
  const { rows } = await pool.query<ParkedEventRow>({
    name: 'skip-parked',
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
  return rows[0] === undefined
    ? readOutcome(pool, projection, position)
    : { kind: 'done', event: toParkedEvent(rows[0]) };
}

async function readOutcome(
  pool: Pool,
  projection: ProjectionName,
  position: bigint,
): Promise<ParkedEventOutcome> {
  const { rows } = await pool.query<ParkedEventRow>({
    name: 'read-parked-event',
    text: `
      select ${columns}
        from projection_failures
       where projection = $1::text
         and position = $2::bigint`,
    values: [projection, position],
  });
  return rows[0] === undefined ? { kind: 'absent' } : { kind: 'resolved', event: toParkedEvent(rows[0]) };
}

/** Makes every parked event due now and returns the number of those that were not due. */
export async function makeAllParkedDue(database: Pool | PoolClient): Promise<number> {
  const { rowCount } = await database.query({
    name: 'make-all-parked-due',
    text: `
      update projection_failures
         set next_attempt_at = now()
       where resolved_at is null
         and next_attempt_at > now()`,
  });
  return rowCount ?? 0;
}
