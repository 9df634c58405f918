// Asks Temporal with a deadline, and tells "no answer" apart from a refusal. Every call of our client of
// Temporal goes through here. So it ends in bounded time, and always fails with the same error if Temporal is
// away.
import { type Client, isGrpcServiceError, ServiceError } from '@temporalio/client';

/** Temporal, or a worker that it asked, did not answer in time. The request may still take effect. */
export class TemporalUnavailableError extends Error {
  override readonly name = 'TemporalUnavailableError';
}

/** Longest wait for Temporal itself. */
const temporalWaitMaxMs = 3_000;

/** gRPC: CANCELLED, DEADLINE_EXCEEDED, UNAVAILABLE. */
const unansweredCodes: readonly number[] = [1, 4, 14];

export type Ask = <T>(work: () => Promise<T>, waitMaxMs?: number) => Promise<T>;

/** `ask` throws TemporalUnavailableError if no answer comes in time. Other errors pass. */
export function createAsk(client: Client): Ask {
  return async (work, waitMaxMs = temporalWaitMaxMs) => {
    try {
      return await client.withDeadline(Date.now() + waitMaxMs, work);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      throw new TemporalUnavailableError(
        'Neither Temporal nor a worker answered in time; look again before asking again.',
        { cause: error },
      );
    }
  };
}

function isUnanswered(error: unknown): boolean {
  if (isGrpcServiceError(error)) return unansweredCodes.includes(error.code);
  if (!(error instanceof Error)) return false;
  // The first attempt of a lazy connection fails with an error without a code.
  if (error.message.startsWith('Failed to connect')) return true;
  if (error instanceof ServiceError || error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError')
    return error.cause === undefined || isUnanswered(error.cause);
  return false;
}
