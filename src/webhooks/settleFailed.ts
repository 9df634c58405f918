// Stores that an attempt to deliver a parked event failed, and when the next one is.
import type { Pool } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import type { Attempt } from './delivery.ts';
import type { DeliveryKey, DisabledReason } from './endpoint.ts';

/**
 * `delayMs` is undefined if no attempt is left. One that came early does not count, and its delivery keeps
 * its time. `disabled` says why the endpoint is disabled, or is null.
 */
export interface FailedAttempt {
  readonly attempt: Attempt;
  readonly delayMs: number | undefined;
  readonly isEarly: boolean;
  readonly disabled: Exclude<DisabledReason, 'owner'> | null;
}

/** Notes an attempt that failed. A receiver that asks for a pause has it from the fast lane as well. */
export async function settleFailed(
  pool: Pool,
  endpointId: string,
  { position, alertNumber }: DeliveryKey,
  { attempt, delayMs, isEarly, disabled }: FailedAttempt,
): Promise<void> {
  await inDatabaseTransaction(pool, async (client) => {
    await client.query({
      name: 'note-webhook-failure',
      text: `
        update webhook_endpoints
           set last_status = $2::smallint,
               last_reason = $3::text,
               last_ms = $4::integer,
               first_failure_at = coalesce(first_failure_at, clock_timestamp()),
               state = case when $5::text is null then state else 'disabled' end,
               disabled_at = case when $5::text is null then disabled_at else clock_timestamp() end,
               disabled_reason = coalesce($5::text, disabled_reason),
               lane = case when $6::double precision is null then lane else 'retry' end,
               paused_until = coalesce(clock_timestamp() + $6::double precision * interval '1 millisecond',
                                       paused_until)
         where id = $1::text
           and state = 'enabled'`,
      values: [
        ...[endpointId, attempt.status, attempt.reason, Math.round(attempt.ms), disabled],
        attempt.retryAfterMs ?? null,
      ],
    });
    await client.query({
      name: 'mark-webhook-failed',
      text: `
        update webhook_deliveries
           set state = case when $8::boolean or $3::double precision is not null then 'pending' else 'failed' end,
               attempts = attempts + (not $8::boolean)::integer,
               last_attempt_at = clock_timestamp(),
               next_attempt_at = case when $8::boolean then next_attempt_at
                 else clock_timestamp() + $3::double precision * interval '1 millisecond' end,
               last_status = $4::smallint,
               last_reason = $5::text,
               last_ms = $6::integer,
               settled_at = case when not $8::boolean and $3::double precision is null
                 then clock_timestamp() end
         where endpoint_id = $1::text
           and position = $2::bigint
           and alert_number = $7::smallint
           and state = 'pending'`,
      values: [
        ...[endpointId, position, delayMs ?? null, attempt.status, attempt.reason],
        ...[Math.round(attempt.ms), alertNumber, isEarly],
      ],
    });
  });
}
