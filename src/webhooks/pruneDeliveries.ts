// Removes the rows of deliveries that are settled. Each round of retries does it for its endpoint.
import type { Pool } from 'pg';

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
