// Temporal's failures in words: an answer that did not come is one thing, a refusal is another.
import { isGrpcServiceError, ServiceError } from '@temporalio/client';

/** Temporal, or a worker behind it, did not answer in time. Nothing is known of what was asked for. */
export class TemporalUnavailableError extends Error {
  override readonly name = 'TemporalUnavailableError';
}

/** gRPC: CANCELLED, DEADLINE_EXCEEDED, UNAVAILABLE. */
const unanswered: readonly number[] = [1, 4, 14];

/** Runs `work` and turns what means "no answer" into TemporalUnavailableError; other errors pass. */
export async function whenTemporalAnswers<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    throw new TemporalUnavailableError(
      'Neither Temporal nor a worker answered in time; look again before asking again.',
      { cause: error },
    );
  }
}

function isUnanswered(error: unknown): boolean {
  if (isGrpcServiceError(error)) return unanswered.includes(error.code);
  if (!(error instanceof Error)) return false;
  // The lazy connection's first attempt fails with an error of its own, without a code.
  if (error.message.startsWith('Failed to connect')) return true;
  if (error instanceof ServiceError || error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError')
    return error.cause === undefined || isUnanswered(error.cause);
  return false;
}
