// The members that tell more of a problem, by its code. The API reference shows them, and tests hold every
// problem against them.
import type { Problem, ProblemCode } from './problems.ts';

/**
 * The members that every problem of a code has, besides those that all problems have. A replayed refusal of
 * an earlier release lacks the numbers, so they are not listed.
 */
export const problemMembers = {
  VALIDATION_FAILED: ['errors'],
  WALLET_NOT_FOUND: ['walletId'],
  WALLET_NOT_YET_CREATED: ['walletId'],
  WALLET_ALREADY_EXISTS: ['walletId'],
  FAILURE_RESOLVED: ['walletId'],
  RECOVERY_NOT_FOUND: ['workflowId'],
  RECOVERY_RUNNING: ['workflowId'],
  RECOVERY_ID_HELD: ['workflowId'],
  VERSION_MISMATCH: ['walletId', 'currentVersion'],
  AMOUNT_INVALID: ['walletId', 'errors'],
  SAME_WALLET: ['walletId'],
  CURRENCY_MISMATCH: ['walletId'],
  LIMIT_EXCEEDED: ['walletId', 'rule', 'window', 'measure', 'max'],
  INSUFFICIENT_FUNDS: ['walletId'],
  BALANCE_LIMIT_EXCEEDED: ['walletId'],
  WALLET_CLOSED: ['walletId'],
  WALLET_FROZEN: ['walletId', 'freezeScope'],
  WALLET_NOT_EMPTY: ['walletId', 'walletBalance', 'held', 'openHolds', 'currency'],
  HOLD_ALREADY_EXISTS: ['walletId'],
  HOLD_NOT_FOUND: ['walletId'],
  HOLD_CLOSED: ['walletId', 'holdStatus'],
  HOLD_EXPIRED: ['walletId', 'expiresAt'],
  NOT_REVERSIBLE: ['walletId'],
  ALREADY_REVERSED: ['walletId'],
  EXPIRY_INVALID: ['walletId', 'errors'],
  HOLD_AMOUNT_EXCEEDED: ['walletId', 'remaining', 'requested', 'currency'],
  REVERSAL_EXCEEDS_ORIGINAL: ['walletId', 'remaining', 'requested', 'currency'],
  LIMIT_BELOW_USE: ['walletId', 'walletBalance', 'held', 'limit', 'currency'],
  DETAILS_TOO_LARGE: ['walletId'],
  TOO_MANY_HOLDS: ['walletId', 'openHolds'],
  TOO_MANY_CAPTURES: ['walletId'],
  TOO_MANY_REVERSALS: ['walletId'],
  IDEMPOTENCY_KEY_REUSED: ['walletId'],
  EVENT_UNREADABLE: ['walletId'],
  OUTCOME_UNKNOWN: ['walletId', 'commandId'],
  RATE_LIMITED: ['violated-policies'],
} as const satisfies Partial<Record<ProblemCode, readonly (keyof Problem)[]>>;
