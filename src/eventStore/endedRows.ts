// Sums up the rows of a wallet that never change again: holds that ended, and reversals of which nothing is
// left. The opening state of an archived log keeps this sum instead of the rows, because a wallet has more of
// them every year. Pure.
//
// Invariant: the text of a row is a stored form, because sums are kept for ever. A later field of a hold may
// stand in it only if the hold has one.
import { createHash } from 'node:crypto';
import type { Hold } from '../domain/hold.ts';
import type { Reversal } from '../domain/reversal.ts';

/** How many rows there are, and the sum of their hashes. Their order does not matter. */
export interface EndedRows {
  readonly count: number;
  /** Of SHA-256, modulo 2^256. */
  readonly sum: bigint;
}

export interface Ended {
  readonly holds: EndedRows;
  readonly reversals: EndedRows;
}

/** As it is stored: a count, and a sum in hexadecimal. A kind without rows is absent. */
export interface EndedJson {
  readonly holds?: readonly [count: number, sum: string];
  readonly reversals?: readonly [count: number, sum: string];
}

const noRows: EndedRows = { count: 0, sum: 0n };
export const noneEnded: Ended = { holds: noRows, reversals: noRows };

export const isEnded = ({ endedAs }: Hold): boolean => endedAs !== null;
/** Nothing of the original is left to reverse. */
export const isWhole = ({ amountMinor, reversedMinor }: Reversal): boolean => reversedMinor === amountMinor;

export function addHolds(to: EndedRows, holds: readonly Hold[]): EndedRows {
  return addTexts(to, holds.map(textOfHold));
}

export function addReversals(to: EndedRows, reversals: readonly Reversal[]): EndedRows {
  return addTexts(to, reversals.map(textOfReversal));
}

export function areSame(one: EndedRows, other: EndedRows): boolean {
  return one.count === other.count && one.sum === other.sum;
}

function addTexts({ count, sum }: EndedRows, texts: readonly string[]): EndedRows {
  const total = texts.reduce(
    (before, text) => before + BigInt(`0x${createHash('sha256').update(text).digest('hex')}`),
    sum,
  );
  return { count: count + texts.length, sum: BigInt.asUintN(256, total) };
}

function textOfHold(hold: Hold): string {
  return JSON.stringify([
    ...[hold.walletId, hold.holdId, hold.currency, hold.toWalletId, hold.description],
    ...[hold.amountMinor, hold.capturedMinor, hold.releasedMinor, hold.remainingMinor].map(String),
    ...[hold.createdAt, hold.expiresAt, hold.endedAt].map((time) => time?.toISOString() ?? null),
    hold.endedAs,
    Object.entries(hold.metadata).sort(([one], [other]) => (one < other ? -1 : 1)),
    hold.captures.map(({ captureId, amountMinor, version, at }) => [
      ...[captureId, amountMinor.toString(), version, at.toISOString()],
    ]),
  ]);
}

function textOfReversal({ walletId, version, amountMinor, reversedMinor, reversedBy }: Reversal): string {
  return JSON.stringify([
    ...[walletId, version, amountMinor.toString(), reversedMinor.toString()],
    reversedBy.map((one) => [one.walletId, one.version, one.amountMinor.toString(), one.at.toISOString()]),
  ]);
}

export function writeEnded({ holds, reversals }: Ended): EndedJson {
  return {
    ...(holds.count > 0 && { holds: [holds.count, holds.sum.toString(16)] as const }),
    ...(reversals.count > 0 && { reversals: [reversals.count, reversals.sum.toString(16)] as const }),
  };
}

export function readEnded({ holds, reversals }: EndedJson): Ended {
  const read = (rows: EndedJson['holds']) =>
    rows === undefined ? noRows : { count: rows[0], sum: BigInt(`0x${rows[1]}`) };
  return { holds: read(holds), reversals: read(reversals) };
}
