// Gives the readers of the feed their turns to read a page. They hold no place among the reads of requests,
// so this is what bounds them.
//
// Invariant: a few pages are read at once, and one of each caller at most. The callers take turns, so a
// caller with many streams holds up its own alone.
import type { FeedPage } from '../../feed/readFeed.ts';

export interface Turns {
  /** Runs the read in the next turn of this caller. */
  readonly inTurn: (caller: string, read: () => Promise<FeedPage>) => Promise<FeedPage>;
}

/** Pages that are read at once. The other connections of the pool are for requests. */
const pagesAtOnceMax = 3;
/**
 * The pause of a caller after a page that found nothing and did not reach the end of the log. A rare filter
 * examines the whole log in such pages, about 20 ms each.
 */
const restMs = 20;

export function createTurns(): Turns {
  const queues = new Map<string, (() => void)[]>();
  /** Callers with a read that may begin, in their order. */
  const ready = new Set<string>();
  /** Callers with a read under way, and those that rest. */
  const busy = new Set<string>();
  let running = 0;

  const begin = () => {
    const [caller] = ready;
    if (caller === undefined || running >= pagesAtOnceMax) return;
    ready.delete(caller);
    busy.add(caller);
    running += 1;
    const queue = queues.get(caller) ?? [];
    const next = queue.shift();
    if (queue.length === 0) queues.delete(caller);
    next?.();
  };
  const leave = (caller: string) => {
    busy.delete(caller);
    if (queues.has(caller)) ready.add(caller);
    begin();
  };

  return {
    inTurn: async (caller, read) => {
      await new Promise<void>((resolve) => {
        const queue = queues.get(caller);
        if (queue === undefined) queues.set(caller, [resolve]);
        else queue.push(resolve);
        if (!busy.has(caller)) ready.add(caller);
        begin();
      });
      let isBarren = false;
      try {
        const page = await read();
        isBarren = page.events.length === 0 && page.hasMore;
        return page;
      } finally {
        running -= 1;
        if (!isBarren) leave(caller);
        else {
          setTimeout(leave, restMs, caller);
          begin();
        }
      }
    },
  };
}
