// Follows the end of the log for all readers of this process. One loop reads the events of all tenants once
// and wakes the readers that asked for one of them. It runs while somebody reads, and a short time longer.
//
// Invariant: a reader misses nothing between its last page and its wait. A wait begins only where the memory
// and the reader meet. If the loop starts at a head that the reader does not know, the reader is woken.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { readHead } from '../eventStore/logHead.ts';
import { readFeedAfter, readWalletFacts } from '../eventStore/read/readFeedEvents.ts';
import { asksWallet, type FeedFilter } from './feedFilter.ts';
import { mapEvents, type ShowCommandId } from './mapEvents.ts';
import { createTailMemory, type TailMemory } from './tailMemory.ts';
import { createWaiters, type Waiter } from './waiters.ts';

/** The commits that this process heard of. */
interface Commits {
  readonly count: () => number;
  /** Resolves at a commit beyond the first `seen`, after `waitMaxMs`, or when `stop` is aborted. */
  readonly waitBeyond: (seen: number, waitMaxMs: number, stop: AbortSignal) => Promise<void>;
}

export interface FeedTailDeps {
  readonly pool: Pool;
  readonly show: ShowCommandId;
  readonly commits: Commits;
  /** Hears of the commits of other processes until the returned function is called. */
  readonly listen: () => () => void;
  readonly onFailure: (error: unknown) => void;
  /** Hears how long the oldest event of a pass took to get here, by its own time. */
  readonly onPassed: (lagMs: number) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface FeedTail extends Pick<TailMemory, 'read'> {
  /** Keeps the tail running until the returned function is called. */
  readonly hold: (filter: FeedFilter) => () => void;
  /** Wakes the waiter as soon as `read` may give more. Returns the function that ends the wait. */
  readonly wait: (waiter: Waiter) => () => void;
  readonly close: () => Promise<void>;
}

const passEventsMax = 512;
/** Least time between two passes. So many small commits cost few statements. */
const paceMs = 10;
/** If no message comes, an event of another process is seen this late. */
const pollMaxMs = 500;
/** Programs that ask for page after page come again soon. */
const lingerMs = 30_000;

export function createFeedTail(deps: FeedTailDeps): FeedTail {
  const memory = createTailMemory();
  const waiters = createWaiters();
  const holders = { all: 0, askingWallets: 0 };
  const loop = createLoop(deps.listen, (stop) =>
    follow(deps, { memory, waiters, asksWallets: () => holders.askingWallets > 0 }, stop),
  );
  return {
    read: memory.read,
    hold: (filter) => {
      const asking = asksWallet(filter) ? 1 : 0;
      holders.all += 1;
      holders.askingWallets += asking;
      loop.start();
      return () => {
        holders.all -= 1;
        holders.askingWallets -= asking;
        if (holders.all === 0) loop.endLater();
      };
    },
    wait: (waiter) => {
      if (memory.position() !== undefined) {
        const found = memory.read(waiter.filter, waiter.at, 1);
        if (found.kind === 'behind' || found.events.length > 0) {
          waiter.wake();
          return () => undefined;
        }
        waiter.at = found.endsAt;
      }
      return waiters.add(waiter);
    },
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

interface Followed {
  readonly memory: TailMemory;
  readonly waiters: ReturnType<typeof createWaiters>;
  readonly asksWallets: () => boolean;
}

async function follow(deps: FeedTailDeps, tail: Followed, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const seen = deps.commits.count();
    try {
      const found = await pass(deps, tail);
      if (found === 0) await deps.commits.waitBeyond(seen, pollMaxMs, stop);
      if (found < passEventsMax) await rest(paceMs, stop);
    } catch (error) {
      deps.onFailure(error);
      if (error instanceof LogGapError) tail.memory.forget();
      await rest(pollMaxMs, stop);
    }
  }
  tail.memory.forget();
}

/** Returns the number of events that were found. */
async function pass(deps: FeedTailDeps, { memory, waiters, asksWallets }: Followed): Promise<number> {
  const { pool, show, onPassed, now } = deps;
  if (memory.position() === undefined) {
    const head = await readHead(pool);
    memory.startAt(head);
    waiters.wakeBefore(head);
  }
  const from = memory.position() ?? 0n;
  const recorded = await readFeedAfter(pool, from, passEventsMax);
  const [first] = recorded;
  if (first === undefined) return 0;
  if (first.position !== from + 1n) throw new LogGapError(from + 1n);
  const mapped = await mapEvents(pool, recorded, show);
  const walletIds = [...new Set(mapped.map(({ walletId }) => walletId))];
  const facts = asksWallets() ? await readWalletFacts(pool, walletIds) : undefined;
  const events = mapped.map((event) => ({ ...event, facts: facts?.get(event.walletId) }));
  memory.add(events);
  onPassed(now() - first.occurredAt.getTime());
  waiters.tell(events, from + BigInt(events.length));
  return events.length;
}

/** The log has no event at this position, and goes on after it. */
class LogGapError extends Error {
  override readonly name = 'LogGapError';

  constructor(position: bigint) {
    super(`the log has no event at position ${position}, and goes on after it`);
  }
}

/** Ends early, and without an error, if the signal comes. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}
