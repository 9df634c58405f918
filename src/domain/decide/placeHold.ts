// The decisions about the start and the size of a hold: placing one, and adjusting one that is open.
import type { AdjustHold, Expiry, PlaceHold } from '../commands.ts';
import { type Hold, holdKey, holdLifetimeMaxMs, holdLifetimeMinMs, openHoldsMax } from '../hold.ts';
import type { State } from '../state.ts';
import type { Wallet } from '../wallet.ts';
import { accepted, type Decision } from './decision.ts';
import { holdIn, openHoldOf } from './openHold.ts';
import {
  currencyMismatch,
  expiryInvalid,
  notFound,
  parseMovedAmount,
  refuseFunds,
  refuseState,
  refuseStates,
  refuseVersion,
  rejected,
} from './rejected.ts';
import { refuseUse } from './refuseUse.ts';
import { sameWallet } from './transfer.ts';

/**
 * Rejects with SAME_WALLET, WALLET_NOT_FOUND, VERSION_MISMATCH, WALLET_CLOSED, WALLET_FROZEN,
 * HOLD_ALREADY_EXISTS, AMOUNT_INVALID, EXPIRY_INVALID, CURRENCY_MISMATCH, LIMIT_EXCEEDED,
 * INSUFFICIENT_FUNDS or TOO_MANY_HOLDS.
 */
export function decidePlaceHold(command: PlaceHold, state: State, now: Date): Decision {
  const { walletId, holdId, toWalletId, description, metadata } = command;
  if (walletId === toWalletId) return sameWallet(walletId);
  const wallet = state.wallets.get(walletId);
  if (wallet === undefined) return notFound(walletId);
  const target = toWalletId === undefined ? undefined : state.wallets.get(toWalletId);
  if (toWalletId !== undefined && target === undefined) return notFound(toWalletId);
  const refusal =
    refuseVersion(wallet, command.expectedVersions) ??
    refuseStates(wallet, target) ??
    refuseExisting(state.holds.get(holdKey(walletId, holdId)));
  if (refusal !== undefined) return refusal;
  const amountMinor = parseMovedAmount(command.amount, wallet);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const expiresAt = expiryOf(command.expiry, walletId, now);
  if (!(expiresAt instanceof Date)) return expiresAt;
  if (target !== undefined && target.currency !== wallet.currency) return currencyMismatch(wallet, target);
  const refused =
    refuseUse(wallet, state, { direction: 'out', amountMinor }, now) ??
    refuseFunds(wallet, amountMinor) ??
    refuseMany(wallet, state);
  if (refused !== undefined) return refused;
  const { currency, balanceMinor } = wallet;
  const placed = {
    type: 'HoldPlaced',
    ...{ holdId, currency, amountMinor, balanceMinor, expiresAt, description },
    ...(toWalletId !== undefined && { toWalletId }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  } as const;
  return accepted(state, [[walletId, placed]], now, holdIn(walletId, holdId));
}

/**
 * The whole amount may fall to what was captured, but something must remain. Rejects as `openHoldOf` does,
 * and with AMOUNT_INVALID, EXPIRY_INVALID, LIMIT_EXCEEDED or INSUFFICIENT_FUNDS. More is held only if debits
 * may be made.
 */
export function decideAdjustHold(command: AdjustHold, state: State, now: Date): Decision {
  const { walletId, holdId } = command;
  const found = openHoldOf(command, state, now);
  if ('decision' in found) return found.decision;
  const { wallet, hold } = found;
  const amountMinor =
    command.amount === undefined ? hold.amountMinor : parseMovedAmount(command.amount, wallet);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const changeMinor = amountMinor - hold.amountMinor;
  if (changeMinor > 0n) {
    const refusal = refuseState(wallet, 'debits');
    if (refusal !== undefined) return refusal;
  }
  if (hold.remainingMinor + changeMinor <= 0n) {
    const detail = `Nothing would remain of hold "${holdId}". Void it, or adjust it to more.`;
    return rejected({ code: 'AMOUNT_INVALID', walletId, detail, field: { name: 'amount', refused: detail } });
  }
  const expiresAt = command.expiry === undefined ? hold.expiresAt : expiryOf(command.expiry, walletId, now);
  if (!(expiresAt instanceof Date)) return expiresAt;
  const more = { direction: 'out', amountMinor: changeMinor, wholeMinor: amountMinor, count: 0 } as const;
  // A smaller hold uses less, and no rule refuses that.
  const refusedUse = changeMinor > 0n ? refuseUse(wallet, state, more, now) : undefined;
  const refused = refusedUse ?? refuseFunds(wallet, changeMinor);
  if (refused !== undefined) return refused;
  const { currency, balanceMinor } = wallet;
  const adjusted = {
    type: 'HoldAdjusted',
    ...{ holdId, currency, balanceMinor, changeMinor, expiresAt },
  } as const;
  return accepted(state, [[walletId, adjusted]], now, holdIn(walletId, holdId));
}

function refuseExisting(hold: Hold | undefined): Decision | undefined {
  if (hold === undefined) return undefined;
  const { walletId, holdId } = hold;
  const detail = `Wallet "${walletId}" had a hold "${holdId}" before.`;
  return rejected({ code: 'HOLD_ALREADY_EXISTS', walletId, detail });
}

function refuseMany({ id: walletId }: Wallet, state: State): Decision | undefined {
  const openHolds = state.openHolds.get(walletId)?.count ?? 0;
  if (openHolds < openHoldsMax) return undefined;
  const detail = `Wallet "${walletId}" has ${openHolds} open holds, the most that a wallet may have.`;
  return rejected({ code: 'TOO_MANY_HOLDS', walletId, detail, facts: { openHolds } });
}

/** The end by the database's time, which also decides when the hold has expired. */
function expiryOf(expiry: Expiry, walletId: string, now: Date): Date | Decision {
  const lifetimeMs = 'at' in expiry ? expiry.at.getTime() - now.getTime() : expiry.afterMs;
  if (lifetimeMs < holdLifetimeMinMs)
    return expiryInvalid(walletId, 'expiresAt', 'must lie at least one second ahead');
  if (lifetimeMs > holdLifetimeMaxMs)
    return expiryInvalid(walletId, 'expiresAt', 'must lie at most 366 days ahead');
  return new Date(now.getTime() + lifetimeMs);
}
