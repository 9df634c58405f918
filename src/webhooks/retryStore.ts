// The statements with which a round of retries finds its work: the endpoint, what is due, and when the next
// round is.
import type { Pool, PoolClient } from 'pg';
import {
  type DeliveryKey,
  type EndpointCore,
  type EndpointCoreRecord,
  type EventName,
  type Lane,
  toEndpointCore,
} from './endpoint.ts';

/** An endpoint as a round of retries sees it. */
export interface RetryEndpoint extends EndpointCore {
  readonly state: 'enabled' | 'disabled';
  readonly lane: Lane;
  readonly firstFailureAt: Date | null;
  /** Raised by each change of the filter. */
  readonly filterRevision: bigint;
  /** How long the receiver still asks to be left alone; 0 if it does not. */
  readonly pausedMs: number;
  readonly position: bigint;
  /** The wallets that are parked, with the position at which each stands. */
  readonly parkedAt: ReadonlyMap<string, bigint>;
  readonly boxes: readonly Buffer[];
}

interface RetryRecord extends EndpointCoreRecord {
  readonly state: RetryEndpoint['state'];
  readonly lane: RetryEndpoint['lane'];
  readonly first_failure_at: Date | null;
  readonly filter_revision: string;
  readonly paused_ms: number | null;
  readonly position: string;
  readonly parked_wallets: string[];
  readonly parked_positions: string[];
  readonly boxes: Buffer[];
}

/** Undefined if it was deleted. */
export async function readRetryEndpoint(
  pool: Pick<Pool, 'query'>,
  id: string,
): Promise<RetryEndpoint | undefined> {
  const { rows } = await pool.query<RetryRecord>({
    name: 'read-webhook-retry-endpoint',
    text: `
      select id, tenant, url, types, wallet_ids, labels, ordered, lane, first_failure_at,
             filter_revision, position,
             extract(epoch from paused_until - clock_timestamp())::double precision * 1000 as paused_ms,
             array(select wallet_id
                     from webhook_deliveries as deliveries
                    where deliveries.endpoint_id = webhook_endpoints.id
                      and deliveries.parks_wallet
                      and deliveries.state in ('pending', 'failed')
                    order by wallet_id) as parked_wallets,
             array(select position::text
                     from webhook_deliveries as deliveries
                    where deliveries.endpoint_id = webhook_endpoints.id
                      and deliveries.parks_wallet
                      and deliveries.state in ('pending', 'failed')
                    order by wallet_id) as parked_positions,
             -- A drain asks for the workflow again after the tenant was resumed.
             case when exists (select from tenants where tenants.id = tenant and suspended_at is null)
                  then state else 'disabled' end as state,
             array(select box
                     from webhook_secrets
                    where endpoint_id = id
                      and (valid_until is null or valid_until > now())
                    order by number desc) as boxes
        from webhook_endpoints
       where id = $1::text`,
    values: [id],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    ...toEndpointCore(row),
    ...{ state: row.state, lane: row.lane, boxes: row.boxes },
    firstFailureAt: row.first_failure_at,
    filterRevision: BigInt(row.filter_revision),
    pausedMs: Math.max(0, Math.ceil(row.paused_ms ?? 0)),
    position: BigInt(row.position),
    parkedAt: new Map(row.parked_wallets.map((id, at) => [id, BigInt(row.parked_positions[at] ?? 0)])),
  };
}

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

/** Nothing waits any more, so the drain delivers again. */
export async function returnToFastLane(pool: Pick<Pool, 'query'>, endpointId: string): Promise<void> {
  await pool.query({
    name: 'return-to-fast-lane',
    text: `
      update webhook_endpoints
         set lane = 'fast'
       where id = $1::text
         and lane = 'retry'`,
    values: [endpointId],
  });
}

/** Lets the drain try a new event, unless one of the endpoint had its first attempt within `quietMs`. */
export async function tryNewEvent(
  pool: Pick<Pool, 'query'>,
  endpointId: string,
  quietMs: number,
): Promise<void> {
  await pool.query({
    name: 'try-new-webhook-event',
    text: `
      update webhook_endpoints
         set lane = 'trial'
       where id = $1::text
         and lane = 'retry'
         and (paused_until is null or paused_until <= now())
         and not exists (
               select
                 from webhook_deliveries as deliveries
                where deliveries.endpoint_id = $1::text
                  and deliveries.state = 'pending'
                  and deliveries.first_attempt_at > now() - $2::double precision * interval '1 millisecond')`,
    values: [endpointId, quietMs],
  });
}

/** Rows that are settled are kept this long, and so many of each endpoint. */
const settledDaysMax = 30;
const settledRowsMax = 1_000;

/**
 * Removes settled rows that are old or too many. A failed row is all that tells of an event that was not
 * delivered. So it stays for the whole time, and longer if it parks a wallet. Few are open, so few fail.
 */
export async function pruneDeliveries(pool: Pick<Pool, 'query'>, endpointId: string): Promise<void> {
  await pool.query({
    name: 'prune-webhook-deliveries',
    text: `
      delete from webhook_deliveries as deliveries
       where endpoint_id = $1::text
         and settled_at is not null
         and not (parks_wallet and state = 'failed')
         and (settled_at < now() - $2::integer * interval '1 day'
              or state <> 'failed'
                 and settled_at < (select settled_at
                                     from webhook_deliveries as newer
                                    where newer.endpoint_id = $1::text
                                      and newer.settled_at is not null
                                      and newer.state <> 'failed'
                                    order by settled_at desc
                                   offset $3::integer
                                    limit 1))`,
    values: [endpointId, settledDaysMax, settledRowsMax],
  });
}
