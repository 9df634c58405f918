// A hold: a part of a wallet's balance that is set aside for a payment to come. Pure. A hold ends when
// nothing of it remains: captured, voided, expired, or released with its wallet.
//
// Invariant: captured + released + remaining = amount + what was captured beyond it.
import type { Currency } from './currency.ts';
import type { HoldEnd, HoldEvent } from './holdEvents.ts';

interface Capture {
  readonly captureId: string;
  readonly amountMinor: bigint;
  /** The version that the capture gave the wallet. It names the movement. */
  readonly version: number;
  readonly at: Date;
}

export interface Hold {
  readonly walletId: string;
  readonly holdId: string;
  readonly currency: Currency;
  readonly amountMinor: bigint;
  /** All that was captured, also what exceeded the amount. */
  readonly capturedMinor: bigint;
  readonly releasedMinor: bigint;
  readonly remainingMinor: bigint;
  readonly expiresAt: Date;
  /** The wallet that a capture pays; null if it pays out. */
  readonly toWalletId: string | null;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly captures: readonly Capture[];
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly endedAs: HoldEnd | null;
}

/** The open holds of a wallet, as its row sums them up. */
export interface OpenHolds {
  readonly count: number;
  /** No open hold expires before this time. */
  readonly dueFrom: Date;
  /** No open hold that is not due yet expires before this time. Known if the due ones were loaded. */
  readonly laterFrom?: Date;
}

export const openHoldsMax = 1000;
export const capturesMax = 50;
export const holdLifetimeMinMs = 1000;
export const holdLifetimeMaxMs = 366 * 24 * 3_600_000;
export const holdLifetimeDefaultMs = 7 * 24 * 3_600_000;

/** The key of a hold among those of all wallets. No id has a space. */
export function holdKey(walletId: string, holdId: string): string {
  return `${walletId} ${holdId}`;
}

export function isDue({ expiresAt }: Pick<Hold, 'expiresAt'>, now: Date): boolean {
  return expiresAt <= now;
}

/** A due hold as it will be once its release is written. Until then it ended when it expired. */
export function holdAfterDue(hold: Hold): Hold {
  const { releasedMinor, remainingMinor, expiresAt } = hold;
  return {
    ...hold,
    ...{ releasedMinor: releasedMinor + remainingMinor, remainingMinor: 0n },
    ...{ endedAt: expiresAt, endedAs: 'expired' },
  };
}

/** The event that ends a due hold. A release leaves the balance of the wallet as it is. */
export function releaseOfDue(
  { holdId, currency, remainingMinor }: Hold,
  balanceMinor: bigint,
): Extract<HoldEvent, { type: 'HoldReleased' }> {
  const released = { holdId, currency, balanceMinor, amountMinor: remainingMinor };
  return { type: 'HoldReleased', ...released, reason: 'expired', description: '' };
}

/** A stream breaks a rule of holds. Names the hold and the rule. */
export class BrokenHoldError extends Error {
  override readonly name = 'BrokenHoldError';
}

interface HoldStep {
  readonly walletId: string;
  readonly version: number;
  readonly occurredAt: Date;
  readonly event: HoldEvent;
}

/** The hold after one more event. Throws BrokenHoldError if this service never decided such an event. */
export function evolveHold(hold: Hold | undefined, step: HoldStep): Hold {
  const { walletId, occurredAt, event } = step;
  const broken = (rule: string) => new BrokenHoldError(`hold "${event.holdId}" of "${walletId}": ${rule}`);
  if (event.type === 'HoldPlaced') {
    if (hold !== undefined) throw broken('a hold is placed once');
    return placed(step, event);
  }
  if (hold === undefined) throw broken(`${event.type} before HoldPlaced`);
  if (hold.endedAs !== null) throw broken(`${event.type} after its end`);
  const next = changed(hold, step, event);
  if (next.remainingMinor < 0n) throw broken(`${event.type} leaves ${next.remainingMinor}`);
  if (next.remainingMinor > 0n) return next;
  return { ...next, endedAt: occurredAt, endedAs: event.type === 'HoldReleased' ? event.reason : 'captured' };
}

function placed({ walletId, occurredAt }: HoldStep, event: HoldEvent & { type: 'HoldPlaced' }): Hold {
  const { holdId, currency, amountMinor, expiresAt, description } = event;
  return {
    walletId,
    holdId,
    currency,
    amountMinor,
    capturedMinor: 0n,
    releasedMinor: 0n,
    remainingMinor: amountMinor,
    expiresAt,
    toWalletId: event.toWalletId ?? null,
    description,
    metadata: event.metadata ?? {},
    captures: [],
    createdAt: occurredAt,
    endedAt: null,
    endedAs: null,
  };
}

function changed(
  hold: Hold,
  { version, occurredAt }: HoldStep,
  event: Exclude<HoldEvent, { readonly type: 'HoldPlaced' }>,
): Hold {
  switch (event.type) {
    case 'HoldCaptured': {
      const { captureId, amountMinor, releasedMinor, overMinor } = event;
      return {
        ...hold,
        capturedMinor: hold.capturedMinor + amountMinor,
        releasedMinor: hold.releasedMinor + releasedMinor,
        remainingMinor: hold.remainingMinor - (amountMinor - overMinor) - releasedMinor,
        captures: [...hold.captures, { captureId, amountMinor, version, at: occurredAt }],
      };
    }
    case 'HoldReleased':
      return {
        ...hold,
        releasedMinor: hold.releasedMinor + event.amountMinor,
        remainingMinor: hold.remainingMinor - event.amountMinor,
      };
    case 'HoldAdjusted':
      return {
        ...hold,
        amountMinor: hold.amountMinor + event.changeMinor,
        remainingMinor: hold.remainingMinor + event.changeMinor,
        expiresAt: event.expiresAt,
      };
    default:
      return event satisfies never;
  }
}
