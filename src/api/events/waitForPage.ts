// Waits at the end of the log for a page with an event. What woke the request is in the memory of the loop,
// so many requests that wait for one event cost no statement each. The request holds no place among the
// reads.
import { type FollowerDeps, readNext, waitAt } from '../../feed/follower.ts';
import type { FeedPage } from '../../feed/readFeed.ts';

interface Waiting {
  readonly waitMs: number;
  readonly limit: number;
  /** Ends the wait: the process stops, or the client has left. */
  readonly stop: AbortSignal;
  readonly monotonicMs: () => number;
}

/** The next page with events, or an empty one after the wait. `page` is empty and ends at the head. */
export async function waitForPage(
  reader: FollowerDeps,
  page: FeedPage,
  { waitMs, limit, stop, monotonicMs }: Waiting,
): Promise<FeedPage> {
  const deadline = monotonicMs() + waitMs;
  let found = page;
  while (isEmpty(found)) {
    const leftMs = deadline - monotonicMs();
    if (leftMs <= 0 || stop.aborted) return found;
    const { over, end } = waitAt(reader, found.endsAt);
    const timer = setTimeout(end, leftMs);
    stop.addEventListener('abort', end);
    const at = await over;
    clearTimeout(timer);
    stop.removeEventListener('abort', end);
    found = await readNext(reader, at, limit);
  }
  return found;
}

function isEmpty({ events, hasMore, unreadable }: FeedPage): boolean {
  return events.length === 0 && !hasMore && unreadable === undefined;
}
