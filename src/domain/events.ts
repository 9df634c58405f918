// The events of a wallet. A stored event never changes: a new need is a new field that upcasters fill
// (`eventStore/eventCodec.ts`) or a new type. Each event carries its currency and the balance after it. So
// statements, ledger entries and balances at a time need no replay and no join, and verification can compare.
import type { Currency } from './currency.ts';
import type { HoldEvent } from './holdEvents.ts';
import type { ReversalEvent } from './reversal.ts';
import type { StateAfter } from './stateAfter.ts';
import type { LifecycleEvent } from './walletEvents.ts';

interface WalletCreated extends StateAfter {
  readonly type: 'WalletCreated';
  readonly ownerId: string;
  readonly currency: Currency;
  /** Initial balance, which is also the balance after the event; 0 or more. */
  readonly balanceMinor: bigint;
}

interface WalletCredited extends StateAfter {
  readonly type: 'WalletCredited';
  readonly currency: Currency;
  readonly amountMinor: bigint;
  readonly balanceMinor: bigint;
  readonly description: string;
}

interface WalletDebited extends StateAfter {
  readonly type: 'WalletDebited';
  readonly currency: Currency;
  readonly amountMinor: bigint;
  readonly balanceMinor: bigint;
  readonly description: string;
}

/**
 * The sending half of a transfer. It carries the receiver's balance too, because the ledger books both legs
 * from it.
 */
interface TransferSent extends StateAfter {
  readonly type: 'TransferSent';
  readonly transferId: string;
  readonly toWalletId: string;
  readonly currency: Currency;
  readonly amountMinor: bigint;
  readonly balanceMinor: bigint;
  readonly toBalanceMinor: bigint;
  readonly description: string;
}

/** The receiving half of a transfer, appended in the same statement, directly after its `TransferSent`. */
interface TransferReceived extends StateAfter {
  readonly type: 'TransferReceived';
  readonly transferId: string;
  readonly fromWalletId: string;
  readonly currency: Currency;
  readonly amountMinor: bigint;
  readonly balanceMinor: bigint;
  readonly description: string;
}

/** The events that only move a balance. They are nearly all events, and rebuilds read them in packed form. */
export type MovingEvent = WalletCreated | WalletCredited | WalletDebited | TransferSent | TransferReceived;

export type WalletEvent = MovingEvent | HoldEvent | ReversalEvent | LifecycleEvent;

/** A record, so that a new type does not compile until it is here. */
const known: Readonly<Record<WalletEvent['type'], true>> = {
  WalletCreated: true,
  WalletCredited: true,
  WalletDebited: true,
  TransferSent: true,
  TransferReceived: true,
  HoldPlaced: true,
  HoldCaptured: true,
  HoldReleased: true,
  HoldAdjusted: true,
  CreditReversed: true,
  DebitRefunded: true,
  TransferReturned: true,
  TransferReturnReceived: true,
  WalletFrozen: true,
  WalletUnfrozen: true,
  WalletLimitsChanged: true,
  VelocityRulesChanged: true,
  AlertRulesChanged: true,
  WalletClosed: true,
  WalletDetailsChanged: true,
};
export const eventTypes = Object.keys(known) as readonly WalletEvent['type'][];

type BalanceFields = 'type' | 'currency' | 'amountMinor' | 'balanceMinor' | keyof StateAfter;

/** The fields of an event that a wallet's balance needs. Rebuilds do not read the texts and counterparts. */
export type BalanceEvent =
  | WalletCreated
  | Pick<WalletCredited, BalanceFields>
  | Pick<WalletDebited, BalanceFields>
  | Pick<TransferSent, BalanceFields>
  | Pick<TransferReceived, BalanceFields>
  | HoldEvent
  | ReversalEvent
  | LifecycleEvent;

type EntryFields = 'type' | 'currency' | 'amountMinor' | 'balanceMinor' | 'heldMinor';

/** The fields of an event that a double entry needs. */
export type BookableEvent =
  | Pick<WalletCreated, 'type' | 'currency' | 'balanceMinor' | 'heldMinor'>
  | Pick<WalletCredited, EntryFields>
  | Pick<WalletDebited, EntryFields>
  | Pick<TransferSent, EntryFields | 'toWalletId' | 'toBalanceMinor'>
  | Pick<TransferReceived, EntryFields>
  | HoldEvent
  | ReversalEvent
  | LifecycleEvent;

/** An event of one wallet's stream, before the event store has given it a position. */
export interface NewEvent {
  readonly walletId: string;
  /** Version of the wallet after this event: the version before it plus one, from 1. */
  readonly version: number;
  readonly occurredAt: Date;
  readonly event: WalletEvent;
}

/** The part of a NewEvent that `evolve` reads. */
export interface BalanceStep extends Omit<NewEvent, 'event'> {
  readonly event: BalanceEvent;
}

/** The part of a StoredEvent that the ledger reads. */
export interface BookableRecord extends Pick<StoredEvent, 'position' | 'walletId' | 'occurredAt'> {
  readonly event: BookableEvent;
}

/** An event as stored. */
export interface StoredEvent extends NewEvent {
  /** Position in the log of all wallets: in commit order, without gaps, from 1. */
  readonly position: bigint;
}
