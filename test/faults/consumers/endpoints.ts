// The webhook endpoints of the receivers, and where they stand in the database.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { readHead } from '../../../src/eventStore/logHead.ts';
import type { Finding } from '../history/recorded.ts';
import type { Receiver } from './receiver.ts';

/** A webhook endpoint, with its receiver. */
export interface Endpoint {
  readonly id: string;
  readonly ordered: boolean;
  readonly types: readonly string[] | undefined;
  readonly receiver: Receiver;
}

const pollMs = 500;

/** Resolves once no endpoint waits for anything that the log has now, at the latest with the signal. */
export async function caughtUp(database: Pool, signal: AbortSignal): Promise<void> {
  const head = await readHead(database);
  while (!signal.aborted) {
    const { rows } = await database.query<{ waits: boolean }>(
      `select exists (
                select
                  from webhook_endpoints as endpoints
                 where position < $1::bigint
                    or exists (select
                                 from webhook_deliveries as deliveries
                                where deliveries.endpoint_id = endpoints.id
                                  and state = 'pending')) as waits`,
      [head.toString()],
    );
    if (rows[0]?.waits === false) return;
    await pause(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Says of endpoints whose receivers miss something where they stand. */
export async function describeLate(database: Pool, late: readonly Endpoint[]): Promise<readonly Finding[]> {
  const { rows } = await database.query<{ id: string; words: string }>(
    `select id, to_jsonb(webhook_endpoints) - 'url' || jsonb_build_object('head', (select position from log_head),
              'open', (select jsonb_agg(to_jsonb(open)) from (
                select position, wallet_id, state, attempts, next_attempt_at, parks_wallet
                  from webhook_deliveries as deliveries
                 where deliveries.endpoint_id = webhook_endpoints.id
                   and state in ('pending', 'failed')
                 order by position
                 limit 5) as open)) as words
       from webhook_endpoints
      where id = any($1::text[])`,
    [late.map(({ id }) => id)],
  );
  return rows.map(({ words }) => ({ kind: 'lost', detail: `an endpoint is late: ${JSON.stringify(words)}` }));
}
