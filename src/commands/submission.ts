// What goes into the command path and what comes out of it. The path knows nothing of HTTP but that an answer
// has a status, headers and a body, which it stores with the events so that a retry gets the same bytes.
import type { Command } from '../domain/commands.ts';
import type { Rejection } from '../domain/rejections.ts';
import type { Wallet } from '../domain/wallet.ts';
import type { StoredAnswer } from '../eventStore/loadBatch.ts';

export type { StoredAnswer };

/** What a decision means to the caller. */
export type Outcome = { readonly wallets: readonly Wallet[] } | { readonly rejected: Rejection };

/** An answer, and whether it is final: only then is it stored and given again to the same key. */
export interface RenderedAnswer extends StoredAnswer {
  readonly final: boolean;
}

export interface Submission {
  readonly command: Command;
  /** UUID; the same for every try of the same command. */
  readonly commandId: string;
  /** The client's Idempotency-Key, if it sent one. */
  readonly idempotencyKey: string | undefined;
  /** SHA-256 in hex of what was asked for. */
  readonly requestHash: string;
  readonly correlationId: string;
  /** W3C trace context of whatever leads to this command, where traces are on; stored with its events. */
  readonly traceparent?: string;
  /** Turns the outcome into the answer. Pure. */
  readonly render: (outcome: Outcome) => RenderedAnswer;
}

/**
 * Why a command was not carried out now. Nothing of it was written, except that OUTCOME_UNKNOWN can't tell;
 * every one of them may be sent again under the same key.
 */
export const unavailableReasons = [
  'QUEUE_FULL',
  'QUEUE_TIMEOUT',
  'WALLET_BUSY',
  'SHUTTING_DOWN',
  'DATABASE_UNAVAILABLE',
  'OUTCOME_UNKNOWN',
] as const;
export type UnavailableReason = (typeof unavailableReasons)[number];

export type SubmissionResult =
  | {
      readonly kind: 'answered';
      readonly answer: StoredAnswer;
      /** True where the answer is kept and given again to the same command. */
      readonly stored: boolean;
      /** True where it was given to an earlier try already. */
      readonly replayed: boolean;
    }
  /** The key was used for another request before. */
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'unavailable'; readonly reason: UnavailableReason };
