// The activity of the drain workflows. It returns normally when its budget is used up or its worker stops, so
// that neither counts as a failed attempt. If a store is away, it fails with a sentence. The Web UI then
// shows the reason and the number of events that wait.
import { ApplicationFailure, Context } from '@temporalio/activity';
import { countWaitingEvents } from '../projections/checkpoints.ts';
import { drain, type DrainDeps, type SelfDrained } from '../projections/drain/drain.ts';
import type { DrainPass } from '../projections/drain/drainBatch.ts';
import { LogGapError } from '../projections/projectEvents.ts';
import type { Projection } from '../projections/projection.ts';
import type { ProjectionName } from '../projections/registry.ts';
import type { Sinks } from '../projections/sinks.ts';
import { beyondCancel, throwIfCancelled, toFailure, withHeartbeats } from './heartbeats.ts';

export interface DrainArgument {
  readonly projection: ProjectionName;
}

/** Counts and positions only, because Temporal's history stores results. */
export interface DrainResult {
  readonly processed: number;
  readonly parked: number;
  readonly resolved: number;
  readonly position: number | null;
  readonly reason: 'budget' | 'shutdown' | 'superseded';
}

interface DrainActivityDeps extends DrainDeps {
  readonly projections: Sinks;
  readonly stopping: AbortSignal;
  readonly drainWatch?: DrainWatch;
}

/** Hears what the drains do, for the worker's metrics. */
export interface DrainWatch {
  /** After every pass, empty ones included. */
  readonly passed: (projection: ProjectionName, pass: DrainPass) => void;
  /** Whenever a page begins or ends, with the number of pages in hand. */
  readonly pagesInHand: (projection: ProjectionName, pages: number) => void;
  /** After a drain that ended well, with the number of parked events that its retries resolved. */
  readonly drained: (projection: ProjectionName, resolved: number) => void;
  /** After a drain that threw and will be tried again. */
  readonly drainFailed: (projection: ProjectionName) => void;
}

/**
 * Drains of one projection in one process. Usually there is one. A second one may start while the first
 * hangs, or while the first belongs to a run that Temporal has given up.
 */
export const drainsOfProjectionMax = 2;

/**
 * Invariant: however many drains a backfill of a schedule starts, most activity slots and connections of a
 * worker stay free. A drain beyond the limit leaves the events to those under way.
 */
export function createDrainActivities(deps: DrainActivityDeps) {
  const underWay: Record<string, number> = {};
  return {
    drainProjection: async (argument: DrainArgument): Promise<DrainResult> => {
      const name = projectionNamed(deps, argument.projection).name;
      if ((underWay[name] ?? 0) >= drainsOfProjectionMax)
        return { processed: 0, parked: 0, resolved: 0, position: null, reason: 'superseded' };
      underWay[name] = (underWay[name] ?? 0) + 1;
      try {
        return await drainProjection(deps, argument);
      } finally {
        underWay[name] -= 1;
      }
    },
  };
}

async function drainProjection(
  deps: DrainActivityDeps,
  { projection: name }: DrainArgument,
): Promise<DrainResult> {
  const { cancellationSignal } = Context.current();
  const projection = projectionNamed(deps, name);
  const seen = { position: null as number | null, processed: 0, parked: 0 };
  // If a pass hangs, another attempt begins. The compare-and-set of the checkpoint then shuts this one out.
  return withHeartbeats({ details: () => ({ ...seen }), now: deps.now }, async ({ stepEnded }) => {
    try {
      const stop = AbortSignal.any([deps.stopping, cancellationSignal]);
      const onPass = (pass: DrainPass) => {
        stepEnded();
        seen.position = Number(pass.position);
        seen.processed += pass.processed;
        seen.parked += pass.parked;
        deps.drainWatch?.passed(name, pass);
      };
      const onPagesInHand = (pages: number) => deps.drainWatch?.pagesInHand(name, pages);
      const { reason, ...counts } =
        projection.writes === 'by-itself'
          ? // Its requests may outlive this activity, and their statements must not end with it.
            await beyondCancel(() => projection.drain(deps, stop, onPass))
          : await drain({ ...deps, onPagesInHand }, projection, stop, onPass);
      deps.drainWatch?.drained(name, counts.resolved);
      if (reason === 'stopped') throwIfCancelled(deps.stopping);
      return { ...counts, reason: reason === 'stopped' ? 'shutdown' : reason };
    } catch (error) {
      if (cancellationSignal.aborted) throw cancellationSignal.reason;
      deps.drainWatch?.drainFailed(name);
      throw toFailure(error, `; ${await waitingInWords(deps, name)}`, isGap);
    }
  });
}

/**
 * A drain is tried again whatever its failure is, because its events stay. Only a gap in the log ends the
 * run: the schedule starts the next one, which goes on once the event is restored.
 */
const isGap = (error: unknown) => error instanceof LogGapError;

function projectionNamed({ projections }: DrainActivityDeps, name: string): Projection | SelfDrained {
  const projection = Object.entries(projections).find(([known]) => known === name)?.[1];
  if (projection === undefined) {
    throw ApplicationFailure.nonRetryable(
      `there is no projection "${name}", only ${Object.keys(projections).join(', ')}`,
      'UnknownProjection',
    );
  }
  return projection;
}

function waitingInWords({ pool }: DrainActivityDeps, name: ProjectionName): Promise<string> {
  return countWaitingEvents(pool, name).then(
    (count) => `${count.toLocaleString('en-US')} events wait`,
    () => 'PostgreSQL could not say how many events wait',
  );
}
