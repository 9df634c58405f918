// One reader's way along the feed. At the end of the log it waits with all others, and further back it reads
// pages. A stream and a request that waits both go this way.
//
// Invariant: each wanted event is given once, in commit order, and none is passed over.
import type { FeedFilter } from './feedFilter.ts';
import type { FeedTail } from './feedTail.ts';
import type { FeedEvent } from './mapEvents.ts';
import { type FeedPage, readableOf } from './readFeed.ts';

export interface FollowerDeps {
  readonly tail: Pick<FeedTail, 'read' | 'wait'>;
  readonly filter: FeedFilter;
  /** Equal for followers with equal filters. */
  readonly filterKey: string;
  /** The page after this position. */
  readonly readPage: (after: bigint, limit: number) => Promise<FeedPage>;
}

export interface Follower {
  /** Everything up to here was given, or is not wanted. */
  readonly at: () => bigint;
  /**
   * The next events, at most `limit`. Waits for some at the end of the log. Gives none after an interruption,
   * or after a part of the log without any. Throws EventDecodeError at an event that can't be read.
   */
  readonly next: (limit: number) => Promise<readonly FeedEvent[]>;
  /** Ends a wait under way. */
  readonly interrupt: () => void;
}

export function createFollower(deps: FollowerDeps, after: bigint): Follower {
  const { tail, filter, filterKey, readPage } = deps;
  let at = after;
  let stopWaiting: (() => void) | undefined;

  function wait(): Promise<void> {
    return new Promise((resolve) => {
      let unregister = (): void => undefined;
      const waiter = { filter, filterKey, at, wake: () => stopWaiting?.() };
      stopWaiting = () => {
        stopWaiting = undefined;
        unregister();
        if (waiter.at > at) at = waiter.at;
        resolve();
      };
      unregister = tail.wait(waiter);
    });
  }

  return {
    at: () => at,
    next: async (limit) => {
      const found = tail.read(filter, at, limit);
      if (found.kind === 'events') {
        const events = readableOf(found.events);
        const last = events.at(-1);
        if (last !== undefined) {
          at = events.length === found.events.length ? found.endsAt : last.position;
          return events;
        }
        if (found.events.length === 0) {
          at = found.endsAt;
          await wait();
          return [];
        }
      }
      const page = await readPage(at, limit);
      at = page.endsAt;
      if (page.unreadable !== undefined) throw page.unreadable.error;
      if (page.events.length === 0 && !page.hasMore) await wait();
      return page.events;
    },
    interrupt: () => stopWaiting?.(),
  };
}
