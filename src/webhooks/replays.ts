// Replays: a part of the past is sent to an endpoint once more, beside what it gets anyway. A round of the
// endpoint's workflow sends a few pages of each. The place that was reached is stored after each page.
//
// Invariant: of one replay, an event of a wallet is sent after the one before it was delivered. An event that
// was not sent yet is none of a replay.
import type { Pool } from 'pg';
import type { FeedEvent } from '../feed/mapEvents.ts';
import { readFeedPage } from '../feed/readFeed.ts';
import type { Attempt } from './delivery.ts';
import { feedFilterOf, inFlightMax, webhookIdOf } from './endpoint.ts';
import { attemptsMax, delayBefore } from './retrySchedule.ts';
import type { RetryEndpoint } from './retryEndpoint.ts';
import { type Round, sideBySide } from './round.ts';

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

/** Sends a page and stores how far it came. Undefined if the replay has ended or has to wait. */
async function sendPage(round: Round, replay: DueReplay): Promise<DueReplay | undefined> {
  const { deps, endpoint } = round;
  const filter = feedFilterOf({ ...endpoint, types: typesOf(replay, endpoint) });
  const page = await readFeedPage(deps.pool, filter, replay.position, pageEvents, deps.show);
  if (page.unreadable !== undefined) {
    await noteReplayFailure(deps.pool, endpoint.id, replay, unreadableAttempt, deps.random());
    return undefined;
  }
  // The drain sends events after the cursor. A replay of them could overtake their predecessors.
  const upTo = replay.untilPosition < endpoint.position ? replay.untilPosition : endpoint.position;
  const wanted = page.events.filter((event) => event.position <= upTo && isAsked(event, replay, endpoint));
  const { delivered, failure } = await sendInOrder(round, wanted);
  const open = wanted.find((event) => !delivered.has(event));
  const position = open === undefined ? page.endsAt : open.position - 1n;
  const sent = wanted.filter((event) => event.position <= position).length;
  const isEnd = open === undefined && (page.endsAt >= upTo || !page.hasMore);
  const hasMoved = isEnd || position > replay.position;
  if (hasMoved) await moveReplay(deps.pool, endpoint.id, replay, { position, sent, isEnd });
  const next = hasMoved ? { ...replay, position, attempts: 0 } : replay;
  if (failure !== undefined) await noteReplayFailure(deps.pool, endpoint.id, next, failure, deps.random());
  return open !== undefined || isEnd ? undefined : next;
}

const unreadableAttempt: Attempt = {
  ...{ outcome: 'failed', status: null, ms: 0 },
  reason: 'this release cannot read the event',
};

/** The types of the replay that the endpoint wants, too. */
function typesOf({ types }: DueReplay, endpoint: Pick<RetryEndpoint, 'types'>): readonly string[] | null {
  return types?.filter((type) => endpoint.types?.includes(type) ?? true) ?? endpoint.types;
}

/** A parked wallet gets nothing before the event at which it stands. */
function isAsked(
  { occurredAt, walletId, position }: FeedEvent,
  { from, until }: DueReplay,
  { parkedAt }: RetryEndpoint,
): boolean {
  const standsAt = parkedAt.get(walletId);
  const isPassed = standsAt === undefined || position < standsAt;
  return isPassed && occurredAt >= from && occurredAt <= until;
}

interface SentPage {
  readonly delivered: ReadonlySet<FeedEvent>;
  /** The first one. Undefined also if the time of the round was up, or the process stopped. */
  readonly failure: Attempt | undefined;
}

/** Wallets beside each other, and the events of each in order. Ends at the first failure. */
async function sendInOrder(round: Round, events: readonly FeedEvent[]): Promise<SentPage> {
  const { deps, endpoint, counts } = round;
  const streams = [...Map.groupBy(events, ({ walletId }) => walletId).values()].values();
  const delivered = new Set<FeedEvent>();
  let failure: Attempt | undefined;
  let isOver = false;
  const work = async () => {
    for (const stream of streams)
      for (const event of stream) {
        // A page of a slow receiver must not outlast its round, because another one then sends it, too.
        if (isOver || !round.mayGoOn()) return;
        const attempt = await deps.deliver(round.current, {
          id: webhookIdOf(endpoint.id, event),
          text: event.text,
        });
        if (attempt?.outcome === 'delivered') {
          delivered.add(event);
          counts.delivered += 1;
          continue;
        }
        isOver = true;
        if (attempt === undefined) return;
        counts.failed += 1;
        failure ??= attempt;
      }
  };
  await sideBySide(round, inFlightMax, work);
  return { delivered, failure };
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
