// Reads what is committed after the end of the log, pass by pass, and tells the readers of a process of it.
// It runs while the tail runs.
//
// Invariant: every pass follows the one before without a gap. If the log was restored to an earlier state,
// the memory is forgotten, and every reader asks a page where it stands.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { readHead } from '../eventStore/logHead.ts';
import { readFeedAfter, readWalletFacts, type TracedEvent } from '../eventStore/read/readFeedEvents.ts';
import { mapEvents, type ShowCommandId } from './mapEvents.ts';
import type { AskedWallets } from './askedWallets.ts';
import type { TailEvent, TailMemory } from './tailMemory.ts';
import type { Waiters } from './waiters.ts';

/** The commits that this process heard of. */
interface Commits {
  readonly count: () => number;
  /** Resolves at a commit beyond the first `seen`, after `waitMaxMs`, or when `stop` is aborted. */
  readonly waitBeyond: (seen: number, waitMaxMs: number, stop: AbortSignal) => Promise<void>;
}

export interface FollowDeps {
  readonly pool: Pool;
  readonly show: ShowCommandId;
  readonly commits: Commits;
  /** Hears of each pass that failed. The loop tries again. */
  readonly onFailure: (error: unknown) => void;
  /** Hears of each pass that did not fail, also of those that found nothing. */
  readonly onWorked: () => void;
  /** Hears how long the oldest event of a pass took to get here, by its own time. */
  readonly onPassed: (lagMs: number) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly monotonicMs: () => number;
}

interface Followed {
  readonly memory: TailMemory;
  readonly waiters: Waiters;
  readonly asked: Pick<AskedWallets, 'asksFacts' | 'mayWant' | 'forgetOld'>;
}

const passEventsMax = 512;
/** Least time between two passes. So many small commits cost few statements. */
const paceMs = 10;
/** If no message comes, an event of another process is seen this late. */
const pollMaxMs = 500;

export async function followLog(deps: FollowDeps, tail: Followed, stop: AbortSignal): Promise<void> {
  const pass = createPass(deps, tail);
  while (!stop.aborted) {
    const seen = deps.commits.count();
    const beganAtMs = deps.monotonicMs();
    try {
      const found = await pass();
      deps.onWorked();
      if (found === 0) await deps.commits.waitBeyond(seen, pollMaxMs, stop);
      const leftMs = paceMs - (deps.monotonicMs() - beganAtMs);
      if (found < passEventsMax && leftMs > 0) await rest(leftMs, stop);
    } catch (error) {
      deps.onFailure(error);
      if (error instanceof LogGapError || error instanceof LogMovedBackError) tail.memory.forget();
      await rest(pollMaxMs, stop);
    }
  }
  tail.memory.forget();
}

/** The returned function makes one pass. It returns the number of events that were found. */
function createPass(deps: FollowDeps, { memory, waiters, asked }: Followed): () => Promise<number> {
  const { pool, onPassed, now } = deps;
  /** The event at the position of the memory, once a pass has seen it. */
  let last: TracedEvent | undefined;
  return async () => {
    if (memory.position() === undefined) {
      const head = await readHead(pool);
      last = undefined;
      memory.startAt(head);
      waiters.wakeElsewhere(head);
    }
    const from = memory.position() ?? 0n;
    const recorded = await readFollowing(pool, from, last);
    last = recorded.last;
    const [first] = recorded.following;
    if (first === undefined) return 0;
    // Positions rise, so both ends tell of every one between them.
    const end = from + BigInt(recorded.following.length);
    if (recorded.following.at(-1)?.position !== end) throw new LogGapError(from, end);
    asked.forgetOld();
    const events = await complete(deps, asked, recorded.following);
    memory.add(events);
    last = recorded.following.at(-1);
    onPassed(now() - first.occurredAt.getTime());
    waiters.tell(events, end);
    return recorded.following.length;
  };
}

/** Maps the events of wallets that a reader asks for. Few of many events are wanted by anybody. */
async function complete(
  { pool, show }: FollowDeps,
  asked: Followed['asked'],
  following: readonly TracedEvent[],
): Promise<readonly TailEvent[]> {
  const wanted = following.filter(({ walletId }) => asked.mayWant(walletId));
  const mapped = await mapEvents(pool, wanted, show, following);
  const walletIds = [...new Set(mapped.map(({ walletId }) => walletId))];
  const isAsked = walletIds.length > 0 && asked.asksFacts();
  const facts = isAsked ? await readWalletFacts(pool, walletIds) : undefined;
  const byPosition = Map.groupBy(mapped, ({ position }) => position);
  return following.flatMap(({ position, walletId }): readonly TailEvent[] => {
    const events = byPosition.get(position);
    if (events === undefined) return [{ position, walletId, type: undefined, facts: undefined }];
    return events.map((event) => ({ ...event, facts: facts?.get(walletId) }));
  });
}

interface Following {
  /** The event at the position itself. Undefined at the beginning of the log. */
  readonly last: TracedEvent | undefined;
  readonly following: readonly TracedEvent[];
}

/**
 * The events after this position. The event there is read again, because a database that was restored to an
 * earlier state may have none there, or another one.
 */
async function readFollowing(pool: Pool, from: bigint, known: TracedEvent | undefined): Promise<Following> {
  if (from === 0n) return { last: undefined, following: await readFeedAfter(pool, from, passEventsMax) };
  const [last, ...following] = await readFeedAfter(pool, from - 1n, passEventsMax + 1);
  if (last?.position !== from || (known !== undefined && !isSame(last, known)))
    throw new LogMovedBackError(from);
  return { last, following };
}

function isSame(one: TracedEvent, other: TracedEvent): boolean {
  return (
    one.walletId === other.walletId &&
    one.version === other.version &&
    one.occurredAt.getTime() === other.occurredAt.getTime()
  );
}

/** Positions after `from` and up to `end` are not all there, and the log goes on after them. */
class LogGapError extends Error {
  override readonly name = 'LogGapError';

  constructor(from: bigint, end: bigint) {
    super(`the log lacks an event after position ${from} and up to ${end}, and goes on after it`);
  }
}

/** The log has lost the event at this position. The database was restored to an earlier state, or damaged. */
class LogMovedBackError extends Error {
  override readonly name = 'LogMovedBackError';

  constructor(position: bigint) {
    super(
      `the log no longer has the event that it had at position ${position}: was an older backup restored?`,
    );
  }
}

/** Ends early, and without an error, if the signal comes. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}
