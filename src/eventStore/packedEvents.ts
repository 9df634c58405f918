// Events in packed form: the few fields that a balance or a double entry needs, as texts of PostgreSQL. The
// three fast readers in read/ use it; `decodeEvent` reads an event whole, by its JSON.
//
// Invariant: only events of the types and schema versions in `schemaVersionsJson` are parsed here, and only
// those of wallets with nothing but a balance. PostgreSQL compares it in each statement. Every other event,
// and an event with a missing field, is read through the codec.
//
// The three statements are written by hand and not generated from one list of fields. They pack the same
// fields in three ways: rows are exact, and one text a wallet or one text a page is fast. A generator would
// need all three ways, and it would hide the text that was measured. This file holds the shared part: the
// events that may be packed, and the only parser of packed fields.
import type { BalanceEvent, BookableEvent, MovingEvent } from '../domain/events.ts';
import { schemaVersions } from './eventCodec.ts';
import { minorUnits } from './storedAmounts.ts';

const { WalletCreated, WalletCredited, WalletDebited, TransferSent, TransferReceived } = schemaVersions;
const packable: Readonly<Record<MovingEvent['type'], number>> = {
  ...{ WalletCreated, WalletCredited, WalletDebited, TransferSent, TransferReceived },
};
/** The parameter with which a statement recognises an event that only moves a balance. */
export const schemaVersionsJson = JSON.stringify(packable);

/** Whether events of the type only move a balance. */
export function isPackable(type: string): boolean {
  return Object.hasOwn(packable, type);
}

type MovementType = Exclude<MovingEvent['type'], 'WalletCreated'>;

interface Movement<Type extends string> {
  readonly type: Type;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly balanceMinor: bigint;
}

/** The fields of an event that change a balance; undefined if one is missing or is no amount. */
export function toBalanceEvent(
  type: string,
  currency: string | null,
  amount: string | null,
  balance: string | null,
  ownerId: string | null,
): BalanceEvent | undefined {
  if (type !== 'WalletCreated') return toMovement(type as MovementType, currency, amount, balance);
  if (ownerId === null || currency === null || balance === null || !minorUnits.test(balance))
    return undefined;
  return { type, ownerId, currency, balanceMinor: BigInt(balance) };
}

/** The fields of an event that the ledger books; undefined if one is missing or is no amount. */
export function toBookableEvent(
  type: string,
  currency: string,
  amount: string,
  balance: string,
  toWalletId: string,
  toBalance: string,
): BookableEvent | undefined {
  if (type === 'WalletCreated')
    return minorUnits.test(balance) ? { type, currency, balanceMinor: BigInt(balance) } : undefined;
  if (type !== 'TransferSent')
    return toMovement(type as Exclude<MovementType, 'TransferSent'>, currency, amount, balance);
  const sent = toMovement(type, currency, amount, balance);
  if (sent === undefined || !minorUnits.test(toBalance)) return undefined;
  const { amountMinor, balanceMinor } = sent;
  return { type, currency, amountMinor, balanceMinor, toWalletId, toBalanceMinor: BigInt(toBalance) };
}

function toMovement<Type extends MovementType>(
  type: Type,
  currency: string | null,
  amount: string | null,
  balance: string | null,
): Movement<Type> | undefined {
  if (currency === null || balance === null || !minorUnits.test(balance)) return undefined;
  if (amount === null || !minorUnits.test(amount)) return undefined;
  return { type, currency, amountMinor: BigInt(amount), balanceMinor: BigInt(balance) };
}
