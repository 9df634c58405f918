// Changes of a webhook endpoint by its owner: another filter or URL, disabled, enabled, resumed, deleted.
//
// Invariant: no change moves the cursor back. Only a resume from now moves it, to the head of the log.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import { ArchivedError, holdRetainedLog } from '../eventStore/retainedLog.ts';
import { type Endpoint, lockEndpoint, readEndpoint } from './endpoints.ts';
import { makeDeliveriesDue } from './dueDeliveries.ts';

/** The members that may be changed. Undefined leaves one as it is. */
export interface EndpointChange {
  readonly url?: string | undefined;
  readonly types?: readonly string[] | null | undefined;
  readonly walletIds?: readonly string[] | null | undefined;
  readonly labels?: readonly string[] | null | undefined;
  readonly description?: string | undefined;
  /** False disables it, and true enables it where it stopped. */
  readonly enabled?: boolean | undefined;
}

/** Undefined if the tenant has no such endpoint. */
export async function changeEndpoint(
  pool: Pool,
  tenant: string,
  id: string,
  change: EndpointChange,
): Promise<Endpoint | undefined> {
  return inDatabaseTransaction(pool, async (client) => {
    const before = await lockEndpoint(client, tenant, id);
    if (before === undefined) return undefined;
    const { url = before.url, types = before.types, walletIds = before.walletIds } = change;
    const { labels = before.labels, description = before.description } = change;
    await client.query({
      name: 'change-webhook-endpoint',
      text: `
        update webhook_endpoints
           set url = $2::text,
               filter_revision = filter_revision + (
                 (types, wallet_ids, labels) is distinct from ($3::text[], $4::text[], $5::text[]))::integer,
               types = $3::text[],
               wallet_ids = $4::text[],
               labels = $5::text[],
               description = $6::text,
               changed_at = clock_timestamp()
         where id = $1::text`,
      values: [id, url, types, walletIds, labels, description],
    });
    if (change.enabled === false && before.state === 'enabled') await disableEndpoint(client, id);
    if (change.enabled === true && before.state === 'disabled') await enableEndpoint(client, id);
    return readEndpoint(client, tenant, id);
  });
}

async function disableEndpoint(client: PoolClient, id: string): Promise<void> {
  await client.query({
    name: 'disable-webhook-endpoint',
    text: `
      update webhook_endpoints
         set state = 'disabled',
             disabled_at = clock_timestamp(),
             disabled_reason = 'owner'
       where id = $1::text`,
    values: [id],
  });
}

/**
 * Puts it into the fast lane, and makes due what waits. Its cursor is where it was. Throws ArchivedError if
 * events after it are archived. The archive does not wait for a disabled endpoint.
 */
async function enableEndpoint(client: PoolClient, id: string): Promise<void> {
  await requireEventsAfterCursor(client, id);
  await client.query({
    name: 'enable-webhook-endpoint',
    text: `
      update webhook_endpoints
         set state = 'enabled',
             disabled_at = null,
             disabled_reason = null,
             lane = 'fast',
             first_failure_at = null,
             paused_until = null,
             retry_wanted = retry_wanted + 1
       where id = $1::text`,
    values: [id],
  });
  await makeDeliveriesDue(client, id);
}

async function requireEventsAfterCursor(client: PoolClient, id: string): Promise<void> {
  const retained = await holdRetainedLog(client);
  if (retained.from === 1n) return;
  const { rows } = await client.query<{ position: string }>({
    name: 'read-webhook-cursor',
    text: `
      select position
        from webhook_endpoints
       where id = $1::text`,
    values: [id],
  });
  const [row] = rows;
  if (row === undefined || BigInt(row.position) + 1n >= retained.from) return;
  throw new ArchivedError(
    'Events after the cursor of this endpoint are archived. Resume it from now.',
    retained,
  );
}

/** From where an endpoint goes on: with what waits, or only with what comes from now on. */
export type ResumeFrom = 'parked' | 'now';

/**
 * Enables an endpoint, and lets it try again what failed, or leave it out. Undefined if there is none. Throws
 * ArchivedError if it would need an archived event.
 */
export async function resumeEndpoint(
  pool: Pool,
  tenant: string,
  id: string,
  from: ResumeFrom,
): Promise<Endpoint | undefined> {
  return inDatabaseTransaction(pool, async (client) => {
    if ((await lockEndpoint(client, tenant, id)) === undefined) return undefined;
    if (from === 'parked') await takeUpFailed(client, id);
    else await skipAll(client, id);
    await enableEndpoint(client, id);
    return readEndpoint(client, tenant, id);
  });
}

/**
 * Each begins its schedule anew, after the first attempt of it. So an attempt stays counted, and the delivery
 * keeps its row and the time of its first failure once it succeeds.
 */
async function takeUpFailed(client: PoolClient, id: string): Promise<void> {
  await requireFailedEvents(client, id);
  await client.query({
    name: 'take-up-failed-webhook-deliveries',
    text: `
      update webhook_deliveries
         set state = 'pending',
             attempts = 1,
             next_attempt_at = clock_timestamp(),
             settled_at = null
       where endpoint_id = $1::text
         and state = 'failed'`,
    values: [id],
  });
}

/** The archive does not wait for deliveries that were given up. */
async function requireFailedEvents(client: PoolClient, id: string): Promise<void> {
  const retained = await holdRetainedLog(client);
  const { rowCount } = await client.query({
    name: 'find-archived-failed-webhook-delivery',
    text: `
      select
        from webhook_deliveries
       where endpoint_id = $1::text
         and state = 'failed'
         and position < $2::bigint
       limit 1`,
    values: [id, retained.from],
  });
  if (rowCount === 0) return;
  throw new ArchivedError('An event that failed is archived. Resume this endpoint from now.', retained);
}

/** The fence rises, because no wallet is parked any more. */
async function skipAll(client: PoolClient, id: string): Promise<void> {
  await client.query({
    name: 'skip-webhook-deliveries',
    text: `
      update webhook_deliveries
         set state = 'skipped',
             next_attempt_at = null,
             settled_at = clock_timestamp()
       where endpoint_id = $1::text
         and state in ('pending', 'failed')`,
    values: [id],
  });
  await client.query({
    name: 'move-webhook-cursor-to-head',
    text: `
      update webhook_endpoints as endpoints
         set position = log_head.position,
             fence = endpoints.fence + 1
        from log_head
       where id = $1::text`,
    values: [id],
  });
}

/** Returns false if the tenant has no such endpoint. Its secrets, parked events and replays go with it. */
export async function deleteEndpoint(
  pool: Pick<Pool, 'query'>,
  tenant: string,
  id: string,
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'delete-webhook-endpoint',
    text: `
      delete from webhook_endpoints
       where tenant = $1::text
         and id = $2::text`,
    values: [tenant, id],
  });
  return rowCount === 1;
}
