// Leads one reader along the feed. A stream and a request that waits both go this way. At the end of the log
// a reader waits with all others and reads from the memory of the loop. Elsewhere it reads pages.
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
  let at = after;
  let waiting: Wait | undefined;
  return {
    at: () => at,
    next: async (limit) => {
      const page = await readNext(deps, at, limit);
      at = page.endsAt;
      if (page.unreadable !== undefined) throw page.unreadable.error;
      if (page.events.length === 0 && !page.hasMore) {
        waiting = waitAt(deps, at);
        at = await waiting.over;
        waiting = undefined;
      }
      return page.events;
    },
    interrupt: () => waiting?.end(),
  };
}

/** The next events: from the memory if it has them, and otherwise from a page. */
export async function readNext(
  { tail, filter, readPage }: FollowerDeps,
  at: bigint,
  limit: number,
): Promise<FeedPage> {
  const found = tail.read(filter, at, limit);
  if (found.kind !== 'events') return readPage(at, limit);
  const events = readableOf(found.events);
  const last = events.at(-1);
  // A page tells what can't be read.
  if (last === undefined && found.events.length > 0) return readPage(at, limit);
  const isWhole = events.length === found.events.length;
  const endsAt = isWhole ? found.endsAt : (last?.position ?? at);
  return { events, endsAt, hasMore: !isWhole || found.hasMore, unreadable: undefined };
}

export interface Wait {
  /** Resolves once there may be more, with the position up to which nothing is wanted. */
  readonly over: Promise<bigint>;
  readonly end: () => void;
}

/** Waits at the end of the log for a wanted event after this position. */
export function waitAt({ tail, filter, filterKey }: Omit<FollowerDeps, 'readPage'>, at: bigint): Wait {
  const { promise: over, resolve } = Promise.withResolvers<bigint>();
  let unregister = (): void => undefined;
  const end = () => {
    unregister();
    resolve(waiter.at);
  };
  const waiter = { filter, filterKey, at, wake: end };
  unregister = tail.wait(waiter);
  return { over, end };
}
