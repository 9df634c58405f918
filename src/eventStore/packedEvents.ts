// Events in packed form: the few fields that a balance or a double entry needs, as texts of PostgreSQL. The
// three fast readers in read/ use it; `decodeEvent` reads an event whole, by its JSON.
//
// Nearly all events only move a balance. They are packed as words, with the state after them if it is not
// ordinary. Every other event is packed with its JSON, in the compact form alone, and goes through the codec.
//
// Invariant: only events of the schema versions in `schemaVersionsJson` and `wholeVersionsJson` are packed.
// PostgreSQL compares them in each statement. Any other event, or an event with a missing field, leaves a
// text that does not fit. Its stream or page is then read event by event.
//
// The three statements are written by hand and not generated from one list of fields. They pack the same
// fields in three ways: rows are exact, and one text a wallet or one text a page is fast. A generator would
// need all three ways, and it would hide the text that was measured. This file holds the shared part: the
// events that may be packed, and the only parser of packed fields.
import type { BalanceEvent, BookableEvent, MovingEvent, StoredEvent, WalletEvent } from '../domain/events.ts';
import type { StateAfter } from '../domain/stateAfter.ts';
import { decodeEvent, EventDecodeError, schemaVersions } from './eventCodec.ts';
import { minorUnits, signedMinorUnits } from './storedAmounts.ts';

const { WalletCreated, WalletCredited, WalletDebited, TransferSent, TransferReceived, ...others } =
  schemaVersions;
const moving: Readonly<Record<MovingEvent['type'], number>> = {
  ...{ WalletCreated, WalletCredited, WalletDebited, TransferSent, TransferReceived },
};
/** The parameter with which a statement recognises an event that only moves a balance. */
export const schemaVersionsJson = JSON.stringify(moving);
/** The parameter for all other events. */
export const wholeVersionsJson = JSON.stringify(others);

const movingTypes = new Map(Object.keys(moving).map((type) => [type, type as MovingEvent['type']]));

/** Whether events of the type only move a balance. */
export function isMoving(type: string): boolean {
  return movingTypes.has(type);
}

/**
 * The type as this code spells it; undefined if its events do more than move a balance. A piece of a long
 * text is compared letter by letter, and this one by its address.
 */
export function movingTypeOf(word: string): MovingEvent['type'] | undefined {
  return movingTypes.get(word);
}

/** The columns of an event as JSON. A JSON number would lose digits of an amount. */
export const wholeJson = `jsonb_build_object('data', data, 'amount_minor', amount_minor::text,
                         'balance_minor', balance_minor::text, 'held_minor', held_minor::text, 'status', status,
                         'terms_version', terms_version, 'details_version', details_version,
                         'currency', currency, 'description', description, 'extra', extra)`;

const absent = '-';

/** The state after an event as four words. */
export const stateWords = `coalesce(held_minor::text, '-'), coalesce(status, '-'),
                                coalesce(terms_version::text, '-'), coalesce(details_version::text, '-')`;

type Mutable<T> = { -readonly [Member in keyof T]: T[Member] };

/** Adds the state after an event from its words. False if a word is none. */
export function addStateAfter(event: Mutable<StateAfter>, words: readonly string[], at: number): boolean {
  const [held, status, terms, details] = [words[at], words[at + 1], words[at + 2], words[at + 3]];
  if (held === undefined || status === undefined || terms === undefined || details === undefined)
    return false;
  if (held !== absent) {
    if (!minorUnits.test(held)) return false;
    event.heldMinor = BigInt(held);
  }
  if (status !== absent) {
    if (status !== 'frozen' && status !== 'closed') return false;
    event.status = status;
  }
  if (terms !== absent) {
    if (!minorUnits.test(terms)) return false;
    event.termsVersion = Number(terms);
  }
  if (details !== absent) {
    if (!minorUnits.test(details)) return false;
    event.detailsVersion = Number(details);
  }
  return true;
}

/** The fields of a compact event as nine words. A separator inside of JSON is escaped. */
export const wholeWords = `currency, coalesce(amount_minor::text, '-'), balance_minor,
                                ${stateWords},
                                coalesce(to_jsonb(description)::text, '-'), coalesce(extra::text, '-')`;
export const wholeWordsCount = 9;

/** The event of `wholeWords`, which begin at `at`. Undefined if this code can't read it. */
export function toWholeEvent(
  recorded: Pick<StoredEvent, 'position' | 'walletId' | 'version' | 'occurredAt'>,
  type: string,
  words: readonly string[],
  at: number,
): WalletEvent | undefined {
  const [held, status, terms, details] = [words[at + 3], words[at + 4], words[at + 5], words[at + 6]];
  const [description, extra] = [words[at + 7], words[at + 8]];
  if (!Object.hasOwn(others, type) || description === undefined || extra === undefined) return undefined;
  try {
    const data = (extra === absent ? {} : JSON.parse(extra)) as Record<string, unknown>;
    data.currency = words[at];
    if (words[at + 1] !== absent) data.amountMinor = words[at + 1];
    data.balanceMinor = words[at + 2];
    if (held !== absent) data.heldMinor = held;
    if (status !== absent) data.status = status;
    if (terms !== absent) data.termsVersion = Number(terms);
    if (details !== absent) data.detailsVersion = Number(details);
    if (description !== absent) data.description = JSON.parse(description);
    const schemaVersion = schemaVersions[type as keyof typeof schemaVersions];
    return decodeEvent({ ...recorded, type, schemaVersion, data }).event;
  } catch (error) {
    if (!(error instanceof EventDecodeError || error instanceof SyntaxError)) throw error;
    return undefined;
  }
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
  if (sent === undefined || !signedMinorUnits.test(toBalance)) return undefined;
  const { amountMinor, balanceMinor } = sent;
  return { type, currency, amountMinor, balanceMinor, toWalletId, toBalanceMinor: BigInt(toBalance) };
}

function toMovement<Type extends MovementType>(
  type: Type,
  currency: string | null,
  amount: string | null,
  balance: string | null,
): Movement<Type> | undefined {
  if (currency === null || balance === null || !signedMinorUnits.test(balance)) return undefined;
  if (amount === null || !minorUnits.test(amount)) return undefined;
  return { type, currency, amountMinor: BigInt(amount), balanceMinor: BigInt(balance) };
}
