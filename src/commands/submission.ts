// The input and the result of the command path. The path knows outcomes and no protocol. The API and the
// workflows each make their own answer from the outcome.
import type { Command } from '../domain/commands.ts';
import type { RejectionCode } from '../domain/rejections.ts';
import type { AcceptedOutcome, RejectedOutcome } from '../eventStore/outcomeCodec.ts';
import type { FormerAnswer, RecordedOutcome, RequestHash } from '../eventStore/recordRows.ts';

/** A decision as the caller sees it. */
export type Outcome = AcceptedOutcome | RejectedOutcome;

/**
 * The rejections that are remembered under a key. After another one the caller may correct the command and
 * submit it under the same key.
 */
export const isRemembered: Readonly<Record<RejectionCode, boolean>> = {
  WALLET_ALREADY_EXISTS: true,
  SAME_WALLET: true,
  WALLET_NOT_FOUND: true,
  VERSION_MISMATCH: false,
  AMOUNT_INVALID: false,
  WALLET_CLOSED: true,
  WALLET_FROZEN: true,
  HOLD_ALREADY_EXISTS: true,
  HOLD_NOT_FOUND: true,
  HOLD_CLOSED: true,
  HOLD_EXPIRED: true,
  NOT_REVERSIBLE: true,
  ALREADY_REVERSED: true,
  EXPIRY_INVALID: false,
  CURRENCY_MISMATCH: true,
  HOLD_AMOUNT_EXCEEDED: true,
  REVERSAL_EXCEEDS_ORIGINAL: true,
  LIMIT_EXCEEDED: true,
  INSUFFICIENT_FUNDS: true,
  BALANCE_LIMIT_EXCEEDED: true,
  LIMIT_BELOW_USE: true,
  DETAILS_TOO_LARGE: true,
  TOO_MANY_HOLDS: true,
  TOO_MANY_CAPTURES: true,
  TOO_MANY_REVERSALS: true,
  WALLET_NOT_EMPTY: true,
};

/** A command with its identity, and the way to render its outcome. */
export interface Submission {
  readonly command: Command;
  /** UUID; the same for every attempt at the same command. */
  readonly commandId: string;
  /** The key under which the command may be submitted again; undefined if there is none. */
  readonly idempotencyKey: string | undefined;
  readonly requestHash: RequestHash;
  readonly correlationId: string;
  /** W3C trace context that leads to this command, if traces are on. It is stored with the events. */
  readonly traceparent?: string;
  /**
   * Makes the client's answer for the record: of a refusal, and of any outcome below level `compactRecords`.
   * Undefined for a command that no client sent. Pure.
   */
  readonly render?: (outcome: Outcome) => FormerAnswer;
  /**
   * The fence of the log under which another process handed the command over. It is carried out under no
   * other one.
   */
  readonly handedUnder?: bigint;
}

/** The process that handed the command over has called it back. Nothing of it was written, or will be. */
export class RecalledError extends Error {
  override readonly name = 'RecalledError';

  constructor() {
    super('the fence was moved after the command was handed over: its sender runs it');
  }
}

/**
 * The reasons why a command was not carried out now. Nothing of it was written, but after OUTCOME_UNKNOWN
 * nobody knows. Every such command may be sent again under the same key.
 */
export const unavailableReasons = [
  'QUEUE_FULL',
  'QUEUE_TIMEOUT',
  'WALLET_BUSY',
  'SHUTTING_DOWN',
  'DATABASE_UNAVAILABLE',
  'UPGRADE_UNFINISHED',
  'OUTCOME_UNKNOWN',
] as const;
export type UnavailableReason = (typeof unavailableReasons)[number];

export type SubmissionResult =
  | {
      readonly kind: 'answered';
      readonly outcome: RecordedOutcome;
      /** True if the outcome is stored, and replayed to the same command. */
      readonly stored: boolean;
      /** True if an earlier attempt got this outcome already. */
      readonly replayed: boolean;
    }
  /** The key was used for another request before. */
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'unavailable'; readonly reason: UnavailableReason };

/** The end of a command in a batch. */
export type DecidedResult = SubmissionResult | { readonly kind: 'recalled' };
