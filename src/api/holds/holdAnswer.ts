// Holds as the API shows them. Pure. The status is made of what happened to the hold, and stored nowhere.
import type { Hold } from '../../domain/hold.ts';
import type { HoldEnd } from '../../domain/holdEvents.ts';
import { formatAmount } from '../../domain/money.ts';
import { movementIdOf } from '../../domain/movementId.ts';
import { bareId } from '../../domain/tenant.ts';
import { jsonNumber } from '../http/exactJson.ts';

/** A hold as JSON. `JSON.stringify` writes its amounts as exact numbers. */
export function toHoldAnswer(hold: Hold | undefined): object {
  if (hold === undefined) throw new Error('the outcome of a command on a hold has no hold');
  const { currency } = hold;
  const money = (minor: bigint) => jsonNumber(formatAmount(minor, currency));
  return {
    holdId: hold.holdId,
    walletId: bareId(hold.walletId),
    status: statusOf(hold),
    amount: money(hold.amountMinor),
    captured: money(hold.capturedMinor),
    released: money(hold.releasedMinor),
    remaining: money(hold.remainingMinor),
    currency,
    expiresAt: hold.expiresAt.toISOString(),
    toWalletId: hold.toWalletId === null ? null : bareId(hold.toWalletId),
    description: hold.description,
    metadata: hold.metadata,
    createdAt: hold.createdAt.toISOString(),
    endedAt: hold.endedAt?.toISOString() ?? null,
  };
}

function statusOf({ endedAs }: Hold): HoldEnd | 'open' {
  return endedAs ?? 'open';
}

/** The hold with each capture, as a read shows it. */
export function toHoldWithCaptures(hold: Hold): object {
  const captures = hold.captures.map(({ captureId, amountMinor, version, at }) => ({
    captureId,
    amount: jsonNumber(formatAmount(amountMinor, hold.currency)),
    movementId: movementIdOf(bareId(hold.walletId), version),
    capturedAt: at.toISOString(),
  }));
  return { ...toHoldAnswer(hold), captures };
}

export function toCaptureAnswer(
  { captureId, amountMinor }: { readonly captureId: string; readonly amountMinor: bigint },
  currency: string,
): object {
  return { captureId, amount: jsonNumber(formatAmount(amountMinor, currency)) };
}
