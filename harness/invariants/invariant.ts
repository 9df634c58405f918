// An invariant is a pure function over rows. It returns a sentence for each violation that it finds.
import type { EventRow } from './rows.ts';

export type Invariant<Rows> = (rows: Rows) => readonly string[];

/** The findings of a set of invariants, each after the name of its invariant. */
export function violations<Rows>(
  invariants: Readonly<Record<string, Invariant<Rows>>>,
  rows: Rows,
): readonly string[] {
  return Object.entries(invariants).flatMap(([name, find]) => find(rows).map((wrong) => `${name}: ${wrong}`));
}

/** The amount that an event adds to its wallet. */
export function effectOf({ type, data }: EventRow): bigint {
  if (type === 'WalletCreated') return BigInt(data.balanceMinor ?? 0);
  const amount = BigInt(data.amountMinor ?? 0);
  return type === 'WalletCredited' || type === 'TransferReceived' ? amount : -amount;
}

export function difference<T extends string | number>(
  what: string,
  some: readonly T[],
  others: readonly T[],
): string[] {
  const known = new Set(others);
  return [...new Set(some)].filter((one) => !known.has(one)).map((one) => `${what}: ${one}`);
}

export function repeated(what: string, all: readonly (string | number)[]): string[] {
  const seen = new Set<string | number>();
  return all.flatMap((one) => {
    if (seen.has(one)) return [`${what} ${one} twice`];
    seen.add(one);
    return [];
  });
}
