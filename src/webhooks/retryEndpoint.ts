// Reads an endpoint for a round of retries: where it sends, whether its receiver is down, and which wallets
// are parked.
import type { Pool } from 'pg';
import { type EndpointCore, type EndpointCoreRecord, type Lane, toEndpointCore } from './endpoint.ts';

/** An endpoint as a round of retries sees it. */
export interface RetryEndpoint extends EndpointCore {
  readonly state: 'enabled' | 'disabled';
  readonly lane: Lane;
  /** Since its first failure after a success, by the clock of the database. Null if it does not fail. */
  readonly failingMs: number | null;
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
  readonly failing_ms: number | null;
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
      select id, tenant, url, types, wallet_ids, labels, ordered, lane, filter_revision, position,
             extract(epoch from clock_timestamp() - first_failure_at)::double precision * 1000 as failing_ms,
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
    failingMs: row.failing_ms,
    filterRevision: BigInt(row.filter_revision),
    pausedMs: Math.max(0, Math.ceil(row.paused_ms ?? 0)),
    position: BigInt(row.position),
    parkedAt: new Map(row.parked_wallets.map((id, at) => [id, BigInt(row.parked_positions[at] ?? 0)])),
  };
}
