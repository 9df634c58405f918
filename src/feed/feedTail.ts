// Follows the end of the log for all readers of this process. One loop reads the events of all tenants once
// and wakes the readers that asked for one of them. It runs while somebody reads, and a short time longer.
//
// Invariant: a reader misses nothing between its last page and its wait. A wait begins only where the memory
// and the reader meet. If the loop starts at another head than that of the reader, the reader is woken.
import { createAskedWallets } from './askedWallets.ts';
import type { FeedFilter } from './feedFilter.ts';
import { type FollowDeps, followLog } from './followLog.ts';
import { createTailMemory, type TailMemory } from './tailMemory.ts';
import { createWaiters, type Waiter } from './waiters.ts';

export interface FeedTailDeps extends FollowDeps {
  /** Hears of the commits of other processes until the returned function is called. */
  readonly listen: () => () => void;
}

export interface FeedTail extends Pick<TailMemory, 'read'> {
  /** Keeps the tail running until the returned function is called. */
  readonly hold: (filter: FeedFilter) => () => void;
  /** Wakes the waiter as soon as `read` may give more. Returns the function that ends the wait. */
  readonly wait: (waiter: Waiter) => () => void;
  /** Whether no pass has worked for so long that readers should not trust the silence. */
  readonly standsStill: () => boolean;
  readonly close: () => Promise<void>;
}

/** Programs that ask for page after page come again soon. */
const lingerMs = 30_000;
export const stillMaxMs = 30_000;

export function createFeedTail(deps: FeedTailDeps): FeedTail {
  const memory = createTailMemory();
  const waiters = createWaiters();
  const { monotonicMs } = deps;
  const asked = createAskedWallets(lingerMs, monotonicMs);
  let holders = 0;
  let workedAtMs = 0;
  const onWorked = () => {
    workedAtMs = monotonicMs();
    deps.onWorked();
  };
  const followed = { memory, waiters, asked };
  const loop = createLoop(deps.listen, (stop) => {
    workedAtMs = monotonicMs();
    return followLog({ ...deps, onWorked }, followed, stop);
  });
  return {
    read: memory.read,
    hold: (filter) => {
      const release = asked.add(filter);
      holders += 1;
      loop.start();
      return () => {
        release();
        holders -= 1;
        if (holders === 0) loop.endLater();
      };
    },
    wait: (waiter) => {
      if (memory.position() === undefined) return waiters.add(waiter);
      const found = memory.read(waiter.filter, waiter.at, 1);
      // A reader whose page is newer than the memory waits for the passes that follow.
      if (found.kind === 'ahead') return waiters.add(waiter);
      if (found.kind === 'behind' || found.events.length > 0) {
        waiter.wake();
        return () => undefined;
      }
      waiter.at = found.endsAt;
      return waiters.add(waiter);
    },
    standsStill: () => loop.isRunning() && monotonicMs() - workedAtMs > stillMaxMs,
    close: loop.close,
  };
}

/** Runs `work` between `start` and the end of the time after `endLater`. Never twice at once. */
function createLoop(listen: () => () => void, work: (stop: AbortSignal) => Promise<void>) {
  let running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  let lingering: NodeJS.Timeout | undefined;
  let isClosed = false;
  const begin = () => {
    const stop = new AbortController();
    const unlisten = listen();
    const ended = work(stop.signal).finally(() => {
      unlisten();
      running = undefined;
    });
    running = { stop, ended };
  };
  const beginAgain = () => {
    if (running === undefined && !isClosed) begin();
  };
  return {
    start: () => {
      clearTimeout(lingering);
      if (isClosed) return;
      if (running === undefined) begin();
      // The one that stops was stopped for lack of readers.
      else if (running.stop.signal.aborted) void running.ended.then(beginAgain);
    },
    isRunning: () => running !== undefined,
    endLater: () => {
      lingering = setTimeout(() => running?.stop.abort(), lingerMs).unref();
    },
    close: async () => {
      isClosed = true;
      clearTimeout(lingering);
      running?.stop.abort();
      await running?.ended;
    },
  };
}
