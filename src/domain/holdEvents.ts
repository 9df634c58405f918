// The events of holds. They stand in the stream of the wallet whose money is held.
import type { Currency } from './currency.ts';
import type { StateAfter } from './stateAfter.ts';

/** Why nothing remains of a hold. */
export const holdEnds = ['captured', 'voided', 'expired', 'closed'] as const;
export type HoldEnd = (typeof holdEnds)[number];

interface OfHold extends StateAfter {
  readonly holdId: string;
  readonly currency: Currency;
  readonly balanceMinor: bigint;
}

/** Sets `amountMinor` of the balance aside. The balance stays. */
interface HoldPlaced extends OfHold {
  readonly type: 'HoldPlaced';
  readonly amountMinor: bigint;
  readonly expiresAt: Date;
  /** The wallet that a capture pays. Absent if it pays out. */
  readonly toWalletId?: string;
  readonly description: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Takes `amountMinor` out of the balance, and `amountMinor - overMinor` of it out of what the hold keeps. */
interface HoldCaptured extends OfHold {
  readonly type: 'HoldCaptured';
  readonly captureId: string;
  readonly amountMinor: bigint;
  /** The part of the hold that a final capture gives back. */
  readonly releasedMinor: bigint;
  /** The part of the amount that the hold did not cover. */
  readonly overMinor: bigint;
  /** Present together, if the capture pays a wallet. A `TransferReceived` follows in the same statement. */
  readonly toWalletId?: string;
  readonly toBalanceMinor?: bigint;
  readonly description: string;
}

/** Gives all that remains of the hold back. */
interface HoldReleased extends OfHold {
  readonly type: 'HoldReleased';
  readonly amountMinor: bigint;
  readonly reason: Exclude<HoldEnd, 'captured'>;
  /** The words of the person or program that voided it. */
  readonly description: string;
}

/** Changes how much is held, or until when. */
interface HoldAdjusted extends OfHold {
  readonly type: 'HoldAdjusted';
  /** What is held more than before; negative if less. */
  readonly changeMinor: bigint;
  readonly expiresAt: Date;
}

export type HoldEvent = HoldPlaced | HoldCaptured | HoldReleased | HoldAdjusted;
