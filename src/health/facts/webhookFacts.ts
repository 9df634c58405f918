// Reads the facts about webhook endpoints that do not deliver as they should, in one statement.
import type { PoolClient } from 'pg';
import type { EndpointsFound, WebhookFacts } from '../facts.ts';

/** The owner should hear of it while four days are left before the endpoint is given up. */
const failingHours = 24;
/** Wallets that are held up are counted up to this number. */
const countedMax = 10_000;

interface FoundRow {
  readonly what: 'givenUp' | 'failing' | 'heldUp' | 'unreadable' | 'any';
  readonly found: string;
  readonly since: Date | null;
  readonly id: string;
  readonly tenant: string;
  readonly key_ids: string[] | null;
}

const none: EndpointsFound = { count: 0, first: null, since: null };

/** `heads` are how the secrets begin that this process can read. None means that it has no key. */
export async function readWebhookFacts(session: PoolClient, heads: readonly Buffer[]): Promise<WebhookFacts> {
  const { rows } = await session.query<FoundRow>({
    name: 'read-webhook-health',
    text: `
      with delivering as (
        select id, tenant, lane, first_failure_at
          from webhook_endpoints
         where state = 'enabled'
           and exists (select from tenants where tenants.id = tenant and suspended_at is null)
      ),
      found as (
        select 'any' as what, id, tenant, created_at as since, null as key_id
          from webhook_endpoints
         union all
        select 'givenUp', id, tenant, disabled_at, null
          from webhook_endpoints
         where disabled_reason <> 'owner'
         union all
        select 'failing', id, tenant, first_failure_at, null
          from delivering
         where lane = 'retry'
           and first_failure_at < clock_timestamp() - $2::integer * interval '1 hour'
         union all
        select 'heldUp', id, tenant, settled_at, null
          from (select endpoint_id, settled_at
                  from webhook_deliveries
                 where parks_wallet
                   and state = 'failed'
                 limit $3::integer) as deliveries
          join delivering on id = endpoint_id
         union all
        select 'unreadable', id, tenant, secrets.created_at, encode(substring(box from 2 for 4), 'hex')
          from (select distinct on (endpoint_id) endpoint_id, box, created_at
                  from webhook_secrets
                 where valid_until is null
                    or valid_until > now()
                 order by endpoint_id, number desc) as secrets
          join delivering on id = endpoint_id
         where cardinality($1::bytea[]) > 0
           and substring(box from 1 for 5) <> all($1::bytea[])
      )
      select what, count(*) as found, min(since) as since,
             (array_agg(id order by since, id))[1] as id,
             (array_agg(tenant order by since, id))[1] as tenant,
             array_agg(distinct key_id) filter (where key_id is not null) as key_ids
        from found
       group by what`,
    values: [heads, failingHours, countedMax],
  });
  const of = (what: FoundRow['what']): EndpointsFound => {
    const row = rows.find((one) => one.what === what);
    if (row === undefined) return none;
    return { count: Number(row.found), first: { id: row.id, tenant: row.tenant }, since: row.since };
  };
  return {
    ...{ endpoints: of('any').count, hasKey: heads.length > 0 },
    ...{ givenUp: of('givenUp'), failing: of('failing'), heldUp: of('heldUp') },
    unreadable: {
      ...of('unreadable'),
      keyIds: rows.find(({ what }) => what === 'unreadable')?.key_ids ?? [],
    },
  };
}
