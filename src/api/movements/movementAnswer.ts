// Movements as the API shows them. Pure. `JSON.stringify` writes every amount as an exact number.
import { effectOf } from '../../domain/effects.ts';
import { eventTypes, type StoredEvent, type WalletEvent } from '../../domain/events.ts';
import { formatAmount } from '../../domain/money.ts';
import { movementIdOf } from '../../domain/movementId.ts';
import type { EventRef, Reversal } from '../../domain/reversal.ts';
import { bareAccount, bareId } from '../../domain/tenant.ts';
import type { Movement } from '../../eventStore/read/readMovements.ts';
import type { Booking } from '../../projections/ledger/booking.ts';
import type { BookedEntry } from '../../projections/ledger/forms/ledgerForm.ts';
import type { CommandIdCover } from '../wallets/commandIdCover.ts';
import { jsonNumber } from '../http/exactJson.ts';

/** `change` is an event that moves and holds nothing, such as a freeze. */
export const movementTypes = [
  'create',
  'credit',
  'debit',
  'transfer',
  'hold',
  'capture',
  'release',
  'reversal',
  'change',
] as const;
export type MovementType = (typeof movementTypes)[number];

const typeOf: Readonly<Record<WalletEvent['type'], MovementType>> = {
  WalletCreated: 'create',
  WalletCredited: 'credit',
  WalletDebited: 'debit',
  TransferSent: 'transfer',
  TransferReceived: 'transfer',
  HoldPlaced: 'hold',
  HoldAdjusted: 'hold',
  HoldCaptured: 'capture',
  HoldReleased: 'release',
  CreditReversed: 'reversal',
  DebitRefunded: 'reversal',
  TransferReturned: 'reversal',
  TransferReturnReceived: 'reversal',
  WalletFrozen: 'change',
  WalletUnfrozen: 'change',
  WalletLimitsChanged: 'change',
  VelocityRulesChanged: 'change',
  AlertRulesChanged: 'change',
  WalletClosed: 'change',
  WalletDetailsChanged: 'change',
};

/** The events of each type of movement. */
export const eventTypesOf: Readonly<Record<MovementType, readonly WalletEvent['type'][]>> =
  Object.fromEntries(
    movementTypes.map((type) => [type, eventTypes.filter((eventType) => typeOf[eventType] === type)]),
  ) as unknown as Record<MovementType, WalletEvent['type'][]>;

export function movementTypeOf({ type }: Pick<WalletEvent, 'type'>): MovementType {
  return typeOf[type];
}

export function toMovementAnswer(
  { id, first, second, commandId, correlationId }: Movement,
  cover: Pick<CommandIdCover, 'shown'>,
): object {
  const { event, occurredAt } = first;
  const { currency } = event;
  const type = typeOf[event.type];
  return {
    movementId: bareId(id),
    type,
    amount: jsonNumber(formatAmount(amountOf(event), currency)),
    currency,
    occurredAt: occurredAt.toISOString(),
    description: wordsOf(event),
    from: gives(event) ? toSide(first) : null,
    to: second === undefined ? (takes(event) ? toSide(first) : null) : toSide(second),
    commandId: commandId === undefined ? null : cover.shown(commandId),
    requestId: correlationId ?? null,
    transferId: 'transferId' in event ? event.transferId : null,
    holdId: 'holdId' in event ? event.holdId : null,
    originalMovementId: 'original' in event ? originalIdOf(event.original) : null,
  };
}

/** The words that the caller gave. A change of a wallet has a reason in place of a description. */
function wordsOf(event: WalletEvent): string {
  if (event.type === 'WalletFrozen') return event.terms.freeze?.reason ?? '';
  if (event.type === 'WalletUnfrozen' || event.type === 'WalletClosed') return event.reason;
  return 'description' in event ? event.description : '';
}

function originalIdOf({ walletId, version }: EventRef): string {
  return movementIdOf(bareId(walletId), version);
}

/** Whether money leaves the wallet of the event. */
function gives(event: WalletEvent): boolean {
  return event.type !== 'WalletCreated' && effectOf(event).balanceMinor < 0n;
}

/** Whether money comes to the wallet of the event. A wallet that is created empty counts as its receiver. */
function takes(event: WalletEvent): boolean {
  return event.type === 'WalletCreated' || effectOf(event).balanceMinor > 0n;
}

/** The amount that moved, or that was held or released; 0 if nothing was. */
function amountOf(event: WalletEvent): bigint {
  if ('amountMinor' in event) return event.amountMinor;
  const { balanceMinor, heldMinor } = effectOf(event);
  const changed = balanceMinor === 0n ? heldMinor : balanceMinor;
  return changed < 0n ? -changed : changed;
}

function toSide({ walletId, version, position, event }: StoredEvent): object {
  return {
    walletId: bareId(walletId),
    version,
    position: jsonNumber(position.toString()),
    balance: jsonNumber(formatAmount(event.balanceMinor, event.currency)),
  };
}

/** True if the ledger shows no entries: a wallet that was created empty, a hold, a freeze. */
export function movesNothing({ first: { event } }: Movement): boolean {
  return effectOf(event).balanceMinor === 0n;
}

/** What went back of a movement, and by which movements. */
export function toReversedAnswer(reversal: Reversal | undefined, currency: string): object {
  const money = (minor: bigint) => jsonNumber(formatAmount(minor, currency));
  const { reversedMinor = 0n, reversedBy = [] } = reversal ?? {};
  return {
    reversed: money(reversedMinor),
    reversedBy: reversedBy.map(({ walletId, version, amountMinor, at }) => ({
      movementId: movementIdOf(bareId(walletId), version),
      amount: money(amountMinor),
      reversedAt: at.toISOString(),
    })),
  };
}

export function toBookingAnswer(booking: Booking | undefined): object {
  if (booking === undefined) return { state: 'nothing to book', reason: null, entries: [] };
  return { ...booking, entries: booking.entries.map(toBookedEntry) };
}

function toBookedEntry(entry: BookedEntry): object {
  const { account, direction, amountMinor, currency, balanceAfterMinor } = entry;
  return {
    account: bareAccount(account),
    direction,
    amount: jsonNumber(formatAmount(amountMinor, currency)),
    currency,
    balanceAfter: balanceAfterMinor === null ? null : jsonNumber(formatAmount(balanceAfterMinor, currency)),
  };
}
