// Events in packed form: the few fields that a balance or a double entry needs, as texts of PostgreSQL. The three
// fast readers in read/ use it; `decodeEvent` reads an event whole, by its JSON.
//
// Invariant: fields are taken apart here only if type and schema version are in `schemaVersionsJson`, which PostgreSQL
// compares in each statement. Every other event, and one with a missing field, is read through the codec.
//
// The three statements are written by hand and not derived from one list of fields. Each packs the same fields in
// another way, and each way has a measured reason: a row an event for exactness, one text a wallet, one text a page.
// A generator would need all three ways and would hide the text that was measured. The shared part is here: which
// events may be packed, and the only code that turns packed texts into events.
import type { BalanceEvent, BookableEvent } from '../domain/events.ts';
import { minorUnits, schemaVersions } from './eventCodec.ts';

/** The parameter with which a statement recognises an event of this code's types and schema versions. */
export const schemaVersionsJson = JSON.stringify(schemaVersions);

type MovementType = Exclude<BalanceEvent['type'], 'WalletCreated'>;

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
