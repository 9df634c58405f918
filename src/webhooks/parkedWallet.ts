// Goes on with a parked wallet after an event of it was delivered: finds its next event, and stores both.
import { nameOfKind } from '../feed/feedTypes.ts';
import { readFeedPage } from '../feed/readFeed.ts';
import type { Attempt } from './delivery.ts';
import type { DueDelivery } from './dueDeliveries.ts';
import { feedFilterOf, isAfter } from './endpoint.ts';
import { readRetryEndpoint, type RetryEndpoint } from './retryEndpoint.ts';
import type { RetryDeps, Round } from './round.ts';
import { type Ahead, settleInOrder } from './settleInOrder.ts';

/** Events that are read to find the next one of a wallet: a delivered one and those that follow. */
const pageEvents = 2;

/** The next event or alert of the wallet, which comes at once. Undefined if it is parked no longer. */
export async function goOn(
  { deps, endpoint: atFirst }: Round,
  due: DueDelivery,
  sent: Attempt,
): Promise<DueDelivery | undefined> {
  const { id } = atFirst;
  // The alerts of an event have its position.
  const first = due.position - 1n;
  let [endpoint, after] = [atFirst, first];
  for (;;) {
    const ahead = await lookAhead(deps, endpoint, due, after);
    const outcome = await settleInOrder(deps.pool, id, due, sent, ahead);
    if (outcome === 'unparked' || outcome === 'superseded') return undefined;
    if (outcome === 'changed') {
      const changed = await readRetryEndpoint(deps.pool, id);
      if (changed === undefined) return undefined;
      [endpoint, after] = [changed, first];
      continue;
    }
    if (outcome === 'goesOn' && ahead.next !== undefined)
      return { ...due, ...ahead.next, attempts: 0, parksWallet: true };
    if (ahead.examinedTo <= after) throw new Error(`the stream of "${due.walletId}" could not be read on`);
    after = ahead.examinedTo;
  }
}

async function lookAhead(
  { pool, show }: RetryDeps,
  endpoint: RetryEndpoint,
  due: DueDelivery,
  after: bigint,
): Promise<Ahead> {
  const { filterRevision, walletIds } = endpoint;
  const isAsked = walletIds?.includes(due.walletId) ?? true;
  const filter = { ...feedFilterOf(endpoint), walletIds: isAsked ? [due.walletId] : [] };
  const page = await readFeedPage(pool, filter, after, pageEvents, show);
  const found = page.events.find((event) => isAfter(event, due)) ?? page.unreadable;
  if (found === undefined) return { next: undefined, examinedTo: page.endsAt, filterRevision };
  const { position, alertNumber, version, type } = found;
  return {
    next: { position, alertNumber, version, type: nameOfKind(type) },
    examinedTo: position,
    filterRevision,
  };
}
