// The decision about a transfer: two events, one for each wallet, or none.
import type { TransferFunds } from '../commands.ts';
import { amountMinorMax } from '../money.ts';
import type { State } from '../state.ts';
import { accepted, type Decision } from './decision.ts';
import {
  insufficientFunds,
  limitExceeded,
  notFound,
  parseMovedAmount,
  refuseVersion,
  rejected,
} from './rejected.ts';

/**
 * Rejects with SAME_WALLET, WALLET_NOT_FOUND, VERSION_MISMATCH, AMOUNT_INVALID, CURRENCY_MISMATCH,
 * INSUFFICIENT_FUNDS or BALANCE_LIMIT_EXCEEDED.
 */
export function decideTransfer(command: TransferFunds, state: State, now: Date): Decision {
  const { walletId, toWalletId, transferId, description } = command;
  if (walletId === toWalletId) {
    return rejected({ code: 'SAME_WALLET', walletId, detail: 'A transfer needs two different wallets.' });
  }
  const source = state.wallets.get(walletId);
  const target = state.wallets.get(toWalletId);
  if (source === undefined) return notFound(walletId);
  if (target === undefined) return notFound(toWalletId);
  const refusal = refuseVersion(source, command.expectedVersions);
  if (refusal !== undefined) return refusal;
  const amountMinor = parseMovedAmount(command.amount, source);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const { currency } = source;
  if (currency !== target.currency) {
    const detail = `Wallet "${walletId}" holds ${currency}, wallet "${toWalletId}" holds ${target.currency}.`;
    return rejected({ code: 'CURRENCY_MISMATCH', walletId: toWalletId, detail });
  }
  const balanceMinor = source.balanceMinor - amountMinor;
  const toBalanceMinor = target.balanceMinor + amountMinor;
  if (balanceMinor < 0n) return insufficientFunds(source, amountMinor);
  if (toBalanceMinor > amountMinorMax) return limitExceeded(target, amountMinor);
  const shared = { transferId, currency, amountMinor, description };
  return accepted(
    state,
    [
      [walletId, { type: 'TransferSent', toWalletId, balanceMinor, toBalanceMinor, ...shared }],
      [
        toWalletId,
        { type: 'TransferReceived', fromWalletId: walletId, balanceMinor: toBalanceMinor, ...shared },
      ],
    ],
    now,
  );
}
