// Calls of the client without any answer. A benchmark counts them instead of ending with them.
import { UnexpectedAnswerError, WalletConnectionError } from '../../src/client/index.ts';

/** For `catch`: undefined if no answer came, or not from the service. Other errors pass. */
export function unanswered(error: unknown): undefined {
  if (error instanceof WalletConnectionError || error instanceof UnexpectedAnswerError) return undefined;
  throw error;
}
