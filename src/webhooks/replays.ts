// Replays: a part of the past is sent to an endpoint once more, beside what it gets anyway. A round of the
// endpoint's workflow sends a few pages of each. The place that was reached is stored after each page.
//
// Invariant: of one replay, an event of a wallet is sent after the one before it was delivered.
import type { Pool } from 'pg';
import type { FeedEvent } from '../feed/mapEvents.ts';
import { readFeedPage } from '../feed/readFeed.ts';
import type { Attempt } from './delivery.ts';
import { feedFilterOf, inFlightMax, webhookIdOf } from './endpoint.ts';
import { attemptsMax, delayBefore } from './retrySchedule.ts';
import type { Round } from './round.ts';

interface DueReplay {
  readonly id: string;
  readonly types: readonly string[] | null;
  /** Everything up to here was sent. */
  readonly position: bigint;
  readonly untilPosition: bigint;
  readonly from: Date;
  readonly until: Date;
  readonly attempts: number;
}

/** Replays of one round, and pages of each. */
const replaysMax = 3;
const pagesMax = 10;
const pageEvents = 50;

export async function sendReplays(round: Round): Promise<void> {
  const { pool } = round.deps;
  for (const replay of await readDueReplays(pool, round.endpoint.id, replaysMax)) {
    let at = replay;
    for (let page = 0; page < pagesMax && round.mayGoOn(); page += 1) {
      const next = await sendPage(round, at);
      if (next === undefined) break;
      at = next;
    }
  }
}

/** Sends a page and stores how far it came. Undefined if the replay has ended or failed. */
async function sendPage(round: Round, replay: DueReplay): Promise<DueReplay | undefined> {
  const { deps, endpoint } = round;
  const filter = feedFilterOf({ ...endpoint, types: replay.types ?? endpoint.types });
  const page = await readFeedPage(deps.pool, filter, replay.position, pageEvents, deps.show);
  const inRange = page.events.filter(({ position }) => position <= replay.untilPosition);
  const wanted = inRange.filter(({ occurredAt }) => occurredAt >= replay.from && occurredAt <= replay.until);
  const failure = await sendInOrder(round, wanted);
  if (failure === 'stopped') return undefined;
  if (failure !== undefined) {
    await noteReplayFailure(deps.pool, endpoint.id, replay, failure, deps.random());
    return undefined;
  }
  if (page.unreadable !== undefined) {
    const attempt = {
      outcome: 'failed',
      status: null,
      reason: 'this release cannot read the event',
      ms: 0,
    } as const;
    await noteReplayFailure(deps.pool, endpoint.id, replay, attempt, deps.random());
    return undefined;
  }
  const isEnd = page.endsAt >= replay.untilPosition || !page.hasMore;
  await moveReplay(deps.pool, endpoint.id, replay, { position: page.endsAt, sent: wanted.length, isEnd });
  return isEnd ? undefined : { ...replay, position: page.endsAt, attempts: 0 };
}

/** Wallets beside each other, and the events of each in order. Returns the first failure. */
async function sendInOrder(
  round: Round,
  events: readonly FeedEvent[],
): Promise<Attempt | 'stopped' | undefined> {
  const { deps, endpoint, counts } = round;
  const streams = [...Map.groupBy(events, ({ walletId }) => walletId).values()].values();
  let failure: Attempt | 'stopped' | undefined;
  const work = async () => {
    for (const stream of streams)
      for (const event of stream) {
        if (failure !== undefined) return;
        const message = { id: webhookIdOf(endpoint.id, event), text: event.text };
        const attempt = await deps.deliver(round.current, message);
        if (attempt === undefined) failure ??= 'stopped';
        else if (attempt.outcome === 'delivered') counts.delivered += 1;
        else {
          counts.failed += 1;
          failure ??= attempt;
        }
      }
  };
  await Promise.all(Array.from({ length: inFlightMax }, work));
  return failure;
}

async function readDueReplays(
  pool: Pick<Pool, 'query'>,
  endpointId: string,
  limit: number,
): Promise<readonly DueReplay[]> {
  const { rows } = await pool.query<{
    id: string;
    types: string[] | null;
    position: string;
    until_position: string;
    from_time: Date;
    until_time: Date;
    attempts: number;
  }>({
    name: 'read-due-webhook-replays',
    text: `
      select id, types, position, until_position, from_time, until_time, attempts
        from webhook_replays
       where endpoint_id = $1::text
         and next_attempt_at <= now()
       order by next_attempt_at, id
       limit $2::integer`,
    values: [endpointId, limit],
  });
  return rows.map((row) => ({
    ...{ id: row.id, types: row.types, from: row.from_time, until: row.until_time, attempts: row.attempts },
    position: BigInt(row.position),
    untilPosition: BigInt(row.until_position),
  }));
}

interface ReplayMove {
  readonly position: bigint;
  readonly sent: number;
  readonly isEnd: boolean;
}

async function moveReplay(
  pool: Pick<Pool, 'query'>,
  endpointId: string,
  replay: DueReplay,
  { position, sent, isEnd }: ReplayMove,
): Promise<void> {
  await pool.query({
    name: 'move-webhook-replay',
    text: `
      update webhook_replays
         set position = $4::bigint,
             sent = sent + $5::bigint,
             attempts = 0,
             next_attempt_at = case when $6::boolean then null else now() end,
             ended_at = case when $6::boolean then clock_timestamp() end,
             outcome = case when $6::boolean then 'sent' end
       where endpoint_id = $1::text
         and id = $2::text
         and position = $3::bigint
         and ended_at is null`,
    values: [endpointId, replay.id, replay.position, position, sent, isEnd],
  });
}

async function noteReplayFailure(
  pool: Pick<Pool, 'query'>,
  endpointId: string,
  { id, attempts }: DueReplay,
  { status, reason, retryAfterMs }: Attempt,
  random: number,
): Promise<void> {
  const failed = attempts + 1;
  const delayMs = failed >= attemptsMax ? undefined : delayBefore(failed + 1, random, retryAfterMs);
  await pool.query({
    name: 'note-webhook-replay-failure',
    text: `
      update webhook_replays
         set attempts = attempts + 1,
             last_status = $3::smallint,
             last_reason = $4::text,
             next_attempt_at = clock_timestamp() + $5::double precision * interval '1 millisecond',
             ended_at = case when $5::double precision is null then clock_timestamp() end,
             outcome = case when $5::double precision is null then 'failed' end
       where endpoint_id = $1::text
         and id = $2::text
         and ended_at is null`,
    values: [endpointId, id, status, reason, delayMs ?? null],
  });
}
