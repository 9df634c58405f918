// The statements with which a drain of the fast lane stores how far each endpoint has come, and the events
// that were parked on the way.
//
// Invariant: a cursor moves by compare-and-set, together with the rows of the events that it leaves behind.
// So of two drains side by side only one moves it, and no event is passed without a delivery or a row.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import type { Attempt } from './delivery.ts';
import type { DeliveryKey, DisabledReason, Lane } from './endpoint.ts';
import { makeDeliveriesDue } from './dueDeliveries.ts';

/** An event whose first attempt failed. */
export interface Parked extends DeliveryKey {
  readonly walletId: string;
  readonly version: number;
  /** The name of the feed. */
  readonly type: string;
  readonly attempt: Attempt;
  /** Before the next attempt. */
  readonly delayMs: number;
}

/** How far an endpoint has come since its cursor was last stored. */
export interface Move {
  readonly id: string;
  readonly from: bigint;
  readonly to: bigint;
  /** Of the filter that the events were read by. Another one may want what was passed over. */
  readonly filterRevision: bigint;
  /** Set if events of parked wallets were passed over: these wallets must still be parked. */
  readonly fence: bigint | null;
  readonly delivered: number;
  /** When the last event that was delivered happened. */
  readonly lastEventAt: Date | null;
  /** The last attempt. Null if there was none. */
  readonly last: Pick<Attempt, 'status' | 'reason' | 'ms'> | null;
  /** The last success of this move, before now. */
  readonly succeededAgoMs: number | null;
  /** The first failure of this move that no success of it has followed, before now. */
  readonly failedAgoMs: number | null;
}

/** Stored together with the move: the parked events, and the state of the endpoint. */
export interface LeftBehind {
  readonly parksWallets: boolean;
  readonly parked: readonly Parked[];
  readonly lane: Lane;
  /** The receiver is back, so what waits for it is due. */
  readonly isBack: boolean;
  /** Why the endpoint is disabled, or null. */
  readonly disabled: Exclude<DisabledReason, 'owner'> | null;
  /** For how long the receiver asked to be left alone. Null if it did not. */
  readonly pauseMs: number | null;
}

/** Ages are stored as times of the database, whose clock rules them for all processes. */
const succeededAt = `clock_timestamp() - moves.succeeded_ago_ms * interval '1 millisecond'`;
const failedAt = `clock_timestamp() - moves.failed_ago_ms * interval '1 millisecond'`;

const moved = `
         set position = moves."to",
             delivered = endpoints.delivered + moves.delivered,
             last_event_at = coalesce(moves.last_event_at, endpoints.last_event_at),
             last_success_at = coalesce(${succeededAt}, endpoints.last_success_at),
             last_status = case when moves.attempted then moves.status else endpoints.last_status end,
             last_reason = case when moves.attempted then moves.reason else endpoints.last_reason end,
             last_ms = case when moves.attempted then moves.ms else endpoints.last_ms end,
             -- The retries store successes and failures of their own, which a drain does not know.
             first_failure_at = case
               when not moves.attempted then endpoints.first_failure_at
               when moves.succeeded_ago_ms is not null then ${failedAt}
               else coalesce(endpoints.first_failure_at, ${failedAt})
             end`;

const moves = `unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[],
                    $7::boolean[], $8::smallint[], $9::text[], $10::integer[],
                    $11::double precision[], $12::double precision[], $13::bigint[])
               as moves (id, "from", "to", fence, delivered, last_event_at, attempted, status, reason, ms,
                         succeeded_ago_ms, failed_ago_ms, filter_revision)`;

const unmoved = `
         endpoints.id = moves.id
         and endpoints.position = moves."from"
         and endpoints.lane <> 'retry'
         and endpoints.state = 'enabled'
         and endpoints.filter_revision = moves.filter_revision
         and (moves.fence is null or moves.fence = endpoints.fence)`;

function valuesOf(given: readonly Move[]): unknown[] {
  return [
    given.map(({ id }) => id),
    given.map(({ from }) => from),
    given.map(({ to }) => to),
    given.map(({ fence }) => fence),
    given.map(({ delivered }) => delivered),
    given.map(({ lastEventAt }) => lastEventAt),
    given.map(({ last }) => last !== null),
    given.map(({ last }) => last?.status ?? null),
    given.map(({ last }) => last?.reason ?? null),
    given.map(({ last }) => (last === null ? null : Math.round(last.ms))),
    given.map(({ succeededAgoMs }) => succeededAgoMs),
    given.map(({ failedAgoMs }) => failedAgoMs),
    given.map(({ filterRevision }) => filterRevision),
  ];
}

/** The versions of a row before and after its cursor was moved. */
export interface MovedRow {
  readonly before: string;
  readonly after: string;
}

/**
 * Moves many cursors in one statement. Returns those that were where their drain left them, by their ids.
 * The rows are locked in the order of their ids, so two drains never wait for each other in a circle.
 */
export async function moveCursors(
  pool: Pick<Pool, 'query'>,
  given: readonly Move[],
): Promise<ReadonlyMap<string, MovedRow>> {
  if (given.length === 0) return new Map();
  const { rows } = await pool.query<MovedRow & { readonly id: string }>({
    name: 'move-webhook-cursors',
    text: `
      with locked as materialized (
        select id
          from webhook_endpoints
         where id = any($1::text[])
         order by id
           for no key update
      )
      update webhook_endpoints as endpoints${moved}
        from locked
        join ${moves} using (id)
       where${unmoved}
      returning endpoints.id,
                old.xmin::text as before,
                new.xmin::text as after`,
    values: valuesOf(given),
  });
  return new Map(rows.map(({ id, ...versions }) => [id, versions]));
}

/** Moves one cursor and parks what failed before it. False if the cursor was no longer where it was. */
export async function moveAndPark(pool: Pool, move: Move, left: LeftBehind): Promise<boolean> {
  return inDatabaseTransaction(pool, async (client) => {
    const { rowCount } = await client.query({
      name: 'move-webhook-cursor-and-park',
      text: `
        update webhook_endpoints as endpoints${moved},
               lane = $14::text,
               state = case when $15::text is null then 'enabled' else 'disabled' end,
               disabled_at = case when $15::text is null then null else clock_timestamp() end,
               disabled_reason = $15::text,
               paused_until = coalesce(clock_timestamp() + $16::double precision * interval '1 millisecond',
                                       endpoints.paused_until),
               retry_wanted = endpoints.retry_wanted + 1
          from ${moves}
         where${unmoved}`,
      values: [...valuesOf([move]), left.lane, left.disabled, left.pauseMs],
    });
    if (rowCount !== 1) return false;
    if (left.parked.length > 0) await insertParked(client, move.id, left);
    if (left.isBack) await makeDeliveriesDue(client, move.id);
    return true;
  });
}

async function insertParked(client: PoolClient, endpointId: string, left: LeftBehind): Promise<void> {
  const { parked, parksWallets } = left;
  await client.query({
    name: 'park-webhook-deliveries',
    text: `
      insert into webhook_deliveries (
             endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet, attempts,
             next_attempt_at, last_status, last_reason, last_ms)
      select $1::text, position, alert_number, wallet_id, version, type, $2::boolean, 1,
             clock_timestamp() + delay_ms * interval '1 millisecond', status, reason, ms
        from unnest($3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::double precision[], $8::smallint[],
                    $9::text[], $10::integer[], $11::smallint[])
               as parked (position, wallet_id, version, type, delay_ms, status, reason, ms, alert_number)
          on conflict on constraint webhook_deliveries_pkey do update
         set state = 'pending',
             attempts = webhook_deliveries.attempts + 1,
             last_attempt_at = excluded.last_attempt_at,
             next_attempt_at = excluded.next_attempt_at,
             last_status = excluded.last_status,
             last_reason = excluded.last_reason,
             last_ms = excluded.last_ms,
             settled_at = null`,
    values: [
      endpointId,
      parksWallets,
      parked.map(({ position }) => position),
      parked.map(({ walletId }) => walletId),
      parked.map(({ version }) => version),
      parked.map(({ type }) => type),
      parked.map(({ delayMs }) => delayMs),
      parked.map(({ attempt }) => attempt.status),
      parked.map(({ attempt }) => attempt.reason),
      parked.map(({ attempt }) => Math.round(attempt.ms)),
      parked.map(({ alertNumber }) => alertNumber),
    ],
  });
}
