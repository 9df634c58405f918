// Stores the replays that owners of endpoints ask for. Rounds of retries send them.
import type { Pool } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import { ArchivedError, holdRetainedLog } from '../eventStore/retainedLog.ts';
import { firstPosition, lastPosition } from './replayProgress.ts';
import { columns, type Replay, type ReplayRecord, toReplay } from './replayReads.ts';

export interface NewReplay {
  readonly id: string;
  readonly tenant: string;
  readonly endpointId: string;
  readonly types: readonly string[] | null;
  readonly from: Date;
  readonly until: Date;
  readonly createdBy: string;
  readonly idempotencyKey: string;
  readonly requestHash: string;
}

/** An ended replay, with its key, is kept this long. */
const endedDaysMax = 30;
/** Replays of one endpoint that may be open at once. */
export const openReplaysMax = 5;

export type ReplayOutcome =
  | { readonly kind: 'made'; readonly replay: Replay }
  | { readonly kind: 'repeated'; readonly replay: Replay; readonly requestHash: string }
  | { readonly kind: 'tooMany' }
  | { readonly kind: 'absent' };

/**
 * Stores a replay, and asks for the workflow that sends it. Throws ArchivedError if it begins before the
 * events that are in the log.
 */
export async function insertReplay(pool: Pool, given: NewReplay): Promise<ReplayOutcome> {
  const after = await firstPosition(pool, given.from);
  const until = await lastPosition(pool, given.until);
  return inDatabaseTransaction(pool, async (client) => {
    const { rowCount } = await client.query({
      name: 'wish-for-webhook-replay',
      text: `
        update webhook_endpoints
           set retry_wanted = retry_wanted + 1
         where tenant = $1::text
           and id = $2::text`,
      values: [given.tenant, given.endpointId],
    });
    if (rowCount !== 1) return { kind: 'absent' };
    const repeated = await findReplayByKey(client, given);
    if (repeated !== undefined)
      return { kind: 'repeated', replay: toReplay(repeated), requestHash: repeated.request_hash };
    const retained = await holdRetainedLog(client);
    if (retained.since !== undefined && given.from < retained.since)
      throw new ArchivedError('Events at the beginning of this replay are archived.', retained);
    await client.query({
      name: 'delete-old-webhook-replays',
      text: `
        delete from webhook_replays
         where endpoint_id = $1::text
           and ended_at < now() - $2::integer * interval '1 day'`,
      values: [given.endpointId, endedDaysMax],
    });
    if ((await countOpenReplays(client, given.endpointId)) >= openReplaysMax) return { kind: 'tooMany' };
    const { rows } = await client.query<ReplayRecord>({
      name: 'insert-webhook-replay',
      text: `
        insert into webhook_replays (
               endpoint_id, id, tenant, types, position, until_position, from_time, until_time, created_by,
               idempotency_key, request_hash, next_attempt_at)
        values ($1::text, $2::text, $3::text, $4::text[], $5::bigint, $11::bigint, $6::timestamptz,
               $7::timestamptz, $8::text, $9::text, $10::text, clock_timestamp())
        returning ${columns}`,
      values: [
        ...[given.endpointId, given.id, given.tenant, given.types, after, given.from, given.until],
        ...[given.createdBy, given.idempotencyKey, given.requestHash, until],
      ],
    });
    const [row] = rows;
    if (row === undefined) throw new Error(`the replay ${given.id} was not stored`);
    return { kind: 'made', replay: toReplay(row) };
  });
}

async function countOpenReplays(client: Pick<Pool, 'query'>, endpointId: string): Promise<number> {
  const { rows } = await client.query<{ open: string }>({
    name: 'count-open-webhook-replays',
    text: `
      select count(*) as open
        from webhook_replays
       where endpoint_id = $1::text
         and ended_at is null`,
    values: [endpointId],
  });
  return Number(rows[0]?.open ?? 0);
}

async function findReplayByKey(
  client: Pick<Pool, 'query'>,
  { endpointId, idempotencyKey }: NewReplay,
): Promise<ReplayRecord | undefined> {
  const { rows } = await client.query<ReplayRecord>({
    name: 'find-webhook-replay-by-key',
    text: `
      select ${columns}
        from webhook_replays
       where endpoint_id = $1::text
         and idempotency_key = $2::text`,
    values: [endpointId, idempotencyKey],
  });
  return rows[0];
}
