// The decision about a credit or a debit: one rule with two signs.
import type { CreditWallet, DebitWallet } from '../commands.ts';
import { amountMinorMax } from '../money.ts';
import type { State } from '../state.ts';
import { accepted, type Decision } from './decision.ts';
import { insufficientFunds, limitExceeded, notFound, parseMovedAmount, refuseVersion } from './rejected.ts';

/**
 * Rejects with WALLET_NOT_FOUND, VERSION_MISMATCH or AMOUNT_INVALID, a debit also with INSUFFICIENT_FUNDS and
 * a credit with BALANCE_LIMIT_EXCEEDED.
 */
export function decideMovement(command: CreditWallet | DebitWallet, state: State, now: Date): Decision {
  const { walletId, description } = command;
  const wallet = state.wallets.get(walletId);
  if (wallet === undefined) return notFound(walletId);
  const refusal = refuseVersion(wallet, command.expectedVersions);
  if (refusal !== undefined) return refusal;
  const amountMinor = parseMovedAmount(command.amount, wallet);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const isCredit = command.type === 'CreditWallet';
  const balanceMinor = isCredit ? wallet.balanceMinor + amountMinor : wallet.balanceMinor - amountMinor;
  if (balanceMinor < 0n) return insufficientFunds(wallet, amountMinor);
  if (balanceMinor > amountMinorMax) return limitExceeded(wallet, amountMinor);
  const type = isCredit ? 'WalletCredited' : 'WalletDebited';
  const { currency } = wallet;
  return accepted(state, [[walletId, { type, currency, amountMinor, balanceMinor, description }]], now);
}
