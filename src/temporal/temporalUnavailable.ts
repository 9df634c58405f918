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

/** Hears of each call that Temporal answered, and of each that it did not. A refusal is an answer. */
export interface TemporalWatch {
  readonly failed: (error: unknown) => void;
  readonly worked: () => void;
}

/** `ask` throws TemporalUnavailableError if no answer comes in time. Other errors pass. */
export function createAsk(client: Client, watch?: TemporalWatch): Ask {
  return async (work, waitMaxMs = temporalWaitMaxMs) => {
    try {
      const answer = await client.withDeadline(Date.now() + waitMaxMs, work);
      watch?.worked();
      return answer;
    } catch (error) {
      if (!isUnanswered(error)) {
        watch?.worked();
        throw error;
      }
      // A query or an update waits for a worker, so it proves nothing about Temporal itself.
      if (waitMaxMs === temporalWaitMaxMs) watch?.failed(error);
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
