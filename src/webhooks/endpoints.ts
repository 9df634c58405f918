// The table of webhook endpoints as its owners see it: made, listed and read. Each statement names the
// tenant.
//
// Invariant: an endpoint begins at the head of the log.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import type { ReadDatabase } from '../eventStore/tenantReads.ts';
import {
  type DisabledReason,
  type EndpointCore,
  type EndpointCoreRecord,
  endpointsMax,
  type Lane,
  type Signing,
  toEndpointCore,
} from './endpoint.ts';

/** An endpoint as its owner may see it. */
export interface Endpoint extends EndpointCore {
  readonly description: string;
  /** How its newest secret signs. */
  readonly signing: Signing;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly changedAt: Date;
  readonly state: 'enabled' | 'disabled';
  readonly disabledAt: Date | null;
  readonly disabledReason: DisabledReason | null;
  readonly lane: Lane;
  readonly delivered: number;
  readonly lastEventAt: Date | null;
  readonly lastSuccessAt: Date | null;
  readonly lastStatus: number | null;
  readonly lastReason: string | null;
  readonly lastMs: number | null;
  readonly firstFailureAt: Date | null;
  /** Rows that wait for an attempt or for an operator. */
  readonly pending: number;
}

export interface NewEndpoint extends EndpointCore {
  readonly description: string;
  readonly signing: Signing;
  readonly createdBy: string;
  readonly idempotencyKey: string | undefined;
  readonly requestHash: string | undefined;
  /** The encrypted secret. */
  readonly box: Buffer;
}

interface EndpointRecord extends EndpointCoreRecord {
  readonly description: string;
  readonly signing: Signing;
  readonly created_at: Date;
  readonly created_by: string;
  readonly changed_at: Date;
  readonly state: Endpoint['state'];
  readonly disabled_at: Date | null;
  readonly disabled_reason: DisabledReason | null;
  readonly lane: Endpoint['lane'];
  readonly delivered: string;
  readonly last_event_at: Date | null;
  readonly last_success_at: Date | null;
  readonly last_status: number | null;
  readonly last_reason: string | null;
  readonly last_ms: number | null;
  readonly first_failure_at: Date | null;
  readonly pending: string;
}

const columns = `id, tenant, url, types, wallet_ids, labels, ordered, description, signing, created_at, created_by,
             changed_at, state, disabled_at, disabled_reason, lane, delivered, last_event_at, last_success_at,
             last_status, last_reason, last_ms, first_failure_at,
             (select count(*)
                from webhook_deliveries
               where webhook_deliveries.endpoint_id = webhook_endpoints.id
                 and webhook_deliveries.state in ('pending', 'failed')) as pending`;

function toEndpoint(row: EndpointRecord): Endpoint {
  return {
    ...toEndpointCore(row),
    ...{ description: row.description, signing: row.signing },
    ...{ createdAt: row.created_at, createdBy: row.created_by, changedAt: row.changed_at },
    ...{ state: row.state, disabledAt: row.disabled_at, disabledReason: row.disabled_reason },
    ...{ lane: row.lane, delivered: Number(row.delivered), lastEventAt: row.last_event_at },
    ...{ lastSuccessAt: row.last_success_at, lastStatus: row.last_status, lastReason: row.last_reason },
    ...{ lastMs: row.last_ms, firstFailureAt: row.first_failure_at, pending: Number(row.pending) },
  };
}

export type InsertOutcome =
  | { readonly kind: 'made'; readonly endpoint: Endpoint }
  /** The key made it before. */
  | { readonly kind: 'repeated'; readonly endpoint: Endpoint; readonly requestHash: string }
  | { readonly kind: 'tooMany' };

/** Makes an endpoint with its first secret. At most `tenantMax` belong to a tenant, and `allMax` to all. */
export async function insertEndpoint(
  pool: Pool,
  given: NewEndpoint,
  tenantMax: number,
  allMax = endpointsMax,
): Promise<InsertOutcome> {
  return inDatabaseTransaction(pool, async (client) => {
    // Two requests of one tenant come one after the other, so neither the bound nor a key is passed over.
    await client.query({
      name: 'lock-tenant-for-webhooks',
      text: `
        select
          from tenants
         where id = $1::text
           for no key update`,
      values: [given.tenant],
    });
    const before = given.idempotencyKey === undefined ? undefined : await findByKey(client, given);
    if (before !== undefined) return before;
    if (await isFull(client, given.tenant, tenantMax, allMax)) return { kind: 'tooMany' };
    const { rows } = await client.query<EndpointRecord>({
      name: 'insert-webhook-endpoint',
      text: `
        insert into webhook_endpoints (
               id, tenant, url, types, wallet_ids, labels, ordered, description, signing, created_by,
               idempotency_key, request_hash, position)
        select $1::text, $2::text, $3::text, $4::text[], $5::text[], $6::text[], $7::boolean, $8::text,
               $9::text, $10::text, $11::text, $12::text, position
          from log_head
        returning ${columns}`,
      values: [
        ...[given.id, given.tenant, given.url, given.types, given.walletIds, given.labels, given.ordered],
        ...[given.description, given.signing, given.createdBy, given.idempotencyKey, given.requestHash],
      ],
    });
    const [row] = rows;
    if (row === undefined) throw new Error('log_head has no row: restore the database whole');
    await client.query({
      name: 'insert-first-webhook-secret',
      text: `
        insert into webhook_secrets (endpoint_id, number, box)
        values ($1::text, 1, $2::bytea)`,
      values: [given.id, given.box],
    });
    return { kind: 'made', endpoint: toEndpoint(row) };
  });
}

async function findByKey(client: PoolClient, given: NewEndpoint): Promise<InsertOutcome | undefined> {
  const { rows } = await client.query<EndpointRecord & { request_hash: string }>({
    name: 'find-webhook-endpoint-by-key',
    text: `
      select ${columns}, request_hash
        from webhook_endpoints
       where tenant = $1::text
         and idempotency_key = $2::text`,
    values: [given.tenant, given.idempotencyKey],
  });
  const [row] = rows;
  return row === undefined
    ? undefined
    : { kind: 'repeated', endpoint: toEndpoint(row), requestHash: row.request_hash };
}

/** From here on, endpoints of all tenants are made one after the other. So none passes over their bound. */
async function isFull(
  client: PoolClient,
  tenant: string,
  tenantMax: number,
  allMax: number,
): Promise<boolean> {
  await client.query({
    name: 'lock-webhook-changes',
    text: `
      select
        from webhook_changes
         for update`,
  });
  const { rows } = await client.query<{ own: string; all: string }>({
    name: 'count-webhook-endpoints',
    text: `
      select count(*) filter (where tenant = $1::text) as own,
             count(*) as all
        from webhook_endpoints`,
    values: [tenant],
  });
  return Number(rows[0]?.own ?? 0) >= tenantMax || Number(rows[0]?.all ?? 0) >= allMax;
}

/** At most `limit` endpoints of the tenant after this id. */
export async function listEndpoints(
  pool: ReadDatabase,
  tenant: string,
  after: string,
  limit: number,
): Promise<readonly Endpoint[]> {
  const { rows } = await pool.query<EndpointRecord>({
    name: 'list-webhook-endpoints',
    text: `
      select ${columns}
        from webhook_endpoints
       where tenant = $1::text
         and id > $2::text
       order by id
       limit $3::integer`,
    values: [tenant, after, limit],
  });
  return rows.map(toEndpoint);
}

export async function readEndpoint(
  pool: Pick<ReadDatabase, 'query'>,
  tenant: string,
  id: string,
): Promise<Endpoint | undefined> {
  const { rows } = await pool.query<EndpointRecord>({
    name: 'read-webhook-endpoint',
    text: `
      select ${columns}
        from webhook_endpoints
       where tenant = $1::text
         and id = $2::text`,
    values: [tenant, id],
  });
  return rows[0] && toEndpoint(rows[0]);
}

/** The same, and its row stays as it is until the end of the database transaction. */
export async function lockEndpoint(
  client: PoolClient,
  tenant: string,
  id: string,
): Promise<Endpoint | undefined> {
  const { rows } = await client.query<EndpointRecord>({
    name: 'lock-webhook-endpoint',
    text: `
      select ${columns}
        from webhook_endpoints
       where tenant = $1::text
         and id = $2::text
         for update`,
    values: [tenant, id],
  });
  return rows[0] && toEndpoint(rows[0]);
}
