// The activity behind the drain schedules. It returns normally when its budget is used up or its worker stops, so
// that neither counts as a failed attempt; it fails in words when a store is away, so that the Web UI's pending
// activity tells an operator what is wrong and how much waits.
import { ApplicationFailure, Context } from '@temporalio/activity';
import { countWaitingEvents } from '../projections/checkpoints.ts';
import { drain, type DrainDeps } from '../projections/drain/drain.ts';
import type { DrainPass } from '../projections/drain/drainBatch.ts';
import type { Projection, ProjectionName } from '../projections/projection.ts';
import { ElasticsearchUnavailableError } from '../projections/readModel/elasticsearch.ts';

export interface DrainArgument {
  readonly projection: ProjectionName;
}

/** What a run did. Counts and positions only: results stand in Temporal's history. */
export interface DrainResult {
  readonly processed: number;
  readonly parked: number;
  readonly resolved: number;
  readonly position: number | null;
  readonly reason: 'budget' | 'shutdown' | 'superseded';
}

interface DrainActivityDeps extends DrainDeps {
  readonly projections: Readonly<Record<ProjectionName, Projection>>;
  readonly stopping: AbortSignal;
  /** Hears what the drains do, for the worker's figures. */
  readonly drainWatch?: DrainWatch;
}

export interface DrainWatch {
  /** After every pass, empty ones included. */
  readonly passed: (projection: ProjectionName, pass: DrainPass) => void;
  /** After a drain that ended well: how many parked events its retries got through. */
  readonly drained: (projection: ProjectionName, resolved: number) => void;
  /** After a drain that threw and will be tried again. */
  readonly drainFailed: (projection: ProjectionName) => void;
}

const heartbeatIntervalMs = 1_000;
/**
 * Longest pass that heartbeats speak for. One that takes longer hangs: its heartbeats end, Temporal starts another
 * attempt, and the checkpoint's compare-and-set shuts this one out.
 */
const passTimeMaxMs = 60_000;

export async function drainProjection(
  deps: DrainActivityDeps,
  { projection: name }: DrainArgument,
): Promise<DrainResult> {
  const { cancellationSignal } = Context.current();
  const projection = projectionNamed(deps, name);
  const beats = startHeartbeats(deps.now);
  try {
    const stop = AbortSignal.any([deps.stopping, cancellationSignal]);
    const { reason, ...figures } = await drain(deps, projection, stop, (pass) => {
      beats.onPass(pass);
      deps.drainWatch?.passed(name, pass);
    });
    deps.drainWatch?.drained(name, figures.resolved);
    // Someone cancelled, paused or timed out this attempt: it has to end as what it is.
    if (reason === 'stopped' && !deps.stopping.aborted) throw cancellationSignal.reason;
    return { ...figures, reason: reason === 'stopped' ? 'shutdown' : reason };
  } catch (error) {
    if (error === cancellationSignal.reason) throw error;
    deps.drainWatch?.drainFailed(name);
    throw await failureInWords(deps, name, error);
  } finally {
    beats.end();
  }
}

function projectionNamed({ projections }: DrainActivityDeps, name: string): Projection {
  const projection = Object.entries(projections).find(([known]) => known === name)?.[1];
  if (projection === undefined) {
    throw ApplicationFailure.nonRetryable(
      `there is no projection "${name}", only ${Object.keys(projections).join(' and ')}`,
      'UnknownProjection',
    );
  }
  return projection;
}

/** Heartbeats by the clock, not by the pass: a slow Elasticsearch is no dead worker. */
function startHeartbeats(now: () => number) {
  const context = Context.current();
  const details = { position: null as number | null, processed: 0, parked: 0 };
  let passEndedAt = now();
  const beat = () => {
    if (now() - passEndedAt < passTimeMaxMs) context.heartbeat({ ...details });
  };
  const timer = setInterval(beat, heartbeatIntervalMs);
  beat();
  return {
    onPass: (pass: { position: bigint; processed: number; parked: number }) => {
      passEndedAt = now();
      details.position = Number(pass.position);
      details.processed += pass.processed;
      details.parked += pass.parked;
    },
    end: () => {
      clearInterval(timer);
    },
  };
}

/** Without a cause: its stack and its request would stand in Temporal's history, for every attempt. */
async function failureInWords(
  deps: DrainActivityDeps,
  name: ProjectionName,
  error: unknown,
): Promise<ApplicationFailure> {
  const { type, reason } = describe(error);
  const waiting = await countWaitingEvents(deps.pool, name).then(
    (count) => `${count.toLocaleString('en-US')} events wait`,
    () => 'PostgreSQL could not say how many events wait',
  );
  return ApplicationFailure.create({ type, message: `${reason}; ${waiting}`, nonRetryable: false });
}

function describe(error: unknown): { type: string; reason: string } {
  if (error instanceof ElasticsearchUnavailableError) {
    return { type: 'ElasticsearchUnavailable', reason: error.message };
  }
  if (error instanceof Error) return { type: error.name, reason: error.message };
  return { type: 'Unknown', reason: String(error) };
}
