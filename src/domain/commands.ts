// The commands that change wallets. The API makes one from each request and `decide` answers it. Amounts are
// decimal text, because only the wallet knows its currency and so how many decimals are allowed.
import type { Currency } from './currency.ts';
import type { Keys } from './state.ts';

export interface CreateWallet {
  readonly type: 'CreateWallet';
  readonly walletId: string;
  readonly ownerId: string;
  readonly currency: Currency;
  /** Decimal text; "0" for an empty wallet. */
  readonly initialBalance: string;
}

interface Movement {
  readonly walletId: string;
  /** Decimal text; more than zero. */
  readonly amount: string;
  readonly description: string;
  /**
   * The versions that the caller accepts (If-Match). Undefined accepts any version, an empty list accepts
   * none.
   */
  readonly expectedVersions: readonly number[] | undefined;
}

export interface CreditWallet extends Movement {
  readonly type: 'CreditWallet';
}

export interface DebitWallet extends Movement {
  readonly type: 'DebitWallet';
}

/** Moves money from `walletId` to `toWalletId`. `expectedVersions` are those of `walletId`. */
export interface TransferFunds extends Movement {
  readonly type: 'TransferFunds';
  readonly transferId: string;
  readonly toWalletId: string;
}

export type Command = CreateWallet | CreditWallet | DebitWallet | TransferFunds;

/** The keys of what the command reads and may change. They are loaded for it. */
export function keysOf(command: Command): Keys {
  const isTransfer = command.type === 'TransferFunds' && command.toWalletId !== command.walletId;
  return { wallets: isTransfer ? [command.walletId, command.toWalletId] : [command.walletId] };
}

/**
 * The wallets whose turn and lock the command needs. Invariant: everything else that it reads belongs to one
 * of them, so two commands on it never run at once.
 */
export function walletIdsOf(command: Command): readonly string[] {
  return keysOf(command).wallets;
}
