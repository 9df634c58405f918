// The replays of an endpoint as its owner sees them.
import type { ReadDatabase } from '../eventStore/tenantReads.ts';

export interface Replay {
  readonly id: string;
  readonly types: readonly string[] | null;
  readonly from: Date;
  readonly until: Date;
  readonly createdAt: Date;
  readonly sent: number;
  /** Null while it goes on. */
  readonly outcome: 'sent' | 'failed' | null;
  readonly endedAt: Date | null;
  /** Null once it has ended. */
  readonly nextAttemptAt: Date | null;
  /** Attempts that failed one after the other. 0 after a success. */
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastReason: string | null;
  /** Everything up to here was sent. */
  readonly position: bigint;
  readonly untilPosition: bigint;
  /** The cursor of its endpoint. An endpoint that has not come to the end of a replay ends it there. */
  readonly cursor: bigint;
}

export interface ReplayRecord {
  readonly id: string;
  readonly types: string[] | null;
  readonly from_time: Date;
  readonly until_time: Date;
  readonly created_at: Date;
  readonly sent: string;
  readonly outcome: Replay['outcome'];
  readonly ended_at: Date | null;
  readonly next_attempt_at: Date | null;
  readonly attempts: number;
  readonly last_status: number | null;
  readonly last_reason: string | null;
  readonly position: string;
  readonly until_position: string;
  readonly cursor: string;
  readonly request_hash: string;
}

export const columns = `id, types, from_time, until_time, created_at, sent, outcome, ended_at, next_attempt_at,
             attempts, last_status, last_reason, position, until_position, request_hash,
             (select endpoints.position from webhook_endpoints as endpoints where endpoints.id = endpoint_id) as cursor`;

export function toReplay(row: ReplayRecord): Replay {
  const { id, types, from_time: from, until_time: until, created_at: createdAt, sent, outcome } = row;
  return {
    ...{ id, types, from, until, createdAt, sent: Number(sent), outcome, endedAt: row.ended_at },
    ...{ nextAttemptAt: row.next_attempt_at, attempts: row.attempts },
    ...{ lastStatus: row.last_status, lastReason: row.last_reason },
    ...{
      position: BigInt(row.position),
      untilPosition: BigInt(row.until_position),
      cursor: BigInt(row.cursor),
    },
  };
}

/** Undefined if the endpoint has no such replay. */
export async function readReplay(
  database: ReadDatabase,
  endpointId: string,
  id: string,
): Promise<Replay | undefined> {
  const { rows } = await database.query<ReplayRecord>({
    name: 'read-webhook-replay',
    text: `
      select ${columns}
        from webhook_replays
       where endpoint_id = $1::text
         and id = $2::text`,
    values: [endpointId, id],
  });
  return rows.map(toReplay)[0];
}

/** Where a replay stands in the list of its endpoint. */
export interface ReplayKey {
  /** Microseconds since 1970, because a time of JavaScript has milliseconds alone. */
  readonly createdUs: bigint;
  readonly id: string;
}

export type ListedReplay = Replay & ReplayKey;

/** At most `limit`, the newest first, all before this one. */
export async function listReplays(
  database: ReadDatabase,
  endpointId: string,
  before: ReplayKey | undefined,
  limit: number,
): Promise<readonly ListedReplay[]> {
  const { rows } = await database.query<ReplayRecord & { readonly created_us: string }>({
    name: 'list-webhook-replays',
    text: `
      select ${columns}, (extract(epoch from created_at) * 1000000)::bigint as created_us
        from webhook_replays
       where endpoint_id = $1::text
         and ($2::bigint is null
              or (created_at, id) < ('epoch'::timestamptz + $2::bigint * interval '1 microsecond', $3::text))
       order by created_at desc, id desc
       limit $4::integer`,
    values: [endpointId, before?.createdUs ?? null, before?.id ?? '', limit],
  });
  return rows.map((row) => ({ ...toReplay(row), createdUs: BigInt(row.created_us) }));
}
