// Specifies the requests about holds: place, capture, void and adjust.
import { decimalOf } from './amounts.ts';
import { type Plan, receiving } from './movements.ts';
import {
  first,
  isRefused,
  movedMinor,
  refuse,
  refuseClosed,
  refuseFrozen,
  refuseFunds,
  refuseMaximum,
  type Refused,
  refuseVersion,
} from './refusals.ts';
import type { AdjustRequest, CaptureRequest, ExpiryFields, PlaceRequest, VoidRequest } from './requests.ts';
import { counting, refuseUse, timeFor, uncounting } from './velocity.ts';
import {
  isDue,
  type ModelHold,
  type ModelWallet,
  type ModelWallets,
  openHoldsOf,
  withHold,
  withMovement,
} from './wallets.ts';

const openHoldsMax = 1000;
const capturesMax = 50;
const dayMs = 24 * 3_600_000;

/** The time at which the hold ends: one second to 366 days from now, and a week if nothing is said. */
function expiryOf(fields: ExpiryFields, walletId: string, at: string): string | Refused {
  const lifetimeMs =
    fields.expiresAt === undefined
      ? (fields.expiresInSeconds ?? 7 * 24 * 3600) * 1000
      : Date.parse(fields.expiresAt) - Date.parse(at);
  if (lifetimeMs < 1000 || lifetimeMs > 366 * dayMs)
    return refuse('EXPIRY_INVALID', walletId, { field: 'expiresAt' });
  return new Date(Date.parse(at) + lifetimeMs).toISOString();
}

export function planPlace(wallets: ModelWallets, request: PlaceRequest, at: string): Plan | Refused {
  const { walletId, holdId, toWalletId, ifMatch, amount, description, metadata = {} } = request;
  if (toWalletId === walletId) return refuse('SAME_WALLET', walletId);
  const wallet = wallets.get(walletId);
  const target = toWalletId === undefined ? undefined : wallets.get(toWalletId);
  if (wallet === undefined) return refuse('WALLET_NOT_FOUND', walletId);
  if (toWalletId !== undefined && target === undefined) return refuse('WALLET_NOT_FOUND', toWalletId);
  const refused = first(
    refuseVersion(wallet, ifMatch),
    refuseClosed(wallet, target),
    refuseFrozen(wallet, target),
    wallet.holds.has(holdId) ? refuse('HOLD_ALREADY_EXISTS', walletId) : undefined,
  );
  if (refused !== undefined) return refused;
  const amountMinor = movedMinor(wallet, amount);
  if (isRefused(amountMinor)) return amountMinor;
  const expiresAt = expiryOf(request, walletId, at);
  if (isRefused(expiresAt)) return expiresAt;
  if (target !== undefined && target.currency !== wallet.currency)
    return refuse('CURRENCY_MISMATCH', target.id);
  const openHolds = openHoldsOf(wallet);
  const unable = first(
    refuseUse(wallet, { direction: 'out', minor: amountMinor }, timeFor(at, wallet)),
    refuseFunds(wallet, amountMinor),
    openHolds < openHoldsMax ? undefined : refuse('TOO_MANY_HOLDS', walletId, { facts: { openHolds } }),
  );
  if (unable !== undefined) return unable;
  const hold = {
    ...{ holdId, amountMinor, remainingMinor: amountMinor, expiresAt, toWalletId, description, metadata },
    ...{ capturedMinor: 0n, releasedMinor: 0n, overMinor: 0n, captures: 0, endedAt: undefined },
    status: 'open',
  } as const;
  const change = (before: ModelWallet, version: number, time: string) => ({
    ...withHold(before, { ...hold, createdAt: time }),
    ...counting(before, { direction: 'out', minor: amountMinor, count: 1, version, at: time }),
  });
  return { steps: [{ type: 'HoldPlaced', walletId, change }], shownHoldId: holdId };
}

/** The open hold that a request names. */
function openHold({ id, holds }: ModelWallet, holdId: string, at: string): ModelHold | Refused {
  const hold = holds.get(holdId);
  if (hold === undefined) return refuse('HOLD_NOT_FOUND', id);
  const { status, expiresAt } = hold;
  if (status === 'expired' || (status === 'open' && isDue(expiresAt, at)))
    return refuse('HOLD_EXPIRED', id, { facts: { expiresAt } });
  return status === 'open' ? hold : refuse('HOLD_CLOSED', id, { facts: { holdStatus: status } });
}

/** `seen` are the wallets when the request arrived. The target of a hold is found in them. */
export function planCapture(
  wallets: ModelWallets,
  request: CaptureRequest,
  at: string,
  seen: ModelWallets,
): Plan | Refused {
  const { walletId, holdId, ifMatch, amount, final = true, overcapture = false } = request;
  const wallet = wallets.get(walletId);
  if (wallet === undefined) return refuse('WALLET_NOT_FOUND', walletId);
  const seenTargetId = seen.get(walletId)?.holds.get(holdId)?.toWalletId;
  const target = seenTargetId === undefined ? undefined : wallets.get(seenTargetId);
  const blocked = wallet.freeze?.holds === 'block' ? { freezeScope: wallet.freeze.scope } : undefined;
  const refused = first(
    refuseVersion(wallet, ifMatch),
    refuseClosed(wallet, target),
    blocked && refuse('WALLET_FROZEN', walletId, { facts: blocked }),
    refuseFrozen(undefined, target),
  );
  if (refused !== undefined) return refused;
  const hold = openHold(wallet, holdId, at);
  if (isRefused(hold)) return hold;
  // It was placed after the request arrived.
  if (hold.toWalletId !== seenTargetId) return refuse('HOLD_NOT_FOUND', walletId);
  const minor = amount === undefined ? hold.remainingMinor : movedMinor(wallet, amount);
  if (isRefused(minor)) return minor;
  const over = minor > hold.remainingMinor ? minor - hold.remainingMinor : 0n;
  if (over > 0n && !overcapture) {
    const { currency } = wallet;
    const remaining = decimalOf(hold.remainingMinor, currency);
    const numbers = { remaining, requested: decimalOf(minor, currency), currency };
    return refuse('HOLD_AMOUNT_EXCEEDED', walletId, { numbers });
  }
  const isLast = hold.captures + 1 >= capturesMax;
  const time = timeFor(at, wallet, target);
  const wholeMinor = hold.capturedMinor + minor;
  const unable = first(
    // A capture within its hold was counted with the hold. Nobody was promised more.
    over > 0n ? refuseUse(wallet, { direction: 'out', minor: over, wholeMinor, count: 0 }, time) : undefined,
    over > 0n && target ? refuseUse(target, { direction: 'in', minor, ofOther: true }, time) : undefined,
    over > 0n ? refuseFunds(wallet, over) : undefined,
    target && refuseMaximum(target, minor),
    hold.captures >= capturesMax || (isLast && !final) ? refuse('TOO_MANY_CAPTURES', walletId) : undefined,
  );
  if (unable !== undefined) return unable;
  const left = hold.remainingMinor - (minor - over);
  const captured = {
    ...hold,
    capturedMinor: hold.capturedMinor + minor,
    overMinor: hold.overMinor + over,
    captures: hold.captures + 1,
    releasedMinor: hold.releasedMinor + (final ? left : 0n),
    remainingMinor: final ? 0n : left,
  };
  const receiver = target && { walletId: target.id, version: target.version + 1 };
  const change = (before: ModelWallet, version: number, happenedAt: string) => ({
    balanceMinor: before.balanceMinor - minor,
    ...withHold(before, ended(captured, 'captured', happenedAt)),
    ...withMovement(before, version, {
      ...{ amountMinor: minor, reversedMinor: 0n },
      ...(receiver ? { kind: 'sent', other: receiver } : { kind: 'debit' }),
    }),
    ...(over > 0n
      ? counting(before, { direction: 'out', minor: over, count: 0, version, at: happenedAt })
      : uncounting(before, hold, final ? left : 0n, { version, at: happenedAt, isGone: false })),
  });
  const taken = { type: 'HoldCaptured', walletId, change };
  const sender = { walletId, version: wallet.version + 1 };
  const steps = target === undefined ? [taken] : [taken, receiving(target.id, minor, sender)];
  return { steps, capturedMinor: minor, shownHoldId: holdId };
}

function ended(hold: ModelHold, status: 'captured' | 'voided', time: string): ModelHold {
  return hold.remainingMinor > 0n ? hold : { ...hold, status, endedAt: time };
}

/** It works on a frozen wallet, too. */
export function planVoid(wallets: ModelWallets, request: VoidRequest, at: string): Plan | Refused {
  const { walletId, holdId, ifMatch } = request;
  const wallet = wallets.get(walletId);
  if (wallet === undefined) return refuse('WALLET_NOT_FOUND', walletId);
  const refused = refuseVersion(wallet, ifMatch);
  if (refused !== undefined) return refused;
  const hold = openHold(wallet, holdId, at);
  if (isRefused(hold)) return hold;
  const releasedMinor = hold.releasedMinor + hold.remainingMinor;
  const isGone = hold.capturedMinor === 0n;
  const change = (before: ModelWallet, version: number, time: string) => ({
    ...withHold(before, ended({ ...hold, releasedMinor, remainingMinor: 0n }, 'voided', time)),
    ...uncounting(before, hold, hold.remainingMinor, { version, at: time, isGone }),
  });
  return { steps: [{ type: 'HoldReleased', walletId, change }], shownHoldId: holdId };
}

export function planAdjust(wallets: ModelWallets, request: AdjustRequest, at: string): Plan | Refused {
  const { walletId, holdId, ifMatch, amount } = request;
  const wallet = wallets.get(walletId);
  if (wallet === undefined) return refuse('WALLET_NOT_FOUND', walletId);
  const refused = refuseVersion(wallet, ifMatch);
  if (refused !== undefined) return refused;
  const hold = openHold(wallet, holdId, at);
  if (isRefused(hold)) return hold;
  const amountMinor = amount === undefined ? hold.amountMinor : movedMinor(wallet, amount);
  if (isRefused(amountMinor)) return amountMinor;
  const more = amountMinor - hold.amountMinor;
  const remainingMinor = hold.remainingMinor + more;
  const stopped = first(
    // More is held only if money could leave the wallet.
    more > 0n ? refuseFrozen(wallet, undefined) : undefined,
    remainingMinor > 0n ? undefined : refuse('AMOUNT_INVALID', walletId, { field: 'amount' }),
  );
  if (stopped !== undefined) return stopped;
  const isLonger = request.expiresAt !== undefined || request.expiresInSeconds !== undefined;
  const expiresAt = isLonger ? expiryOf(request, walletId, at) : hold.expiresAt;
  if (isRefused(expiresAt)) return expiresAt;
  const asked = { direction: 'out', minor: more, wholeMinor: amountMinor, count: 0 } as const;
  const unable =
    more > 0n ? first(refuseUse(wallet, asked, timeFor(at, wallet)), refuseFunds(wallet, more)) : undefined;
  if (unable !== undefined) return unable;
  const change = (before: ModelWallet, version: number, time: string) => ({
    ...withHold(before, { ...hold, amountMinor, remainingMinor, expiresAt }),
    ...(more > 0n
      ? counting(before, { direction: 'out', minor: more, count: 0, version, at: time })
      : uncounting(before, hold, -more, { version, at: time, isGone: false })),
  });
  return { steps: [{ type: 'HoldAdjusted', walletId, change }], shownHoldId: holdId };
}
