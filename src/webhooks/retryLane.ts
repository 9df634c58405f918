// The statements with which a round of retries gives an endpoint back to the drain: for good, or for one new
// event.
import type { Pool } from 'pg';

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
