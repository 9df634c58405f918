// The reasons for which the domain rejects a command: values, not errors. The set is closed.
import type { Currency } from './currency.ts';
import type { HoldEnd } from './holdEvents.ts';
import type { FreezeScope } from './terms.ts';
import type { VelocityWindow } from './velocity.ts';

/**
 * Every code, in the order in which `decide` checks. So a command with two faults always gets the same
 * rejection. A check belongs to one of these steps, and a new code takes its place in its step:
 * 1. what must not be there yet, 2. a command that can never be right, 3. what must be there, 4. the version,
 * 5. the state of the wallet, then of what the command names, 6. the amount and its currency, 7. the amount
 * beside what is left of the thing that it belongs to, 8. limits, funds and the maximum.
 */
export const rejectionCodes = [
  'WALLET_ALREADY_EXISTS',
  'SAME_WALLET',
  'WALLET_NOT_FOUND',
  'VERSION_MISMATCH',
  'WALLET_CLOSED',
  'WALLET_FROZEN',
  'HOLD_ALREADY_EXISTS',
  'HOLD_NOT_FOUND',
  'HOLD_CLOSED',
  'HOLD_EXPIRED',
  'NOT_REVERSIBLE',
  'ALREADY_REVERSED',
  'AMOUNT_INVALID',
  'EXPIRY_INVALID',
  'CURRENCY_MISMATCH',
  'HOLD_AMOUNT_EXCEEDED',
  'REVERSAL_EXCEEDS_ORIGINAL',
  'WALLET_NOT_EMPTY',
  'LIMIT_EXCEEDED',
  'INSUFFICIENT_FUNDS',
  'BALANCE_LIMIT_EXCEEDED',
  'LIMIT_BELOW_USE',
  'DETAILS_TOO_LARGE',
  'TOO_MANY_HOLDS',
  'TOO_MANY_CAPTURES',
  'TOO_MANY_REVERSALS',
] as const;
export type RejectionCode = (typeof rejectionCodes)[number];

export interface Rejection {
  readonly code: RejectionCode;
  /** The wallet at fault. */
  readonly walletId: string;
  /** One sentence for the caller. */
  readonly detail: string;
  /** For VERSION_MISMATCH: the wallet's version. */
  readonly currentVersion?: number;
  /** For AMOUNT_INVALID and EXPIRY_INVALID: the field, and what it must be. */
  readonly field?: { readonly name: RefusedField; readonly refused: string };
  readonly numbers?: RejectionNumbers;
  readonly facts?: RejectionFacts;
}

export type RefusedField =
  | ('amount' | 'initialBalance' | 'minimumBalance' | 'maximumBalance' | 'expiresAt' | 'until')
  | `rules/${number}/maxAmount`
  | `alerts/${number}/amount`;

/** The amounts that led to a rejection, as decimal text with exactly the decimals of `currency`. */
export interface RejectionNumbers {
  /** What the wallet can give now. */
  readonly available?: string;
  /** The part of the balance that is set aside and can't be given. */
  readonly held?: string;
  /** The balance of a wallet that is not empty. */
  readonly walletBalance?: string;
  /** The amount of the command. */
  readonly requested?: string;
  /** What is left of the hold, or of the movement that is reversed. */
  readonly remaining?: string;
  /** The least or the most that the balance may be. */
  readonly limit?: string;
  readonly currency: Currency;
}

/** What else led to a rejection. */
export interface RejectionFacts {
  /** For HOLD_CLOSED. */
  readonly holdStatus?: HoldEnd;
  /** For HOLD_EXPIRED: an RFC 3339 time. */
  readonly expiresAt?: string;
  /** For WALLET_FROZEN. */
  readonly freezeScope?: FreezeScope;
  /** For WALLET_NOT_EMPTY and TOO_MANY_HOLDS. */
  readonly openHolds?: number;
  /** For LIMIT_EXCEEDED: the name of the rule. */
  readonly rule?: string;
  readonly window?: VelocityWindow;
  /** Tells whether `used` and `max` are amounts or numbers of movements. */
  readonly measure?: 'amount' | 'count';
  /** Decimal text. Absent if the wallet is not the caller's own. */
  readonly used?: string;
  readonly max?: string;
  /** An RFC 3339 time. Absent if the rule never resets. */
  readonly resetsAt?: string;
}
