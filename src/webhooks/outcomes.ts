// Collects the outcomes of one endpoint since its cursor was last stored: how many requests succeeded, which
// events have to be parked, and for how long everything has failed. Pure.
import { nameOfKind } from '../feed/feedTypes.ts';
import type { FeedEvent } from '../feed/mapEvents.ts';
import type { Attempt } from './delivery.ts';
import { failuresInRowMax } from './endpoint.ts';
import type { Move, Parked } from './lane.ts';
import type { LaneRow } from './laneReader.ts';
import { delayBefore } from './retrySchedule.ts';

type Done = Pick<Move, 'delivered' | 'lastEventAt' | 'last' | 'succeededAt'>;

export interface Outcomes {
  readonly delivered: (event: FeedEvent, attempt: Attempt) => void;
  /** The event is to be parked. */
  readonly failed: (event: FeedEvent, attempt: Attempt) => void;
  readonly failuresInRow: () => number;
  /** Since when everything fails, with what was stored before. */
  readonly failingSince: () => Date | null;
  /** Takes what the store says. It counts until an attempt ends. */
  readonly knowFailingSince: (since: Date | null) => void;
  readonly toPark: () => readonly Parked[];
  readonly isEmpty: () => boolean;
  /** Hands everything over, and begins anew. */
  readonly take: () => Done & { readonly parked: readonly Parked[]; readonly firstFailureAt: Date | null };
}

export interface OutcomesDeps {
  /** In [0, 1). */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const nothing: Done = { delivered: 0, lastEventAt: null, last: null, succeededAt: null };

/** The failures of the endpoint as they are stored. */
type Stored = Pick<LaneRow, 'firstFailureAt' | 'failuresInRow' | 'lane'>;

/**
 * A receiver that is down stays so over a restart, so failures that are stored count. A trial decides by its
 * first attempt, and a failure counts as the last one of a row.
 */
export function createOutcomes({ random, now }: OutcomesDeps, stored: Stored): Outcomes {
  let done = nothing;
  let toPark: Parked[] = [];
  const isTrial = stored.lane === 'trial';
  let failuresInRow = Math.min(isTrial ? Infinity : stored.failuresInRow, failuresInRowMax - 1);
  let failingSince = stored.firstFailureAt;
  let firstFailureAt: Date | null = null;
  return {
    delivered: ({ occurredAt }, attempt) => {
      failuresInRow = 0;
      [failingSince, firstFailureAt] = [null, null];
      done = {
        ...{ delivered: done.delivered + 1, lastEventAt: occurredAt },
        ...{ last: attempt, succeededAt: new Date(now()) },
      };
    },
    failed: ({ position, alertNumber, walletId, version, type }, attempt) => {
      const delayMs = delayBefore(2, random(), attempt.retryAfterMs) ?? 0;
      const name = nameOfKind(type);
      toPark.push({ position, alertNumber, walletId, version, type: name, attempt, delayMs });
      failuresInRow += 1;
      firstFailureAt ??= new Date(now());
      failingSince ??= firstFailureAt;
      done = { ...done, last: attempt };
    },
    failuresInRow: () => failuresInRow,
    failingSince: () => failingSince,
    knowFailingSince: (since) => {
      if (done.last !== null) return;
      failingSince = since;
      // A retry succeeded.
      if (since === null) failuresInRow = isTrial ? failuresInRow : 0;
    },
    toPark: () => toPark,
    isEmpty: () => done.last === null,
    take: () => {
      const taken = { ...done, parked: toPark, firstFailureAt };
      [done, toPark, firstFailureAt] = [nothing, [], null];
      return taken;
    },
  };
}
