// The decision about a new wallet.
import type { CreateWallet } from '../commands.ts';
import { parseAmount } from '../money.ts';
import { accepted, type Decision, type Wallets } from './decision.ts';
import { amountInvalid, rejected } from './rejected.ts';

/** Rejects with WALLET_ALREADY_EXISTS or AMOUNT_INVALID. */
export function decideCreate(command: CreateWallet, wallets: Wallets, now: Date): Decision {
  const { walletId, ownerId, currency, initialBalance } = command;
  if (wallets.has(walletId)) {
    return rejected({
      code: 'WALLET_ALREADY_EXISTS',
      walletId,
      detail: `Wallet "${walletId}" exists already.`,
    });
  }
  const balanceMinor = parseAmount(initialBalance, currency);
  if (typeof balanceMinor !== 'bigint')
    return amountInvalid(walletId, 'initialBalance', balanceMinor.refused);
  return accepted([[undefined, walletId, { type: 'WalletCreated', ownerId, currency, balanceMinor }]], now);
}
