// Stores that a parked event was delivered. An endpoint that was down goes back to the fast lane with it.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import type { Attempt } from './delivery.ts';
import { makeDeliveriesDue } from './dueDeliveries.ts';
import type { DeliveryKey } from './endpoint.ts';

/** Notes at the endpoint that a delivery succeeded. One that was down goes back to the fast lane. */
export async function noteSuccess(
  client: PoolClient,
  endpointId: string,
  { status, ms }: Attempt,
): Promise<void> {
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
             paused_until = null,
             lane = 'fast'
        from before
       where id = $1::text
      returning before.lane <> 'fast' as was_down`,
    values: [endpointId, status, Math.round(ms)],
  });
  // Each waits by its own schedule, perhaps for hours, and the receiver answers now.
  if (rows[0]?.was_down === true) await makeDeliveriesDue(client, endpointId);
}

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

export async function markDelivered(
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
