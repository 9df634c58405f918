// What the client throws: only what is no answer of the service, and, for those who ask for it, a refusal.
import type { AnswerFacts, Problem, Result } from './operations.ts';

/**
 * Nobody answered, however often it was tried, or an earlier try got no answer and the last one only a refusal of the
 * moment, which is the cause then. A command may have taken effect: send it again under its key.
 */
export class WalletConnectionError extends Error {
  override readonly name = 'WalletConnectionError';
  readonly idempotencyKey: string | undefined;

  constructor(message: string, idempotencyKey: string | undefined, cause: unknown) {
    super(message, { cause });
    this.idempotencyKey = idempotencyKey;
  }
}

/**
 * Something answered that is not the wallet service, such as a proxy's page, or what it answered can't be read. A command
 * may have taken effect all the same: send it again under its key.
 */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
  readonly idempotencyKey: string | undefined;

  constructor(message: string, idempotencyKey: string | undefined, cause: unknown) {
    super(message, { cause });
    this.idempotencyKey = idempotencyKey;
  }
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
