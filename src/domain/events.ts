// What can happen to a wallet, as facts. Events are never changed once stored: a new need is a new field that
// upcasters fill (`eventStore/eventCodec.ts`) or a new type. Each carries its currency and the
// balance that it left behind, so statements, ledger entries and balances at a time need no replay and no join,
// and a checker can compare.
import type { Currency } from './currency.ts';

export interface WalletCreated {
  readonly type: 'WalletCreated';
  readonly ownerId: string;
  readonly currency: Currency;
  /** Initial balance, also the balance after; 0 or more. */
  readonly balanceMinor: bigint;
}

export interface WalletCredited {
  readonly type: 'WalletCredited';
  readonly currency: Currency;
  readonly amountMinor: bigint;
  readonly balanceMinor: bigint;
  readonly description: string;
}

export interface WalletDebited {
  readonly type: 'WalletDebited';
  readonly currency: Currency;
  readonly amountMinor: bigint;
  readonly balanceMinor: bigint;
  readonly description: string;
}

/** The sending half of a transfer. Carries the receiver's balance too: the ledger books both legs from it. */
export interface TransferSent {
  readonly type: 'TransferSent';
  readonly transferId: string;
  readonly toWalletId: string;
  readonly currency: Currency;
  readonly amountMinor: bigint;
  readonly balanceMinor: bigint;
  readonly toBalanceMinor: bigint;
  readonly description: string;
}

/** The receiving half of a transfer, appended in the same statement, right behind its `TransferSent`. */
export interface TransferReceived {
  readonly type: 'TransferReceived';
  readonly transferId: string;
  readonly fromWalletId: string;
  readonly currency: Currency;
  readonly amountMinor: bigint;
  readonly balanceMinor: bigint;
  readonly description: string;
}

export type WalletEvent = WalletCreated | WalletCredited | WalletDebited | TransferSent | TransferReceived;

type BalanceFields = 'type' | 'currency' | 'amountMinor' | 'balanceMinor';

/** What a wallet's balance needs of an event: all but texts and counterparts, which rebuilds need not read. */
export type BalanceEvent =
  | WalletCreated
  | Pick<WalletCredited, BalanceFields>
  | Pick<WalletDebited, BalanceFields>
  | Pick<TransferSent, BalanceFields>
  | Pick<TransferReceived, BalanceFields>;

/** What a double entry needs of an event. */
export type BookableEvent =
  | Pick<WalletCreated, 'type' | 'currency' | 'balanceMinor'>
  | Pick<WalletCredited, BalanceFields>
  | Pick<WalletDebited, BalanceFields>
  | Pick<TransferSent, BalanceFields | 'toWalletId' | 'toBalanceMinor'>
  | Pick<TransferReceived, BalanceFields>;

/** An event of one wallet's stream, before the event store has given it a position. */
export interface NewEvent {
  readonly walletId: string;
  /** Version of the wallet that this event makes: its predecessor's plus one, from 1. */
  readonly version: number;
  readonly occurredAt: Date;
  readonly event: WalletEvent;
}

/** As much of a NewEvent as `evolve` looks at. */
export interface BalanceStep extends Omit<NewEvent, 'event'> {
  readonly event: BalanceEvent;
}

/** As much of a StoredEvent as the ledger looks at. */
export interface BookableRecord extends Pick<StoredEvent, 'position' | 'walletId' | 'occurredAt'> {
  readonly event: BookableEvent;
}

/** An event as stored. */
export interface StoredEvent extends NewEvent {
  /** Place in the log of all wallets; without gaps, in commit order, from 1. */
  readonly position: bigint;
}
