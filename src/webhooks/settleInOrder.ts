// Stores that the event of a parked wallet was delivered, and how the wallet goes on.
//
// Invariant: a wallet stops being parked in a database transaction that holds the row of its endpoint, after
// every event of it up to the cursor was delivered. The fence rises with it.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import type { Attempt } from './delivery.ts';
import type { DueDelivery } from './dueDeliveries.ts';
import type { DeliveryKey } from './endpoint.ts';
import { markDelivered, noteSuccess } from './settleDelivered.ts';

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
