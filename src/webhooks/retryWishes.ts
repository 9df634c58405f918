// Which workflows of endpoints still have to be started or woken. The wish is stored together with what was
// parked, so a process that dies in between leaves it to the next one.
import type { Pool } from 'pg';

export interface RetryWish {
  readonly id: string;
  readonly wanted: bigint;
}

interface AskedWishes {
  /** Endpoints that are left out. */
  readonly except: readonly string[];
  /** The wishes of later ids come first, so that each endpoint has its turn. */
  readonly after: string;
  readonly limit: number;
}

/** Endpoints whose workflow was not told of everything. */
export async function readRetryWishes(
  pool: Pick<Pool, 'query'>,
  { except, after, limit }: AskedWishes,
): Promise<readonly RetryWish[]> {
  const { rows } = await pool.query<{ id: string; wanted: string }>({
    name: 'read-webhook-retry-wishes',
    text: `
      select id, retry_wanted as wanted
        from webhook_endpoints
       where retry_wanted > retry_told
         and state = 'enabled'
         and id <> all($1::text[])
       order by id <= $2::text, id
       limit $3::integer`,
    values: [except, after, limit],
  });
  return rows.map(({ id, wanted }) => ({ id, wanted: BigInt(wanted) }));
}

export async function retryWasTold(pool: Pick<Pool, 'query'>, { id, wanted }: RetryWish): Promise<void> {
  await pool.query({
    name: 'webhook-retry-was-told',
    text: `
      update webhook_endpoints
         set retry_told = greatest(retry_told, $2::bigint)
       where id = $1::text`,
    values: [id, wanted],
  });
}

/**
 * Asks again for the workflows of endpoints with work that is long due. A run may have been terminated, or
 * Temporal may have lost it.
 */
export async function wishForLostRetries(pool: Pick<Pool, 'query'>): Promise<void> {
  await pool.query({
    name: 'wish-for-lost-webhook-retries',
    text: `
      with lost as materialized (
        select id
          from webhook_endpoints as endpoints
         where state = 'enabled'
           and (paused_until is null or paused_until < now() - interval '2 minutes')
           and exists (select from tenants where tenants.id = endpoints.tenant and suspended_at is null)
           and (lane <> 'fast'
                and not exists (
                      select
                        from webhook_deliveries as deliveries
                       where deliveries.endpoint_id = endpoints.id
                         and deliveries.state = 'pending'
                         and deliveries.next_attempt_at > now() - interval '2 minutes')
                or exists (
                     select
                       from webhook_deliveries as deliveries
                      where deliveries.endpoint_id = endpoints.id
                        and deliveries.state = 'pending'
                        and deliveries.next_attempt_at < now() - interval '2 minutes')
                or exists (
                     select
                       from webhook_replays as replays
                      where replays.endpoint_id = endpoints.id
                        and replays.next_attempt_at < now() - interval '2 minutes'))
         order by id
           for no key update of endpoints
      )
      update webhook_endpoints
         set retry_wanted = retry_wanted + 1
        from lost
       where webhook_endpoints.id = lost.id`,
  });
}
