// Runs the work of an activity while heartbeats tell Temporal that it goes on and how far it has come. A
// worker that died stops beating, and another worker then takes the work over. Errors leave an activity as
// one sentence.
import { activityInfo, ApplicationFailure, asyncLocalStorage, Context } from '@temporalio/activity';
import { ElasticsearchUnavailableError } from '../projections/readModel/elasticsearch.ts';
import { isPermanent } from '../projections/permanentFailure.ts';

const heartbeatIntervalMs = 1_000;
/** A step that takes longer hangs. Its heartbeats stop, and Temporal starts another attempt. */
const stepTimeMaxMs = 60_000;
/** A resumable activity returns after this time, so that a pause of its workflow takes effect soon. */
const resumableTimeMaxMs = 3_000;

export interface Heartbeats {
  /** Says that a step has ended, for work that may hang. */
  readonly stepEnded: () => void;
  readonly beat: () => void;
}

interface HeartbeatOptions {
  readonly details: () => unknown;
  /** Monotonic milliseconds. Without it a step may take any time, as one long statement does. */
  readonly now?: () => number;
}

/**
 * A cancelled activity ends after this time, even if its store does not answer. Its last request may still
 * take effect, so every step may run late. An index therefore has a number of its own, and the next rebuild
 * of the ledger drops the tables of an earlier one.
 */
const cancelGraceMs = 2_000;

/** Rejects some time after the activity was cancelled. A worker that stops lets its work return instead. */
function cancelled(signal: AbortSignal): { readonly promise: Promise<never>; readonly end: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const begin = () => {
    timer = setTimeout(() => {
      reject(signal.reason as Error);
    }, cancelGraceMs);
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return {
    promise,
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', begin);
    },
  };
}

/** The signal of the activity that asks, for the clients of the stores. Undefined outside of activities. */
export function activitySignal(): AbortSignal | undefined {
  return asyncLocalStorage.getStore()?.cancellationSignal;
}

/** Runs work that a cancel must not end half-way. It has to be short. */
export function beyondCancel<T>(work: () => Promise<T>): Promise<T> {
  return asyncLocalStorage.exit(work);
}

/** Beats by the clock and not by the step, because a slow store is no dead worker. */
export async function withHeartbeats<T>(
  { details, now }: HeartbeatOptions,
  work: (heartbeats: Heartbeats) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const clock = now ?? (() => 0);
  let stepEndedAt = clock();
  const beat = () => {
    if (clock() - stepEndedAt < stepTimeMaxMs) context.heartbeat(details());
  };
  const timer = setInterval(beat, heartbeatIntervalMs);
  const cancellation = cancelled(context.cancellationSignal);
  beat();
  try {
    const working = work({
      beat,
      stepEnded: () => {
        stepEndedAt = clock();
      },
    });
    return await Promise.race([working, cancellation.promise]);
  } catch (error) {
    // A statement that the cancel ended fails, and that failure is not the outcome.
    throw context.cancellationSignal.aborted ? context.cancellationSignal.reason : toFailure(error);
  } finally {
    clearInterval(timer);
    cancellation.end();
  }
}

export interface ResumableDeps {
  readonly stopping: AbortSignal;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export interface ResumableRun<Progress> {
  /** The progress that the last attempt's heartbeat told. */
  readonly resume: Progress | undefined;
  /** When aborted, the work returns with what it has done. */
  readonly stop: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

/**
 * Runs a bounded part of a longer job. It returns normally if its worker stops, and the workflow calls it
 * again.
 */
export async function runResumable<Progress, Result>(
  { stopping, now }: ResumableDeps,
  work: (run: ResumableRun<Progress>) => Promise<Result>,
): Promise<Result> {
  const { cancellationSignal } = Context.current();
  const resume = activityInfo().heartbeatDetails as Progress | undefined;
  let reached = resume;
  // Not AbortSignal.timeout: nothing but AbortSignal.any would refer to it, and that lets it be collected as
  // garbage before its time.
  const timeUp = new AbortController();
  const timer = setTimeout(() => {
    timeUp.abort();
  }, resumableTimeMaxMs);
  try {
    return await withHeartbeats({ details: () => reached, now }, async ({ stepEnded, beat }) => {
      const result = await work({
        resume,
        stop: AbortSignal.any([stopping, cancellationSignal, timeUp.signal]),
        progress: (progress) => {
          reached = progress;
          stepEnded();
          beat();
        },
      });
      throwIfCancelled(stopping);
      return result;
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Throws if Temporal cancelled, paused or timed out this attempt. A worker that stops lets its work return
 * instead.
 */
export function throwIfCancelled(stopping?: AbortSignal): void {
  const { cancellationSignal } = Context.current();
  if (cancellationSignal.aborted && stopping?.aborted !== true) throw cancellationSignal.reason;
}

/**
 * Reduces an error to its type and its message, because Temporal's history would store cause and stack for
 * every attempt. Cancellations and ApplicationFailures are returned unchanged.
 */
export function toFailure(error: unknown, addition = '', isFinal = isPermanent): unknown {
  if (error instanceof ApplicationFailure || error === Context.current().cancellationSignal.reason)
    return error;
  const message = error instanceof Error ? error.message : String(error);
  return ApplicationFailure.create({
    type: typeOf(error),
    message: `${message}${addition}`,
    nonRetryable: isFinal(error),
  });
}

function typeOf(error: unknown): string {
  if (error instanceof ElasticsearchUnavailableError) return 'ElasticsearchUnavailable';
  return error instanceof Error ? error.name : 'Unknown';
}
