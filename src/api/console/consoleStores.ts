// One look at PostgreSQL, the parts and this process's counters for the console: what is shown of them, and the
// sample that its plots get.
import type { Pool } from 'pg';
import { isDatabaseUnavailable } from '../../eventStore/databaseFailure.ts';
import { type ParkedEvent, readParkedEvents } from '../../projections/parked/resolveParked.ts';
import { readOutboxDepth } from '../../projections/outbox/outbox.ts';
import type { ParkedEventSnapshot, ProjectionSnapshot, Sample, StoresSnapshot } from './consoleSnapshot.ts';
import { type CommandCounts, ratesBetween, readCommandCounts } from './consoleRates.ts';
import type { Exposition, Readiness } from '../process/processRoutes.ts';
import { type ProjectionState, readProjectionStates } from '../../projections/checkpoints.ts';

export interface ConsoleStoresDeps {
  readonly pool: Pool;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: () => Promise<Exposition>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Rows of the failures' table; what lies behind them is counted with the projections. */
const failuresMax = 50;

type Stores = NonNullable<StoresSnapshot['stores']>;
export interface StoresAnswer extends StoresSnapshot {
  readonly atMs: number;
  readonly sample: Sample | null;
}

/** A look that remembers the one before it, which rates are counted from. */
export function createStoresReader(deps: ConsoleStoresDeps): () => Promise<StoresAnswer> {
  let before: { readonly atMs: number; readonly head: number; readonly counts: CommandCounts } | undefined;
  return async () => {
    const [{ parts }, stores, exposition] = await Promise.all([
      deps.readiness(),
      readStores(deps),
      deps.metrics(),
    ]);
    const atMs = deps.now();
    const head = stores?.projections[0]?.head;
    if (stores === null || head === undefined) return { parts, stores, atMs, sample: null };
    const counts = readCommandCounts(exposition.text);
    const elapsedMs = before === undefined ? 0 : atMs - before.atMs;
    const isFirst = before === undefined || elapsedMs <= 0;
    const sample: Sample = {
      atMs,
      lagMs: ofEach(stores, ({ lagMs }) => lagMs),
      behind: ofEach(stores, ({ behind }) => behind),
      outbox: stores.outbox.unprocessed,
      eventsPerS: isFirst || before === undefined ? null : ((head - before.head) * 1_000) / elapsedMs,
      commands: isFirst || before === undefined ? null : ratesBetween(before.counts, counts, elapsedMs),
    };
    before = { atMs, head, counts };
    return { parts, stores, atMs, sample };
  };
}

async function readStores({ pool, now }: ConsoleStoresDeps): Promise<Stores | null> {
  try {
    const [states, outbox, failures] = await Promise.all([
      readProjectionStates(pool),
      readOutboxDepth(pool),
      readParkedEvents(pool, { projection: undefined, after: 0n, limit: failuresMax }),
    ]);
    return {
      projections: states.map((state) => toProjectionSnapshot(state, now())),
      outbox: { unprocessed: outbox.unprocessed, lagMs: outbox.lagMs },
      failures: failures.map(toParkedEventSnapshot),
    };
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    return null;
  }
}

/** A projection that last moved longer ago than this is not late, it has nothing to do. */
const movedLatelyMs = 2_000;

function toProjectionSnapshot(state: ProjectionState, nowMs: number): ProjectionSnapshot {
  const { projection, position, head, updatedAt, lastLagMs, waitingSince, parked } = state;
  const sinceMovedMs = nowMs - updatedAt.getTime();
  const takenLateMs = sinceMovedMs < movedLatelyMs ? lastLagMs : 0;
  return {
    projection,
    position: Number(position),
    head: Number(head),
    behind: Number(head - position),
    updatedAt: updatedAt.toISOString(),
    lagMs: waitingSince === null ? takenLateMs : Math.max(0, nowMs - waitingSince.getTime()),
    parked,
  };
}

function toParkedEventSnapshot(failure: ParkedEvent): ParkedEventSnapshot {
  const { projection, position, walletId, attempts, lastError, firstFailedAt, nextAttemptAt } = failure;
  return {
    projection,
    position: Number(position),
    walletId,
    attempts,
    lastError,
    firstFailedAt: firstFailedAt.toISOString(),
    nextAttemptAt: nextAttemptAt.toISOString(),
  };
}

function ofEach(
  { projections }: Stores,
  figure: (look: ProjectionSnapshot) => number,
): Record<ProjectionSnapshot['projection'], number> {
  const of = (name: ProjectionSnapshot['projection']) => {
    const look = projections.find(({ projection }) => projection === name);
    return look === undefined ? 0 : figure(look);
  };
  return { 'read-model': of('read-model'), ledger: of('ledger') };
}
