// Reads the console's snapshot of PostgreSQL, of the parts and of this process's command counts. The plots
// show a sample of it.
import type { Pool } from 'pg';
import { type ArchiveSums, readArchiveSums } from '../../archive/archiveStatus.ts';
import { isDatabaseUnavailable } from '../../eventStore/databaseFailure.ts';
import { type ProjectionName, projectionNames } from '../../projections/registry.ts';
import type { CommandCounts } from '../../telemetry/commandCounts.ts';
import type { Readiness } from '../../telemetry/readiness.ts';
import type { ParkedEvent } from '../../projections/parked/resolveParked.ts';
import { readSegmentsAhead } from '../../eventStore/segments.ts';
import { readOutboxDepth } from '../../projections/outbox/outbox.ts';
import { readParkedEventPage } from '../admin/parkedEventRoutes.ts';
import type { ParkedEventSnapshot, ProjectionSnapshot, Sample, StoresSnapshot } from './consoleSnapshot.ts';
import { ratesBetween } from './consoleRates.ts';
import { type ProjectionState, readProjectionStates } from '../../projections/checkpoints.ts';

export interface ConsoleStoresDeps {
  readonly pool: Pool;
  readonly readiness: () => Promise<Readiness>;
  readonly commandCounts: () => Promise<CommandCounts>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Parked events in one snapshot. The page loads further ones when its reader asks for them. */
const parkedEventsMax = 20;

type Stores = NonNullable<StoresSnapshot['stores']>;
export interface StoresAnswer extends StoresSnapshot {
  readonly atMs: number;
  readonly sample: Sample | null;
}

/**
 * Each call reads one snapshot. Rates are computed from the previous snapshot, which the reader remembers.
 */
export function createStoresReader(deps: ConsoleStoresDeps): () => Promise<StoresAnswer> {
  let before: { readonly atMs: number; readonly head: number; readonly counts: CommandCounts } | undefined;
  return async () => {
    const [{ parts }, stores, counts] = await Promise.all([
      deps.readiness(),
      readStores(deps),
      deps.commandCounts(),
    ]);
    const atMs = deps.now();
    const head = stores?.projections[0]?.head;
    if (stores === null || head === undefined) return { parts, stores, atMs, sample: null };
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
    const [states, outbox, archive, segmentsAhead, parked] = await Promise.all([
      readProjectionStates(pool),
      readOutboxDepth(pool),
      readArchiveSums(pool),
      readSegmentsAhead(pool),
      readParkedEventPage(pool, undefined, undefined, parkedEventsMax),
    ]);
    return {
      projections: states.map((state) => toProjectionSnapshot(state, now())),
      outbox: { unprocessed: outbox.unprocessed, lagMs: outbox.lagMs },
      archive: toArchiveSnapshot(archive),
      segmentsAhead,
      failures: parked.rows.map(toParkedEventSnapshot),
      nextFailures: parked.nextCursor,
    };
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    return null;
  }
}

function toArchiveSnapshot({ segments, bytes, restored }: ArchiveSums): Stores['archive'] {
  return segments === 0 ? null : { segments, bytes, restored };
}

/** A projection that moved last before this time is not late: it has nothing to do. */
const movedLatelyMs = 2_000;

function toProjectionSnapshot(state: ProjectionState, nowMs: number): ProjectionSnapshot {
  const { projection, position, head, updatedAt, lastLagMs, waitingSince, waitingMs, parked } = state;
  const sinceMovedMs = nowMs - updatedAt.getTime();
  const takenLateMs = sinceMovedMs < movedLatelyMs ? lastLagMs : 0;
  return {
    projection,
    position: Number(position),
    head: Number(head),
    behind: Number(head - position),
    updatedAt: updatedAt.toISOString(),
    lagMs: waitingSince === null ? takenLateMs : waitingMs,
    parked,
  };
}

function toParkedEventSnapshot(parked: ParkedEvent): ParkedEventSnapshot {
  const { projection, position, walletId, attempts, lastError, firstFailedAt, nextAttemptAt } = parked;
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
  valueOf: (snapshot: ProjectionSnapshot) => number,
): Record<ProjectionName, number> {
  const of = (name: ProjectionName) => {
    const snapshot = projections.find(({ projection }) => projection === name);
    return snapshot === undefined ? 0 : valueOf(snapshot);
  };
  return Object.fromEntries(projectionNames.map((name) => [name, of(name)])) as Record<
    ProjectionName,
    number
  >;
}
