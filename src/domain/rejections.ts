// Every reason for which the domain refuses a command: values, not errors. The set is closed; its order is the
// order in which `decide` checks, so a command with two faults is always refused for the same one.

export const rejectionCodes = [
  'WALLET_ALREADY_EXISTS',
  'SAME_WALLET',
  'WALLET_NOT_FOUND',
  'VERSION_MISMATCH',
  'AMOUNT_INVALID',
  'CURRENCY_MISMATCH',
  'INSUFFICIENT_FUNDS',
  'BALANCE_LIMIT_EXCEEDED',
] as const;

export type RejectionCode = (typeof rejectionCodes)[number];

export interface Rejection {
  readonly code: RejectionCode;
  /** The wallet at fault. */
  readonly walletId: string;
  /** One sentence for whoever sent the command. */
  readonly detail: string;
  /** For VERSION_MISMATCH: the version that the wallet has. */
  readonly currentVersion?: number;
  /** For AMOUNT_INVALID: the field, and what it must be. */
  readonly field?: { readonly name: 'amount' | 'initialBalance'; readonly refused: string };
}
