// The decision about a transfer: two events, one for each wallet, or none.
import type { TransferFunds } from '../commands.ts';
import type { State } from '../state.ts';
import type { Wallet } from '../wallet.ts';
import { accepted, type Decision, type Step } from './decision.ts';
import {
  currencyMismatch,
  notFound,
  parseMovedAmount,
  refuseAboveMaximum,
  refuseFunds,
  refuseStates,
  refuseVersion,
  rejected,
} from './rejected.ts';
import { refuseTransferUse } from './refuseUse.ts';

/**
 * Rejects with SAME_WALLET, WALLET_NOT_FOUND, VERSION_MISMATCH, WALLET_CLOSED, WALLET_FROZEN, AMOUNT_INVALID,
 * CURRENCY_MISMATCH, LIMIT_EXCEEDED, INSUFFICIENT_FUNDS or BALANCE_LIMIT_EXCEEDED.
 */
export function decideTransfer(command: TransferFunds, state: State, now: Date): Decision {
  const { walletId, toWalletId, transferId, description } = command;
  if (walletId === toWalletId) return sameWallet(walletId);
  const source = state.wallets.get(walletId);
  const target = state.wallets.get(toWalletId);
  if (source === undefined) return notFound(walletId);
  if (target === undefined) return notFound(toWalletId);
  const refusal = refuseVersion(source, command.expectedVersions) ?? refuseStates(source, target);
  if (refusal !== undefined) return refusal;
  const amountMinor = parseMovedAmount(command.amount, source);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  if (source.currency !== target.currency) return currencyMismatch(source, target);
  const refused =
    refuseTransferUse(source, target, state, amountMinor, now) ??
    refuseFunds(source, amountMinor) ??
    refuseAboveMaximum(target, amountMinor);
  if (refused !== undefined) return refused;
  return accepted(state, transferSteps(source, target, { transferId, amountMinor, description }), now);
}

export function sameWallet(walletId: string): Decision {
  return rejected({ code: 'SAME_WALLET', walletId, detail: 'A transfer needs two different wallets.' });
}

/** The two halves of a transfer that was found possible. */
export function transferSteps(
  source: Wallet,
  target: Wallet,
  moved: { readonly transferId: string; readonly amountMinor: bigint; readonly description: string },
): readonly Step[] {
  const { id: walletId, currency } = source;
  const { id: toWalletId } = target;
  const balanceMinor = source.balanceMinor - moved.amountMinor;
  const toBalanceMinor = target.balanceMinor + moved.amountMinor;
  return [
    [walletId, { type: 'TransferSent', toWalletId, balanceMinor, toBalanceMinor, currency, ...moved }],
    [
      toWalletId,
      {
        type: 'TransferReceived',
        fromWalletId: walletId,
        balanceMinor: toBalanceMinor,
        currency,
        ...moved,
      },
    ],
  ];
}
