// Stores parked events, which one projection could not take, for the drain and its retries. A parked event
// keeps its outbox row unprocessed and is retried with growing delays. Later events do not wait for it.
import type { Pool, PoolClient } from 'pg';
import type { EventToPark } from '../projection.ts';
import type { ProjectionName } from '../registry.ts';

/** Wait before the second attempt. The wait doubles with each further attempt, up to the maximum. */
const retryDelayMinMs = 1_000;
const retryDelayMaxMs = 300_000;
/** Longest reason that is kept. A store may quote a whole document in it. */
const reasonLengthMax = 1_000;

/** A parked event whose next attempt is due. */
export interface DueParkedEvent {
  readonly position: bigint;
  readonly walletId: string;
  readonly attempts: number;
}

/** Wait before the attempt after `attempts` failed ones, in milliseconds. */
export function retryDelayMs(attempts: number): number {
  // The exponent is capped, because 2 ** attempts of an old row would be Infinity.
  return Math.min(retryDelayMinMs * 2 ** Math.min(attempts - 1, 30), retryDelayMaxMs);
}

function storedReason(reason: string): string {
  // PostgreSQL refuses NUL in text, and a refused reason would fail the whole batch.
  return reason.replaceAll('\0', '').slice(0, reasonLengthMax);
}

/**
 * Parks events in the database transaction that moves the checkpoint past them. If the log is projected again
 * from its beginning, events that an operator skipped stay skipped, with the reason.
 */
export async function parkEvents(
  client: PoolClient,
  projection: ProjectionName,
  events: readonly EventToPark[],
): Promise<void> {
  if (events.length === 0) return;
  await client.query({
    name: 'park-events',
    text: `
      insert into projection_failures (projection, position, wallet_id, last_error, next_attempt_at)
      select $1::text, position, wallet_id, last_error, now() + $5::double precision * interval '1 millisecond'
        from unnest($2::bigint[], $3::text[], $4::text[]) as refused (position, wallet_id, last_error)
          on conflict on constraint projection_failures_pkey do update
         set attempts = projection_failures.attempts + 1,
             last_error = excluded.last_error,
             next_attempt_at = excluded.next_attempt_at,
             resolved_at = null,
             resolution = null
       where projection_failures.skipped_at is null`,
    values: [
      projection,
      events.map(({ position }) => position),
      events.map(({ walletId }) => walletId),
      events.map(({ reason }) => storedReason(reason)),
      retryDelayMs(1),
    ],
  });
}

/** At most `limit` parked events that are due, the longest waiting first. */
export async function readDueParked(
  pool: Pool,
  projection: ProjectionName,
  limit: number,
): Promise<DueParkedEvent[]> {
  const { rows } = await pool.query<{ position: string; wallet_id: string; attempts: number }>({
    name: 'read-due-parked',
    text: `
      select position, wallet_id, attempts
        from projection_failures
       where projection = $1::text
         and resolved_at is null
         and next_attempt_at <= now()
       order by next_attempt_at
       limit $2::integer`,
    values: [projection, limit],
  });
  return rows.map((row) => ({
    position: BigInt(row.position),
    walletId: row.wallet_id,
    attempts: row.attempts,
  }));
}

/** Marks parked events as taken by a retry. */
export async function resolveParked(
  client: PoolClient,
  projection: ProjectionName,
  positions: readonly bigint[],
): Promise<void> {
  await client.query({
    name: 'resolve-parked',
    text: `
      update projection_failures
         set resolved_at = now(),
             resolution = 'taken by a retry',
             attempts = attempts + 1
       where projection = $1::text
         and position = any($2::bigint[])
         and resolved_at is null`,
    values: [projection, positions],
  });
}

/** A retry that failed, with the number of attempts before it. */
export interface FailedRetry extends EventToPark {
  readonly attempts: number;
}

/** Sets the next attempt of retries that failed. Two retries at the same time count as one attempt. */
export async function postponeParked(
  client: PoolClient,
  projection: ProjectionName,
  failed: readonly FailedRetry[],
): Promise<void> {
  await client.query({
    name: 'postpone-parked',
    text: `
      update projection_failures as failures
         set attempts = failures.attempts + 1,
             last_error = failed.reason,
             next_attempt_at = now() + failed.delay_ms * interval '1 millisecond'
        from unnest($2::bigint[], $3::integer[], $4::text[], $5::double precision[])
               as failed (position, attempts, reason, delay_ms)
       where failures.projection = $1::text
         and failures.position = failed.position
         and failures.attempts = failed.attempts
         and failures.resolved_at is null`,
    values: [
      projection,
      failed.map(({ position }) => position),
      failed.map(({ attempts }) => attempts),
      failed.map(({ reason }) => storedReason(reason)),
      failed.map(({ attempts }) => retryDelayMs(attempts + 1)),
    ],
  });
}
