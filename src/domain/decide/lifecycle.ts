// The decisions about a wallet itself: freezing, unfreezing and closing it, and its limits.
import type { ChangeLimits, CloseWallet, FreezeWallet, UnfreezeWallet } from '../commands.ts';
import { amountMinorMax, formatAmount, parseAmount, parseSignedAmount } from '../money.ts';
import type { RefusedField } from '../rejections.ts';
import type { State } from '../state.ts';
import { isFreezeDue, type Terms } from '../terms.ts';
import type { Wallet } from '../wallet.ts';
import { accepted, alreadySo, type Decision, type Step } from './decision.ts';
import {
  amountInvalid,
  currencyMismatch,
  expiryInvalid,
  notFound,
  refuseAboveMaximum,
  refuseClosed,
  refuseFunds,
  refuseStates,
  refuseVersion,
  rejected,
} from './rejected.ts';
import { refuseTransferUse } from './refuseUse.ts';
import { sameWallet, transferSteps } from './transfer.ts';

/** A wallet that is frozen already takes the new freeze. Rejects as `openWalletOf`, and EXPIRY_INVALID. */
export function decideFreeze(command: FreezeWallet, state: State, now: Date): Decision {
  const found = openWalletOf(command, state);
  if ('decision' in found) return found.decision;
  const { wallet } = found;
  const { scope, reason, holds, until = null } = command;
  const freeze = { scope, reason, holds, until };
  if (until !== null && isFreezeDue(freeze, now)) return expiryInvalid(wallet.id, 'until', 'must lie ahead');
  const { freeze: before } = wallet.terms;
  const isSo =
    wallet.status === 'frozen' && before !== null && JSON.stringify(before) === JSON.stringify(freeze);
  if (isSo) return alreadySo(wallet);
  const { id, currency, balanceMinor } = wallet;
  const terms = { ...wallet.terms, freeze };
  return accepted(state, [[id, { type: 'WalletFrozen', currency, balanceMinor, terms }]], now);
}

/** Rejects as `openWalletOf` does. */
export function decideUnfreeze(command: UnfreezeWallet, state: State, now: Date): Decision {
  const found = openWalletOf(command, state);
  if ('decision' in found) return found.decision;
  const { wallet } = found;
  if (wallet.status !== 'frozen') return alreadySo(wallet);
  const { id, currency, balanceMinor } = wallet;
  const terms = { ...wallet.terms, freeze: null };
  const { reason } = command;
  return accepted(
    state,
    [[id, { type: 'WalletUnfrozen', currency, balanceMinor, terms, cause: 'request', reason }]],
    now,
  );
}

/**
 * Rejects with SAME_WALLET, WALLET_NOT_FOUND, VERSION_MISMATCH, WALLET_CLOSED (the target), WALLET_FROZEN,
 * CURRENCY_MISMATCH, LIMIT_EXCEEDED, INSUFFICIENT_FUNDS, BALANCE_LIMIT_EXCEEDED or WALLET_NOT_EMPTY. With a
 * sweep the transfer and the end are one append.
 */
export function decideClose(command: CloseWallet, state: State, now: Date): Decision {
  const { walletId, sweepToWalletId, transferId, reason } = command;
  if (walletId === sweepToWalletId) return sameWallet(walletId);
  const wallet = state.wallets.get(walletId);
  if (wallet === undefined) return notFound(walletId);
  const target = sweepToWalletId === undefined ? undefined : state.wallets.get(sweepToWalletId);
  if (sweepToWalletId !== undefined && target === undefined) return notFound(sweepToWalletId);
  const refusal = refuseVersion(wallet, command.expectedVersions);
  if (refusal !== undefined) return refusal;
  if (wallet.status === 'closed') return alreadySo(wallet);
  const openHolds = state.openHolds.get(walletId)?.count ?? 0;
  const restMinor = wallet.balanceMinor;
  const sweeps = target !== undefined && restMinor > 0n;
  const { id, currency } = wallet;
  const end: Step = [id, { type: 'WalletClosed', currency, balanceMinor: 0n, reason }];
  if (!sweeps) {
    if (restMinor !== 0n || openHolds > 0) return notEmpty(wallet, openHolds);
    return accepted(state, [end], now);
  }
  const refused =
    refuseStates(wallet, target) ??
    (currency === target.currency ? undefined : currencyMismatch(wallet, target)) ??
    (openHolds > 0 ? notEmpty(wallet, openHolds) : undefined) ??
    // Velocity rules and a reserve keep money in the wallet. They change first.
    refuseTransferUse(wallet, target, state, restMinor, now) ??
    refuseFunds(wallet, restMinor) ??
    refuseAboveMaximum(target, restMinor);
  if (refused !== undefined) return refused;
  const swept = transferSteps(wallet, target, { transferId, amountMinor: restMinor, description: reason });
  return accepted(state, [...swept, end], now);
}

/** Replaces both limits. Rejects as `openWalletOf` does, and with AMOUNT_INVALID or LIMIT_BELOW_USE. */
export function decideLimits(command: ChangeLimits, state: State, now: Date): Decision {
  const found = openWalletOf(command, state);
  if ('decision' in found) return found.decision;
  const { wallet } = found;
  const { id, currency, balanceMinor, heldMinor } = wallet;
  const minimumMinor = parseSignedAmount(command.minimumBalance ?? '0', currency);
  if (typeof minimumMinor !== 'bigint') return amountInvalid(id, 'minimumBalance', minimumMinor.refused);
  const maximumMinor =
    command.maximumBalance === undefined ? amountMinorMax : parseAmount(command.maximumBalance, currency);
  if (typeof maximumMinor !== 'bigint') return amountInvalid(id, 'maximumBalance', maximumMinor.refused);
  if (maximumMinor < minimumMinor)
    return amountInvalid(id, 'maximumBalance', 'must be at least minimumBalance');
  if (balanceMinor - heldMinor < minimumMinor) return belowUse(wallet, 'minimumBalance', minimumMinor);
  if (balanceMinor > maximumMinor) return belowUse(wallet, 'maximumBalance', maximumMinor);
  if (minimumMinor === wallet.terms.minimumMinor && maximumMinor === wallet.terms.maximumMinor)
    return alreadySo(wallet);
  const terms: Terms = { ...wallet.terms, minimumMinor, maximumMinor };
  return accepted(state, [[id, { type: 'WalletLimitsChanged', currency, balanceMinor, terms }]], now);
}

interface OnWallet {
  readonly walletId: string;
  readonly expectedVersions: readonly number[] | undefined;
}

/** Rejects with WALLET_NOT_FOUND, VERSION_MISMATCH or WALLET_CLOSED. */
export function openWalletOf(
  { walletId, expectedVersions }: OnWallet,
  state: State,
): { readonly wallet: Wallet } | { readonly decision: Decision } {
  const wallet = state.wallets.get(walletId);
  if (wallet === undefined) return { decision: notFound(walletId) };
  const refusal = refuseVersion(wallet, expectedVersions) ?? refuseClosed(wallet);
  return refusal === undefined ? { wallet } : { decision: refusal };
}

function notEmpty(wallet: Wallet, openHolds: number): Decision {
  const { id: walletId, currency } = wallet;
  const walletBalance = formatAmount(wallet.balanceMinor, currency);
  const held = formatAmount(wallet.heldMinor, currency);
  const detail = `Wallet "${walletId}" has a balance of ${walletBalance} ${currency} and ${openHolds} open holds.`;
  const numbers = { walletBalance, held, currency };
  return rejected({ code: 'WALLET_NOT_EMPTY', walletId, detail, numbers, facts: { openHolds } });
}

function belowUse(wallet: Wallet, name: RefusedField, limitMinor: bigint): Decision {
  const { id: walletId, currency } = wallet;
  const walletBalance = formatAmount(wallet.balanceMinor, currency);
  const held = formatAmount(wallet.heldMinor, currency);
  const limit = formatAmount(limitMinor, currency);
  const detail = `${name} ${limit} does not fit wallet "${walletId}", which has ${walletBalance} ${currency} and ${held} of it held.`;
  const numbers = { walletBalance, held, limit, currency };
  return rejected({ code: 'LIMIT_BELOW_USE', walletId, detail, numbers });
}
