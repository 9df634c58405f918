// Reversals: money that moved goes back, whole or in parts. The original event never changes. Its reversals
// are new events of today, and a sum beside it says how much went back. Pure.
import type { Currency } from './currency.ts';
import type { StateAfter } from './stateAfter.ts';

export const reversalReasons = ['mistake', 'refund', 'fraud', 'duplicate', 'other'] as const;
export type ReversalReason = (typeof reversalReasons)[number];

/** Reversals of one event at most. The last one takes all that is left. */
export const reversalsMax = 100;

/** An event by its place: the wallet, and the version that it gave the wallet. */
export interface EventRef {
  readonly walletId: string;
  readonly version: number;
}

interface OfReversal extends StateAfter {
  readonly currency: Currency;
  readonly amountMinor: bigint;
  readonly balanceMinor: bigint;
  /** The event that is reversed. Of a transfer or a paying capture it is the sending half. */
  readonly original: EventRef;
  /** All that has gone back of it, with this. */
  readonly reversedMinor: bigint;
  readonly reason: ReversalReason;
  readonly description: string;
}

/** A credit is taken back. */
interface CreditReversed extends OfReversal {
  readonly type: 'CreditReversed';
}

/** A debit, or a capture that paid out, is given back. */
interface DebitRefunded extends OfReversal {
  readonly type: 'DebitRefunded';
}

/** The receiver of a transfer gives it back. The ledger books both legs from it. */
interface TransferReturned extends OfReversal {
  readonly type: 'TransferReturned';
  readonly returnId: string;
  readonly toWalletId: string;
  readonly toBalanceMinor: bigint;
}

/** The sender of the original transfer gets it back. It follows its `TransferReturned` directly. */
interface TransferReturnReceived extends OfReversal {
  readonly type: 'TransferReturnReceived';
  readonly returnId: string;
  readonly fromWalletId: string;
}

export type ReversalEvent = CreditReversed | DebitRefunded | TransferReturned | TransferReturnReceived;

/** How much of an event went back. */
export interface Reversal {
  readonly walletId: string;
  readonly version: number;
  readonly amountMinor: bigint;
  /** Invariant: more than 0, and at most `amountMinor`. */
  readonly reversedMinor: bigint;
  readonly reversedBy: readonly (EventRef & { readonly amountMinor: bigint; readonly at: Date })[];
}

/** The key of an event among those of all wallets. */
export function eventKey({ walletId, version }: EventRef): string {
  return `${walletId} ${version}`;
}
