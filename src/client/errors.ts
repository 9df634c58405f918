// The errors that the client throws. A refusal of the service is a value; `valueOf` throws it for callers who
// prefer to catch it.
import type { AnswerFacts, Problem, Result } from './operations.ts';

/** A call without a usable answer. Its command may have taken effect: send it again under its key. */
class UnansweredError extends Error {
  readonly idempotencyKey: string | undefined;

  constructor(message: string, idempotencyKey: string | undefined, cause: unknown) {
    super(message, { cause });
    this.idempotencyKey = idempotencyKey;
  }
}

/**
 * No attempt got an answer. Or an earlier attempt got no answer and the last one only a temporary refusal,
 * which is then the cause.
 */
export class WalletConnectionError extends UnansweredError {
  override readonly name = 'WalletConnectionError';
}

/** The answer is not one of the wallet service, such as a proxy's page, or it cannot be read. */
export class UnexpectedAnswerError extends UnansweredError {
  override readonly name = 'UnexpectedAnswerError';
}

/** A refusal, for callers who would rather catch it. */
export class WalletProblemError extends Error {
  override readonly name = 'WalletProblemError';
  readonly problem: Problem;
  readonly facts: AnswerFacts;

  constructor(problem: Problem, facts: AnswerFacts) {
    super(`${problem.code}: ${problem.detail}`);
    this.problem = problem;
    this.facts = facts;
  }
}

/** The value; throws WalletProblemError for a refusal. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new WalletProblemError(result.problem, result.facts);
}
