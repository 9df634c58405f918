// Movements as the API shows them. Pure. `JSON.stringify` writes every amount as an exact number.
import type { StoredEvent, WalletEvent } from '../../domain/events.ts';
import { formatAmount } from '../../domain/money.ts';
import { bareAccount, bareId } from '../../domain/tenant.ts';
import type { Movement } from '../../eventStore/read/readMovements.ts';
import type { Booking } from '../../projections/ledger/booking.ts';
import type { BookedEntry } from '../../projections/ledger/forms/ledgerForm.ts';
import type { CommandIdCover } from '../wallets/commandIdCover.ts';
import { jsonNumber } from '../http/exactJson.ts';

export type MovementType = 'create' | 'credit' | 'debit' | 'transfer';

/** The events of each type of movement. */
export const eventTypesOf: Readonly<Record<MovementType, readonly WalletEvent['type'][]>> = {
  create: ['WalletCreated'],
  credit: ['WalletCredited'],
  debit: ['WalletDebited'],
  transfer: ['TransferSent', 'TransferReceived'],
};

const typeOf: Readonly<Record<WalletEvent['type'], MovementType>> = {
  WalletCreated: 'create',
  WalletCredited: 'credit',
  WalletDebited: 'debit',
  TransferSent: 'transfer',
  TransferReceived: 'transfer',
};

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
    description: 'description' in event ? event.description : '',
    from: type === 'debit' || event.type === 'TransferSent' ? toSide(first) : null,
    to: type === 'transfer' ? receiverOf(first, second) : type === 'debit' ? null : toSide(first),
    commandId: commandId === undefined ? null : cover.shown(commandId),
    requestId: correlationId ?? null,
    transferId: 'transferId' in event ? event.transferId : null,
  };
}

function receiverOf(first: StoredEvent, second: StoredEvent | undefined): object | null {
  const received = second ?? (first.event.type === 'TransferReceived' ? first : undefined);
  return received === undefined ? null : toSide(received);
}

function amountOf(event: WalletEvent): bigint {
  return event.type === 'WalletCreated' ? event.balanceMinor : event.amountMinor;
}

function toSide({ walletId, version, position, event }: StoredEvent): object {
  return {
    walletId: bareId(walletId),
    version,
    position: jsonNumber(position.toString()),
    balance: jsonNumber(formatAmount(event.balanceMinor, event.currency)),
  };
}

/** True if the ledger has nothing to book: a wallet that was created empty. */
export function movesNothing({ first: { event } }: Movement): boolean {
  return amountOf(event) === 0n;
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
