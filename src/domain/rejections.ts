// The reasons for which the domain rejects a command: values, not errors. The set is closed. Its order is the
// order in which `decide` checks, so a command with two faults always gets the same rejection.

export type RejectionCode =
  | 'WALLET_ALREADY_EXISTS'
  | 'SAME_WALLET'
  | 'WALLET_NOT_FOUND'
  | 'VERSION_MISMATCH'
  | 'AMOUNT_INVALID'
  | 'CURRENCY_MISMATCH'
  | 'INSUFFICIENT_FUNDS'
  | 'BALANCE_LIMIT_EXCEEDED';

export interface Rejection {
  readonly code: RejectionCode;
  /** The wallet at fault. */
  readonly walletId: string;
  /** One sentence for the caller. */
  readonly detail: string;
  /** For VERSION_MISMATCH: the wallet's version. */
  readonly currentVersion?: number;
  /** For AMOUNT_INVALID: the field, and what it must be. */
  readonly field?: { readonly name: 'amount' | 'initialBalance'; readonly refused: string };
}
