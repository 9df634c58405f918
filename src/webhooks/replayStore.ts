// The replays of an endpoint as its owner asks for them and sees them. Rounds of retries send them.
import type { Pool } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import { readHead } from '../eventStore/logHead.ts';

export interface Replay {
  readonly id: string;
  readonly types: readonly string[] | null;
  readonly from: Date;
  readonly until: Date;
  readonly createdAt: Date;
  readonly sent: number;
  readonly outcome: 'sent' | 'failed' | null;
}

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

interface ReplayRecord {
  readonly id: string;
  readonly types: string[] | null;
  readonly from_time: Date;
  readonly until_time: Date;
  readonly created_at: Date;
  readonly sent: string;
  readonly outcome: Replay['outcome'];
  readonly request_hash: string;
}

const columns = 'id, types, from_time, until_time, created_at, sent, outcome, request_hash';

function toReplay(row: ReplayRecord): Replay {
  const { id, types, from_time: from, until_time: until, created_at: createdAt, sent, outcome } = row;
  return { id, types, from, until, createdAt, sent: Number(sent), outcome };
}

/** Clocks of processes differ, so events are looked for from a little before to a little after. */
const clocksDifferMaxMs = 300_000;

/** Stores a replay, and asks for the workflow that sends it. */
export async function insertReplay(pool: Pool, given: NewReplay): Promise<ReplayOutcome> {
  const after = await positionBefore(pool, new Date(given.from.getTime() - clocksDifferMaxMs));
  const until = await positionBefore(pool, new Date(given.until.getTime() + clocksDifferMaxMs));
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

/** Halves the log until it finds where events of this time begin: about 30 looks at one row. */
async function positionBefore(pool: Pool, time: Date): Promise<bigint> {
  let low = 0n;
  let high = await readHead(pool);
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    const { rows } = await pool.query<{ is_before: boolean }>({
      name: 'is-event-before',
      text: `
        select occurred_at < $2::timestamptz as is_before
          from events
         where position = $1::bigint`,
      values: [middle, time],
    });
    if (rows[0]?.is_before === true) low = middle;
    else high = middle - 1n;
  }
  return low;
}
