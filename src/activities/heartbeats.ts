// Heartbeats by the clock beside one piece of work, and the signal with which it has to end: the workflow was
// cancelled or paused, or the worker stops.
import { ApplicationFailure, Context } from '@temporalio/activity';
import { RebuildSupersededError } from '../projections/projection.ts';

const heartbeatIntervalMs = 1_000;

/** Runs `work` while heartbeats tell `details()`. */
export async function withHeartbeats<T>(details: () => unknown, work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => {
    context.heartbeat(details());
  }, heartbeatIntervalMs);
  context.heartbeat(details());
  try {
    return await work();
  } catch (error) {
    throw inWords(error);
  } finally {
    clearInterval(timer);
  }
}

/** Throws where the activity was cancelled; Temporal then records it as cancelled. */
export function throwIfCancelled(): void {
  const { cancellationSignal } = Context.current();
  if (cancellationSignal.aborted) throw cancellationSignal.reason;
}

/** Refuses an argument that no retry can mend, in words for whoever started the workflow. */
export function wrongArgument(sentence: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(sentence, 'WrongArgument');
}

/**
 * The error without its cause and stack, which would stand in Temporal's history for every attempt. What means that the
 * activity was cancelled, and what is in words already, stays as it is.
 */
export function inWords(error: unknown, type = error instanceof Error ? error.name : 'Unknown'): unknown {
  if (error instanceof ApplicationFailure || error === Context.current().cancellationSignal.reason)
    return error;
  return ApplicationFailure.create({
    type,
    message: error instanceof Error ? error.message : String(error),
    // Waiting brings back a store that is away, and nothing of a rebuild that was taken away.
    nonRetryable: error instanceof RebuildSupersededError,
  });
}
