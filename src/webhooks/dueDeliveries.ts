// The parked events of an endpoint as its rounds find them: what is due, and when the next attempt is. Due
// times are stored, so the clock of the database rules them.
import type { Pool, PoolClient } from 'pg';
import type { DeliveryKey, EventName } from './endpoint.ts';

/** A parked event whose next attempt is due. */
export interface DueDelivery extends DeliveryKey, EventName {
  readonly parksWallet: boolean;
  /** 0 for the event with which a parked wallet goes on. */
  readonly attempts: number;
}

/**
 * At most `limit`, the longest waiting first. With `quietMs` also those that are not due, unless one of the
 * endpoint was attempted within this time.
 */
export async function readDueDeliveries(
  pool: Pick<Pool, 'query'>,
  endpointId: string,
  limit: number,
  quietMs: number | null = null,
): Promise<readonly DueDelivery[]> {
  const { rows } = await pool.query<{
    position: string;
    alert_number: number;
    wallet_id: string;
    version: string;
    parks_wallet: boolean;
    attempts: number;
  }>({
    name: 'read-due-webhook-deliveries',
    text: `
      select position, alert_number, wallet_id, version, parks_wallet, attempts
        from webhook_deliveries
       where endpoint_id = $1::text
         and state = 'pending'
         and (next_attempt_at <= now()
              or not exists (
                   select
                     from webhook_deliveries as others
                    where others.endpoint_id = $1::text
                      and others.state = 'pending'
                      and others.last_attempt_at > now() - $3::double precision * interval '1 millisecond')
                 and $3::double precision is not null)
       order by next_attempt_at, position, alert_number
       limit $2::integer`,
    values: [endpointId, limit, quietMs],
  });
  return rows.map((row) => ({
    position: BigInt(row.position),
    alertNumber: row.alert_number,
    walletId: row.wallet_id,
    version: Number(row.version),
    parksWallet: row.parks_wallet,
    attempts: row.attempts,
  }));
}

/** The result of a round, and when the next one is due. */
export interface Waiting {
  readonly pending: number;
  /** Until the next attempt or part of a replay. Null if nothing waits. Never below 0. */
  readonly nextMs: number | null;
}

/**
 * `probeMs` is null for a receiver that is up. One that is down is tried this long after its last attempt.
 * Replays wait for it without a time of their own.
 */
export async function readWaiting(
  pool: Pick<Pool, 'query'>,
  endpointId: string,
  probeMs: number | null,
): Promise<Waiting> {
  const { rows } = await pool.query<{ pending: string; next_ms: number | null }>({
    name: 'read-waiting-webhook-deliveries',
    text: `
      select (select count(*)
                from webhook_deliveries
               where endpoint_id = $1::text
                 and state = 'pending') as pending,
             extract(epoch from least(
               (select min(next_attempt_at)
                  from webhook_deliveries
                 where endpoint_id = $1::text
                   and state = 'pending'),
               (select min(next_attempt_at)
                  from webhook_replays
                 where endpoint_id = $1::text
                   and $2::double precision is null),
               (select max(last_attempt_at) + $2::double precision * interval '1 millisecond'
                  from webhook_deliveries
                 where endpoint_id = $1::text
                   and state = 'pending')) - clock_timestamp())::double precision * 1000 as next_ms`,
    values: [endpointId, probeMs],
  });
  const { pending, next_ms: nextMs } = rows[0] ?? { pending: 0, next_ms: null };
  return {
    pending: Number(pending),
    nextMs: nextMs === null ? null : Math.max(0, Math.ceil(nextMs)),
  };
}

/** Makes everything that waits due now. */
export async function makeDeliveriesDue(
  database: Pick<Pool | PoolClient, 'query'>,
  endpointId: string,
): Promise<void> {
  await database.query({
    name: 'make-webhook-deliveries-due',
    text: `
      with replays as (
        update webhook_replays
           set next_attempt_at = now()
         where endpoint_id = $1::text
           and next_attempt_at > now()
      )
      update webhook_deliveries
         set next_attempt_at = now()
       where endpoint_id = $1::text
         and state = 'pending'
         and next_attempt_at > now()`,
    values: [endpointId],
  });
}

/** While an endpoint is down, the others wait for the one that is tried. That one has a delay of its own. */
export async function postponeDeliveries(
  pool: Pick<Pool, 'query'>,
  endpointId: string,
  tried: DeliveryKey,
  delayMs: number,
): Promise<void> {
  await pool.query({
    name: 'postpone-webhook-deliveries',
    text: `
      update webhook_deliveries
         set next_attempt_at = clock_timestamp() + $3::double precision * interval '1 millisecond'
       where endpoint_id = $1::text
         and (position, alert_number) <> ($2::bigint, $4::smallint)
         and state = 'pending'
         and next_attempt_at <= clock_timestamp()`,
    values: [endpointId, tried.position, delayMs, tried.alertNumber],
  });
}
