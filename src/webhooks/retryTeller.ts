// Starts or wakes the workflows of endpoints as their wishes ask. A pass of the drain begins what is due, and
// does not wait for Temporal.
//
// Invariant: each endpoint is independent. A workflow that can't be started waits longer after each attempt,
// and takes the turn of no other.
// Invariant: the events of an endpoint that are parked within a second are one signal.
import type { Pool } from 'pg';
import { readRetryWishes, type RetryWish, retryWasTold } from './retryWishes.ts';

export interface RetryTellerDeps {
  readonly pool: Pick<Pool, 'query'>;
  /** Starts the workflow that owns what was parked, or wakes it. */
  readonly startRetry: (endpointId: string) => Promise<void>;
  readonly onFailure: (endpointId: string, error: unknown) => void;
  readonly monotonicMs: () => number;
  /** Hears that further wishes may be told at once. */
  readonly onRoom: () => void;
}

export interface RetryTeller {
  /** Begins to tell of what is wished for and due. */
  readonly tell: () => Promise<void>;
  /** Events of the endpoint were parked. Others of the page may follow, so its workflow is told later. */
  readonly parked: (endpointId: string) => void;
  /** Resolves once nothing is under way. */
  readonly idle: () => Promise<void>;
}

/** Workflows that are told at once. One that Temporal does not answer for takes one of these turns. */
const atOnceMax = 16;
/** Longer than a page takes to fail, and shorter than the first delay of a retry. */
const gatherMs = 1_000;
/** The wait after a failure. It doubles with each further one of the endpoint. */
const backOffMs = { least: 1_000, most: 60_000 } as const;
/** So many failures in a row, of any endpoints, count as an outage of Temporal. Only a few are tried then. */
const failuresInRowMax = 8;
const duringOutage = { atOnceMax: 2, pauseMs: 1_000 } as const;

/** Why the workflow of an endpoint is not told now. */
interface Held {
  /** Attempts that failed one after the other. 0 while events are gathered. */
  readonly failures: number;
  readonly untilMs: number;
}

interface TellerState extends RetryTellerDeps {
  readonly held: Map<string, Held>;
  readonly underWay: Map<string, Promise<void>>;
  failuresInRow: number;
  pausedUntilMs: number;
  /** The endpoint that was told last. */
  after: string;
  /** The last reading found as many wishes as could be told. */
  mayHaveMore: boolean;
}

export function createRetryTeller(deps: RetryTellerDeps): RetryTeller {
  const state: TellerState = {
    ...{ ...deps, held: new Map(), underWay: new Map(), failuresInRow: 0, pausedUntilMs: 0, after: '' },
    mayHaveMore: false,
  };
  return {
    tell: () => tell(state),
    parked: (id) => {
      if (!state.held.has(id)) state.held.set(id, { failures: 0, untilMs: deps.monotonicMs() + gatherMs });
    },
    idle: async () => {
      await Promise.all(state.underWay.values());
    },
  };
}

async function tell(state: TellerState): Promise<void> {
  const { pool, held, underWay, monotonicMs } = state;
  const now = monotonicMs();
  const isOutage = state.failuresInRow >= failuresInRowMax;
  if (isOutage && now < state.pausedUntilMs) return;
  const limit = (isOutage ? duringOutage.atOnceMax : atOnceMax) - underWay.size;
  if (limit <= 0) return;
  forgetOld(held, now);
  const waiting = [...held].filter(([, { untilMs }]) => untilMs > now).map(([id]) => id);
  const except = [...waiting, ...underWay.keys()];
  const wishes = await readRetryWishes(pool, { except, after: state.after, limit });
  state.mayHaveMore = wishes.length === limit;
  for (const wish of wishes) {
    state.after = wish.id;
    underWay.set(wish.id, tellOne(state, wish));
  }
}

/** Never rejects. */
async function tellOne(state: TellerState, wish: RetryWish): Promise<void> {
  const { pool, held, underWay, startRetry, onFailure, monotonicMs } = state;
  const { id } = wish;
  const failures = held.get(id)?.failures ?? 0;
  // Events that are parked from here on ask for another signal.
  held.delete(id);
  let isTold = false;
  try {
    await startRetry(id);
    state.failuresInRow = 0;
    await retryWasTold(pool, wish);
    isTold = true;
  } catch (error) {
    const now = monotonicMs();
    const waitMs = Math.min(backOffMs.least * 2 ** failures, backOffMs.most);
    held.set(id, { failures: failures + 1, untilMs: now + waitMs });
    state.failuresInRow += 1;
    state.pausedUntilMs = now + duringOutage.pauseMs;
    onFailure(id, error);
  } finally {
    underWay.delete(id);
    if (isTold && state.mayHaveMore) state.onRoom();
  }
}

/** An endpoint that was deleted or disabled, or that another process told, is asked for no more. */
function forgetOld(held: TellerState['held'], now: number): void {
  for (const [id, { untilMs }] of held) if (now - untilMs > backOffMs.most) held.delete(id);
}
