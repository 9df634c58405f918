// The input and the result of the command path. The path knows one thing of HTTP: an answer has a status,
// headers and a body. It stores them with the events, so that a retry gets the same bytes.
import type { Command } from '../domain/commands.ts';
import type { Rejection } from '../domain/rejections.ts';
import type { Wallet } from '../domain/wallet.ts';
import type { RecordedHash, RequestHash, StoredAnswer } from '../eventStore/loadBatch.ts';

export type { RequestHash, StoredAnswer };

/** A decision as the caller sees it. */
export type Outcome = { readonly wallets: readonly Wallet[] } | { readonly rejected: Rejection };

/** An answer. Only a final one is stored and given again to the same key. */
export interface RenderedAnswer extends StoredAnswer {
  readonly final: boolean;
}

/** A command as the API submits it: the command, its identity, and the way to render its answer. */
export interface Submission {
  readonly command: Command;
  /** UUID; the same for every attempt at the same command. */
  readonly commandId: string;
  /** The client's Idempotency-Key, if it sent one. */
  readonly idempotencyKey: string | undefined;
  readonly requestHash: RequestHash;
  readonly correlationId: string;
  /** W3C trace context that leads to this command, if traces are on. It is stored with the events. */
  readonly traceparent?: string;
  /** Turns the outcome into the answer. Pure. */
  readonly render: (outcome: Outcome) => RenderedAnswer;
}

/**
 * Whether a request repeats the one of a record. Equal meaning repeats it, however it is spelt. A record of
 * the release before has no meaning, so its request must be spelt as it was.
 */
export function isRepeat(recorded: RecordedHash, sent: RequestHash): boolean {
  return recorded.meaning === null ? recorded.spelling === sent.spelling : recorded.meaning === sent.meaning;
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
  'OUTCOME_UNKNOWN',
] as const;
export type UnavailableReason = (typeof unavailableReasons)[number];

export type SubmissionResult =
  | {
      readonly kind: 'answered';
      readonly answer: StoredAnswer;
      /** True if the answer is stored and given again to the same command. */
      readonly stored: boolean;
      /** True if an earlier attempt got this answer already. */
      readonly replayed: boolean;
    }
  /** The key was used for another request before. */
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'unavailable'; readonly reason: UnavailableReason };
