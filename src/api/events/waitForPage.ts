// Waits at the end of the log for a page with an event. The request holds no place among the reads meanwhile.
import { setTimeout as pause } from 'node:timers/promises';
import type { FeedFilter } from '../../feed/feedFilter.ts';
import type { FeedTail } from '../../feed/feedTail.ts';
import type { FeedPage } from '../../feed/readFeed.ts';

export interface FeedReader {
  readonly filter: FeedFilter;
  /** Equal for readers with equal filters. */
  readonly filterKey: string;
  /** The page after this position. */
  readonly readPage: (after: bigint, limit: number) => Promise<FeedPage>;
}

interface Wait {
  readonly waitMs: number;
  readonly limit: number;
  /** Ends the wait: the process stops, or the client has left. */
  readonly stop: AbortSignal;
  readonly monotonicMs: () => number;
  readonly whileWaiting: (wait: () => Promise<void>) => Promise<void>;
}

/** The next page with events, or an empty one after the wait. `page` is empty and ends at the head. */
export async function waitForPage(
  tail: Pick<FeedTail, 'wait'>,
  { filter, filterKey, readPage }: FeedReader,
  page: FeedPage,
  { waitMs, limit, stop, monotonicMs, whileWaiting }: Wait,
): Promise<FeedPage> {
  const deadline = monotonicMs() + waitMs;
  let found = page;
  while (isEmpty(found)) {
    const leftMs = deadline - monotonicMs();
    if (leftMs <= 0 || stop.aborted) return found;
    const woken = new AbortController();
    const waiter = {
      ...{ filter, filterKey, at: found.endsAt },
      wake: () => {
        woken.abort();
      },
    };
    await whileWaiting(async () => {
      const unregister = tail.wait(waiter);
      const signal = AbortSignal.any([woken.signal, stop]);
      await pause(leftMs, undefined, { signal }).catch(() => undefined);
      unregister();
    });
    found = await readPage(waiter.at, limit);
  }
  return found;
}

function isEmpty({ events, hasMore, unreadable }: FeedPage): boolean {
  return events.length === 0 && !hasMore && unreadable === undefined;
}
