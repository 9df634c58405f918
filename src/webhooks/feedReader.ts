// Reads on in the feed for one endpoint. At the end of the log it waits with all others, and further back it
// reads pages of its own.
//
// Invariant: `at` rises together with the events that are handed over, so no event lies between them.
import { type FeedFilter, filterKeyOf } from '../feed/feedFilter.ts';
import type { FeedTail } from '../feed/feedTail.ts';
import type { FeedEvent } from '../feed/mapEvents.ts';
import { type FeedPage, readableOf } from '../feed/readFeed.ts';
import type { Waiter } from '../feed/waiters.ts';

export interface FeedReaderDeps {
  readonly tail: Pick<FeedTail, 'read' | 'wait' | 'hold'>;
  readonly readPage: (filter: FeedFilter, after: bigint, limit: number) => Promise<FeedPage>;
  /** Events that may be handed over now. */
  readonly room: () => number;
  readonly take: (events: readonly FeedEvent[]) => void;
}

export interface FeedReader {
  /** Reads until the end. Throws if an event can't be read. */
  readonly run: () => Promise<void>;
  /** Everything up to here was handed over, or is not wanted. */
  readonly at: () => bigint;
  /** Says that there is room again. */
  readonly roomMade: () => void;
  readonly end: () => void;
}

export function createFeedReader(deps: FeedReaderDeps, filter: FeedFilter, after: bigint): FeedReader {
  const { tail, readPage, room, take } = deps;
  const release = tail.hold(filter);
  let at = after;
  let isEnded = false;
  const waits = createWaits(tail);

  function hand(events: readonly FeedEvent[], endsAt: bigint): void {
    at = endsAt;
    take(events);
  }

  async function waitForEvents(): Promise<void> {
    const reached = await waits.forEvents(filter, at);
    if (reached > at) at = reached;
  }

  async function step(): Promise<void> {
    const limit = room();
    if (limit <= 0) return waits.forRoom();
    const found = tail.read(filter, at, limit);
    if (found.kind === 'events') {
      const events = readableOf(found.events);
      if (events.length > 0 || found.events.length === 0) {
        const isWhole = events.length === found.events.length;
        hand(events, isWhole ? found.endsAt : (events.at(-1)?.position ?? at));
        return events.length === 0 ? waitForEvents() : undefined;
      }
    }
    const page = await readPage(filter, at, limit);
    if (isEnded) return;
    if (page.unreadable !== undefined) throw page.unreadable.error;
    hand(page.events, page.endsAt);
    if (page.events.length === 0 && !page.hasMore) await waitForEvents();
  }

  const hasEnded = () => isEnded;
  return {
    run: async () => {
      try {
        while (!hasEnded()) await step();
      } finally {
        release();
      }
    },
    at: () => {
      const reached = waits.reached() ?? at;
      return reached > at ? reached : at;
    },
    roomMade: waits.roomMade,
    end: () => {
      isEnded = true;
      waits.wake();
    },
  };
}

/** One wait at a time: for events at the end of the log, or for room. */
function createWaits(tail: Pick<FeedTail, 'wait'>) {
  let waiter: Waiter | undefined;
  let wake: (() => void) | undefined;
  return {
    wake: () => wake?.(),
    roomMade: () => {
      if (waiter === undefined) wake?.();
    },
    /** How far the wait has come. Undefined without one. */
    reached: () => waiter?.at,
    forRoom: () =>
      new Promise<void>((resolve) => {
        wake = () => {
          wake = undefined;
          resolve();
        };
      }),
    /** Resolves with the position up to which nothing is wanted. */
    forEvents: (filter: FeedFilter, at: bigint) =>
      new Promise<bigint>((resolve) => {
        let unregister = (): void => undefined;
        const waiting: Waiter = { filter, filterKey: filterKeyOf(filter), at, wake: () => wake?.() };
        waiter = waiting;
        wake = () => {
          [wake, waiter] = [undefined, undefined];
          unregister();
          resolve(waiting.at);
        };
        unregister = tail.wait(waiting);
      }),
  };
}
