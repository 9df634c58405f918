// The decision about a new wallet.
import type { CreateWallet } from '../commands.ts';
import { parseAmount } from '../money.ts';
import type { State } from '../state.ts';
import { accepted, type Decision } from './decision.ts';
import { amountInvalid, rejected } from './rejected.ts';

/** Rejects with WALLET_ALREADY_EXISTS or AMOUNT_INVALID. */
export function decideCreate(command: CreateWallet, state: State, now: Date): Decision {
  const { walletId, ownerId, currency, initialBalance } = command;
  if (state.wallets.has(walletId)) {
    return rejected({
      code: 'WALLET_ALREADY_EXISTS',
      walletId,
      detail: `Wallet "${walletId}" exists already.`,
    });
  }
  const balanceMinor = parseAmount(initialBalance, currency);
  if (typeof balanceMinor !== 'bigint')
    return amountInvalid(walletId, 'initialBalance', balanceMinor.refused);
  return accepted(state, [[walletId, { type: 'WalletCreated', ownerId, currency, balanceMinor }]], now);
}
