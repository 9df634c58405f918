// Calls of the client that got no answer at all: a benchmark counts them instead of ending with them.
import { UnexpectedAnswerError, WalletConnectionError } from '../../src/client/index.ts';

/** For `catch`: undefined where no answer came, or none of the service. Other errors pass. */
export function unanswered(error: unknown): undefined {
  if (error instanceof WalletConnectionError || error instanceof UnexpectedAnswerError) return undefined;
  throw error;
}
