// What a caller may ask of wallets. Amounts arrive as decimal text, because only the wallet knows its currency
// and with it how many decimals are allowed; `decide` turns them into minor units.
import type { Currency } from './currency.ts';

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
  /** The versions that the caller accepts (If-Match); undefined means any, none means no version will do. */
  readonly expectedVersions: readonly number[] | undefined;
}

export interface CreditWallet extends Movement {
  readonly type: 'CreditWallet';
}

export interface DebitWallet extends Movement {
  readonly type: 'DebitWallet';
}

/** Moves money from `walletId` to `toWalletId`; `expectedVersions` speaks of `walletId`. */
export interface TransferFunds extends Movement {
  readonly type: 'TransferFunds';
  readonly transferId: string;
  readonly toWalletId: string;
}

export type Command = CreateWallet | CreditWallet | DebitWallet | TransferFunds;

/** The wallets that a command reads and may change: what has to be locked and loaded for it. */
export function walletIdsOf(command: Command): readonly string[] {
  if (command.type !== 'TransferFunds' || command.toWalletId === command.walletId) return [command.walletId];
  return [command.walletId, command.toWalletId];
}
