// One round of the workflow of an endpoint: attempts what is due, goes on with parked wallets, and sends
// parts of replays. It is bounded in time and number, so the workflow soon sleeps again or has another round.
//
// Invariant: while an endpoint is down, one attempt is made at a time, and the others wait for its outcome.
// Invariant: events of a parked wallet are sent one after the other, each after the one before was delivered.
import { readFeedAt } from '../eventStore/read/readFeedEvents.ts';
import { type FeedEvent, mapEvents } from '../feed/mapEvents.ts';
import { readFeedPage } from '../feed/readFeed.ts';
import { createCurrentTarget } from './currentTarget.ts';
import type { Attempt } from './delivery.ts';
import { type DeliveryKey, feedFilterOf, inFlightMax, parkedMax, webhookIdOf } from './endpoint.ts';
import { sendReplays } from './replays.ts';
import { type RetryDeps, type Round, sideBySide } from './round.ts';
import { attemptsMax, delayBefore, isDisabledAfter } from './retrySchedule.ts';
import {
  type DueDelivery,
  makeDeliveriesDue,
  postponeDeliveries,
  readDueDeliveries,
  readWaiting,
} from './dueDeliveries.ts';
import { goOn } from './parkedWallet.ts';
import { pruneDeliveries } from './pruneDeliveries.ts';
import { readRetryEndpoint } from './retryEndpoint.ts';
import { returnToFastLane, tryNewEvent } from './retryLane.ts';
import { settleAlone } from './settleDelivered.ts';
import { settleFailed } from './settleFailed.ts';

/** Counts only, because Temporal's history stores results. */
export interface RetryRound {
  readonly state: 'enabled' | 'disabled' | 'deleted';
  readonly delivered: number;
  readonly failed: number;
  readonly pending: number;
  /** Until the next round. Null if there is nothing left to do. */
  readonly nextMs: number | null;
}

/** Parked events of one round. */
const duePerRoundMax = 50;
/**
 * An endpoint that is down is tried this long after its last attempt, whatever its events wait for. Their own
 * delays grow to a day, and new events would wait as long.
 */
const probeEveryMs = 300_000;
/** Events that are read to find one of a wallet that is not parked. */
const newEventsMax = 20;
/** No new attempt begins later in a round. */
const roundTimeMaxMs = 20_000;

/** `isNow` makes everything due first. */
export async function retryRound(
  deps: RetryDeps,
  endpointId: string,
  isNow: boolean,
  stop: AbortSignal,
): Promise<RetryRound> {
  const { pool, monotonicMs } = deps;
  const endpoint = await readRetryEndpoint(pool, endpointId);
  const counts = { delivered: 0, failed: 0 };
  if (endpoint === undefined || endpoint.state === 'disabled')
    return { ...counts, state: endpoint?.state ?? 'deleted', pending: 0, nextMs: null };
  if (isNow) await makeDeliveriesDue(pool, endpointId);
  else if (endpoint.pausedMs > 0) {
    const { pending } = await readWaiting(pool, endpointId, probeEveryMs);
    return { ...counts, state: 'enabled', pending, nextMs: endpoint.pausedMs };
  }
  const endsAt = monotonicMs() + roundTimeMaxMs;
  let [disabled, isBroken] = [false, false];
  const isDisabled = () => disabled;
  const currentOf = createCurrentTarget(
    {
      read: () => readRetryEndpoint(pool, endpointId),
      toTarget: ({ tenant, url, boxes }) => ({ tenant, url, secrets: deps.openSecrets(endpointId, boxes) }),
      monotonicMs,
    },
    endpoint,
  );
  const isOver = () => disabled || isBroken || stop.aborted;
  const round = {
    ...{ deps, endpoint, counts },
    // An attempt that waits for its turn may wait past the end of the round. Otherwise its turn never comes.
    current: async () => {
      const target = isOver() ? undefined : await currentOf();
      return isOver() ? undefined : target;
    },
    mayGoOn: () => !isOver() && monotonicMs() < endsAt,
    disable: () => {
      disabled = true;
    },
    breakOff: () => {
      isBroken = true;
    },
  };
  const due = await readDueDeliveries(pool, endpointId, duePerRoundMax);
  const isUp = await probe(round, due);
  if (isUp) {
    await attemptAll(round, due.slice(endpoint.lane === 'fast' ? 0 : 1));
    if (round.mayGoOn()) await sendReplays(round);
  }
  await pruneDeliveries(pool, endpointId);
  if (isDisabled()) return { ...counts, state: 'disabled', pending: 0, nextMs: null };
  const { pending, nextMs } = await readWaiting(pool, endpointId, isUp ? null : probeEveryMs);
  if (endpoint.lane === 'retry' && pending === 0) await returnToFastLane(pool, endpointId);
  else if (!isUp && pending < parkedMax && (await hasNewEvent(round)))
    await tryNewEvent(pool, endpointId, probeEveryMs);
  return { ...counts, state: 'enabled', pending, nextMs };
}

/**
 * Whether an event waits that was not attempted. A receiver may refuse all parked ones for their own sake.
 * So a drain tries a new one from time to time.
 */
async function hasNewEvent({ deps: { pool, show }, endpoint }: Round): Promise<boolean> {
  const { position, parkedAt } = endpoint;
  const page = await readFeedPage(pool, feedFilterOf(endpoint), position, newEventsMax, show);
  if (page.unreadable !== undefined) return false;
  return page.hasMore || page.events.some(({ walletId }) => !parkedAt.has(walletId));
}

type WholeRound = Round & { readonly disable: () => void };

/** Tries an endpoint that is down with one event. Returns whether the others may follow. */
async function probe(round: WholeRound, due: readonly DueDelivery[]): Promise<boolean> {
  const { deps, endpoint } = round;
  if (endpoint.lane === 'fast') return true;
  const isEarly = due.length === 0;
  const [first] = isEarly ? await readDueDeliveries(deps.pool, endpoint.id, 1, probeEveryMs) : due;
  if (first === undefined) return false;
  const outcome = await attempt(round, first, isEarly);
  if (outcome === 'delivered') return true;
  if (outcome === 'failed') await postponeDeliveries(deps.pool, endpoint.id, first, probeEveryMs);
  return false;
}

async function attemptAll(round: WholeRound, due: readonly DueDelivery[]): Promise<void> {
  const waiting = due.values();
  const work = async () => {
    for (const one of waiting) {
      if (!round.mayGoOn()) return;
      await attempt(round, one);
    }
  };
  await sideBySide(round, Math.min(inFlightMax, due.length), work);
}

/** An attempt that comes early does not count if it fails. One that this process stopped never counts. */
async function attempt(
  round: WholeRound,
  given: DueDelivery,
  isEarly = false,
): Promise<'delivered' | 'failed' | 'stopped'> {
  const { deps, endpoint, counts } = round;
  let due: DueDelivery | undefined = given;
  do {
    const sent = await sendDue(round, due);
    if (sent === undefined) return 'stopped';
    if (sent.outcome !== 'delivered') {
      counts.failed += 1;
      await noteFailed(round, due, sent, isEarly && due === given);
      return 'failed';
    }
    counts.delivered += 1;
    deps.failpoint?.('afterWebhookRetried');
    if (due.parksWallet) due = await goOn(round, due, sent);
    else {
      await settleAlone(deps.pool, endpoint.id, due, sent);
      due = undefined;
    }
  } while (due !== undefined && round.mayGoOn());
  return 'delivered';
}

async function sendDue({ deps, endpoint, current }: Round, due: DueDelivery): Promise<Attempt | undefined> {
  const event = await readEventAt(deps, due);
  if (event === undefined)
    return { outcome: 'failed', status: null, reason: 'this release cannot read the event', ms: 0 };
  const { text, occurredAt } = event;
  const measured = { lane: 'retry', occurredAt } as const;
  return deps.deliver(current, { id: webhookIdOf(endpoint.id, event), text, measured });
}

/** Exactly this event or alert. Undefined if this release can't read it. */
async function readEventAt(
  { pool, show }: RetryDeps,
  { position, alertNumber }: DeliveryKey,
): Promise<FeedEvent | undefined> {
  const mapped = await mapEvents(pool, await readFeedAt(pool, [position]), show);
  const event = mapped.find((one) => one.alertNumber === alertNumber);
  return event === undefined || 'error' in event ? undefined : event;
}

async function noteFailed(
  round: WholeRound,
  due: DueDelivery,
  sent: Attempt,
  isEarly: boolean,
): Promise<void> {
  const { deps, endpoint } = round;
  const failed = due.attempts + 1;
  const delayMs =
    failed >= attemptsMax ? undefined : delayBefore(failed + 1, deps.random(), sent.retryAfterMs);
  const isTooLong = endpoint.failingMs !== null && isDisabledAfter(endpoint.failingMs);
  const isGivenUp = isTooLong && round.counts.delivered === 0;
  const disabled = sent.outcome === 'gone' ? 'gone' : isGivenUp ? 'failing' : null;
  const failedAttempt = { attempt: sent, delayMs, isEarly, disabled } as const;
  await settleFailed(deps.pool, endpoint.id, due, failedAttempt);
  if (disabled !== null) {
    round.disable();
    deps.onLeft(endpoint.id, `disabled: ${disabled}`);
  }
}
