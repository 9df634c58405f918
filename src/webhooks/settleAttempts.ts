// Stores what became of an attempt to deliver a parked event, and how its wallet goes on.
//
// Invariant: a wallet stops being parked in a database transaction that holds the row of its endpoint, after
// every event of it up to the cursor was delivered. The fence rises with it.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import type { Attempt } from './delivery.ts';
import type { DeliveryKey, DisabledReason } from './endpoint.ts';
import { type DueDelivery, makeDeliveriesDue } from './retryStore.ts';

/** Notes at the endpoint that a delivery succeeded. One that was down goes back to the fast lane. */
async function noteSuccess(client: PoolClient, endpointId: string, { status, ms }: Attempt): Promise<void> {
  const { rows } = await client.query<{ was_down: boolean }>({
    name: 'note-webhook-success',
    text: `
      with before as (
        select lane
          from webhook_endpoints
         where id = $1::text
           for update
      )
      update webhook_endpoints
         set delivered = delivered + 1,
             last_success_at = clock_timestamp(),
             last_status = $2::smallint,
             last_reason = null,
             last_ms = $3::integer,
             first_failure_at = null,
             paused_until = null
        from before
       where id = $1::text
      returning before.lane <> 'fast' as was_down`,
    values: [endpointId, status, Math.round(ms)],
  });
  // A statement of its own, because one that names the lane makes every drain read its endpoints again.
  if (rows[0]?.was_down !== true) return;
  await client.query({
    name: 'webhook-receiver-is-back',
    text: `
      update webhook_endpoints
         set lane = 'fast'
       where id = $1::text
         and lane <> 'fast'`,
    values: [endpointId],
  });
  // Each waits by its own schedule, perhaps for hours, and the receiver answers now.
  await makeDeliveriesDue(client, endpointId);
}

/** The event with which a parked wallet goes on. */
interface NextOfWallet extends DeliveryKey {
  readonly version: number;
  /** The name of the feed. */
  readonly type: string;
}

/** The next event of a wallet's stream, if one was found. */
export interface Ahead {
  readonly next: NextOfWallet | undefined;
  /** Up to here there is no other event that the endpoint wants. */
  readonly examinedTo: bigint;
  /** Of the filter that was asked. */
  readonly filterRevision: bigint;
}

/**
 * `unknown`: the cursor has passed more than was examined. `changed`: the owner has changed the filter, which
 * may want more. Nothing is stored with either. `superseded`: another attempt stored the outcome first.
 */
export type Continuation = 'goesOn' | 'unparked' | 'unknown' | 'changed' | 'superseded';

/** A parked event without order was delivered. */
export async function settleAlone(
  pool: Pool,
  endpointId: string,
  key: DeliveryKey,
  attempt: Attempt,
): Promise<void> {
  await inDatabaseTransaction(pool, async (client) => {
    await noteSuccess(client, endpointId, attempt);
    await markDelivered(client, endpointId, key, attempt);
  });
}

async function markDelivered(
  client: PoolClient,
  endpointId: string,
  { position, alertNumber }: DeliveryKey,
  { status, ms }: Attempt,
): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'mark-webhook-delivered',
    text: `
      update webhook_deliveries
         set state = 'delivered',
             attempts = attempts + 1,
             last_attempt_at = clock_timestamp(),
             next_attempt_at = null,
             last_status = $3::smallint,
             last_reason = null,
             last_ms = $4::integer,
             settled_at = clock_timestamp()
       where endpoint_id = $1::text
         and position = $2::bigint
         and alert_number = $5::smallint
         and state = 'pending'`,
    values: [endpointId, position, status, Math.round(ms), alertNumber],
  });
  return rowCount === 1;
}

/**
 * A parked event of an ordered endpoint was delivered. Goes on with the next event of its wallet, or ends the
 * parking if the cursor has passed no further one.
 */
export async function settleInOrder(
  pool: Pool,
  endpointId: string,
  due: DueDelivery,
  attempt: Attempt,
  ahead: Ahead,
): Promise<Continuation> {
  return inDatabaseTransaction(pool, async (client) => {
    const outcome = await continueWallet(client, endpointId, due, attempt, ahead);
    if (outcome !== 'unknown' && outcome !== 'changed') await noteSuccess(client, endpointId, attempt);
    return outcome;
  });
}

async function continueWallet(
  client: PoolClient,
  endpointId: string,
  due: DueDelivery,
  attempt: Attempt,
  { next, examinedTo, filterRevision }: Ahead,
): Promise<Continuation> {
  // The row is locked, so the cursor and the filter stay what they are until the end.
  const { rows } = await client.query<{ position: string; filter_revision: string }>({
    name: 'read-locked-webhook-cursor',
    text: `
      select position, filter_revision
        from webhook_endpoints
       where id = $1::text
         for update`,
    values: [endpointId],
  });
  const [endpoint] = rows;
  if (endpoint === undefined) return 'superseded';
  if (BigInt(endpoint.filter_revision) !== filterRevision) return 'changed';
  const cursor = BigInt(endpoint.position);
  const goesOn = next !== undefined && next.position <= cursor;
  if (!goesOn && next === undefined && examinedTo < cursor) return 'unknown';
  // An event that failed before keeps its row. One that succeeded at once gets none.
  const isOurs =
    due.attempts > 0
      ? await markDelivered(client, endpointId, due, attempt)
      : await removeRow(client, endpointId, due);
  if (!isOurs) return 'superseded';
  if (goesOn) {
    await insertNext(client, endpointId, due.walletId, next);
    return 'goesOn';
  }
  await client.query({
    name: 'raise-webhook-fence',
    text: `
      update webhook_endpoints
         set fence = fence + 1
       where id = $1::text`,
    values: [endpointId],
  });
  return 'unparked';
}

async function removeRow(
  client: PoolClient,
  endpointId: string,
  { position, alertNumber }: DeliveryKey,
): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'remove-webhook-delivery',
    text: `
      delete from webhook_deliveries
       where endpoint_id = $1::text
         and position = $2::bigint
         and alert_number = $3::smallint
         and state = 'pending'`,
    values: [endpointId, position, alertNumber],
  });
  return rowCount === 1;
}

async function insertNext(
  client: PoolClient,
  endpointId: string,
  walletId: string,
  { position, alertNumber, version, type }: NextOfWallet,
): Promise<void> {
  await client.query({
    name: 'insert-next-of-parked-wallet',
    text: `
      insert into webhook_deliveries (
             endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet, attempts,
             next_attempt_at)
      values ($1::text, $2::bigint, $6::smallint, $3::text, $4::bigint, $5::text, true, 0, clock_timestamp())
          on conflict on constraint webhook_deliveries_pkey do update
         set state = 'pending',
             parks_wallet = true,
             attempts = 0,
             next_attempt_at = excluded.next_attempt_at,
             settled_at = null`,
    values: [endpointId, position, walletId, version, type, alertNumber],
  });
}

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
