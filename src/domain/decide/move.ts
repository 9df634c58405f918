// The decision about a credit or a debit: one rule with two signs.
import type { CreditWallet, DebitWallet } from '../commands.ts';
import type { State } from '../state.ts';
import { accepted, type Decision } from './decision.ts';
import {
  notFound,
  parseMovedAmount,
  refuseAboveMaximum,
  refuseFunds,
  refuseState,
  refuseVersion,
} from './rejected.ts';
import { refuseUse } from './refuseUse.ts';

/**
 * Rejects with WALLET_NOT_FOUND, VERSION_MISMATCH, WALLET_CLOSED, WALLET_FROZEN, AMOUNT_INVALID or
 * LIMIT_EXCEEDED, a debit also with INSUFFICIENT_FUNDS and a credit with BALANCE_LIMIT_EXCEEDED.
 */
export function decideMovement(command: CreditWallet | DebitWallet, state: State, now: Date): Decision {
  const { walletId, description } = command;
  const wallet = state.wallets.get(walletId);
  if (wallet === undefined) return notFound(walletId);
  const isCredit = command.type === 'CreditWallet';
  const refusal =
    refuseVersion(wallet, command.expectedVersions) ?? refuseState(wallet, isCredit ? 'credits' : 'debits');
  if (refusal !== undefined) return refusal;
  const amountMinor = parseMovedAmount(command.amount, wallet);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const refused =
    refuseUse(wallet, state, { direction: isCredit ? 'in' : 'out', amountMinor }, now) ??
    (isCredit ? refuseAboveMaximum(wallet, amountMinor) : refuseFunds(wallet, amountMinor));
  if (refused !== undefined) return refused;
  const balanceMinor = isCredit ? wallet.balanceMinor + amountMinor : wallet.balanceMinor - amountMinor;
  const type = isCredit ? 'WalletCredited' : 'WalletDebited';
  const { currency } = wallet;
  return accepted(state, [[walletId, { type, currency, amountMinor, balanceMinor, description }]], now);
}
