// Collects the outcomes of one endpoint since its cursor was last stored: how many requests succeeded, which
// events have to be parked, and for how long everything has failed. Pure.
import { nameOfKind } from '../feed/feedTypes.ts';
import type { FeedEvent } from '../feed/mapEvents.ts';
import type { Attempt } from './delivery.ts';
import { failuresInRowMax } from './endpoint.ts';
import type { Move, Parked } from './lane.ts';
import type { LaneRow } from './laneReader.ts';
import { delayBefore } from './retrySchedule.ts';

type Done = Pick<Move, 'delivered' | 'lastEventAt' | 'last'>;

export interface Outcomes {
  readonly delivered: (event: FeedEvent, attempt: Attempt) => void;
  /** The event is to be parked. */
  readonly failed: (event: FeedEvent, attempt: Attempt) => void;
  readonly failuresInRow: () => number;
  /** For how long everything has failed, with what was stored before. Null after a success. */
  readonly failingMs: () => number | null;
  /** Takes what the store says. It counts until an attempt ends. */
  readonly knowFailing: (failingMs: number | null) => void;
  readonly toPark: () => readonly Parked[];
  readonly isEmpty: () => boolean;
  /** Hands everything over, and begins anew. */
  readonly take: () => Done &
    Pick<Move, 'succeededAgoMs' | 'failedAgoMs'> & { readonly parked: readonly Parked[] };
}

export interface OutcomesDeps {
  /** In [0, 1). */
  readonly random: () => number;
  /** Monotonic. */
  readonly monotonicMs: () => number;
}

const nothing: Done = { delivered: 0, lastEventAt: null, last: null };

/** The failures of the endpoint as they are stored. */
type Stored = Pick<LaneRow, 'failingMs' | 'failuresInRow' | 'lane'>;

/**
 * A receiver that is down stays so over a restart, so failures that are stored count. A trial decides by its
 * first attempt, and a failure counts as the last one of a row.
 */
export function createOutcomes({ random, monotonicMs }: OutcomesDeps, stored: Stored): Outcomes {
  let done = nothing;
  let toPark: Parked[] = [];
  const isTrial = stored.lane === 'trial';
  let failuresInRow = Math.min(isTrial ? Infinity : stored.failuresInRow, failuresInRowMax - 1);
  // Times of the monotonic clock. They are stored as ages, so the clock of the database rules what is stored.
  const timeOf = (agoMs: number | null) => (agoMs === null ? null : monotonicMs() - agoMs);
  const ageOf = (time: number | null) => (time === null ? null : monotonicMs() - time);
  let failingSince = timeOf(stored.failingMs);
  let firstFailureAt: number | null = null;
  let succeededAt: number | null = null;
  return {
    delivered: ({ occurredAt }, attempt) => {
      failuresInRow = 0;
      [failingSince, firstFailureAt] = [null, null];
      succeededAt = monotonicMs();
      done = { delivered: done.delivered + 1, lastEventAt: occurredAt, last: attempt };
    },
    failed: ({ position, alertNumber, walletId, version, type }, attempt) => {
      const delayMs = delayBefore(2, random(), attempt.retryAfterMs) ?? 0;
      const name = nameOfKind(type);
      toPark.push({ position, alertNumber, walletId, version, type: name, attempt, delayMs });
      failuresInRow += 1;
      firstFailureAt ??= monotonicMs();
      failingSince ??= firstFailureAt;
      done = { ...done, last: attempt };
    },
    failuresInRow: () => failuresInRow,
    failingMs: () => ageOf(failingSince),
    knowFailing: (failingMs) => {
      if (done.last !== null) return;
      failingSince = timeOf(failingMs);
      // A retry succeeded.
      if (failingMs === null) failuresInRow = isTrial ? failuresInRow : 0;
    },
    toPark: () => toPark,
    isEmpty: () => done.last === null,
    take: () => {
      const ages = { succeededAgoMs: ageOf(succeededAt), failedAgoMs: ageOf(firstFailureAt) };
      const taken = { ...done, ...ages, parked: toPark };
      [done, toPark, firstFailureAt, succeededAt] = [nothing, [], null, null];
      return taken;
    },
  };
}
