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

const gains: ReadonlySet<string> = new Set([
  ...['WalletCredited', 'TransferReceived', 'DebitRefunded', 'TransferReturnReceived'],
]);
const losses: ReadonlySet<string> = new Set([
  ...['WalletDebited', 'TransferSent', 'CreditReversed', 'TransferReturned', 'HoldCaptured'],
]);

/** The amount that an event adds to its wallet. */
export function effectOf({ type, data }: EventRow): bigint {
  if (type === 'WalletCreated') return BigInt(data.balanceMinor ?? 0);
  const amount = BigInt(data.amountMinor ?? 0);
  if (gains.has(type)) return amount;
  return losses.has(type) ? -amount : 0n;
}

/** The amount that an event adds to the held part of its wallet. */
export function heldEffectOf({ type, data }: EventRow): bigint {
  const minor = (name: string) => BigInt(data[name] ?? 0);
  switch (type) {
    case 'HoldPlaced':
      return minor('amountMinor');
    case 'HoldAdjusted':
      return minor('changeMinor');
    case 'HoldReleased':
      return -minor('amountMinor');
    case 'HoldCaptured':
      return minor('overMinor') - minor('amountMinor') - minor('releasedMinor');
    default:
      return 0n;
  }
}

/** Whether the event pays another wallet, whose own event follows. */
export function isSendingHalf({ type, data }: EventRow): boolean {
  return (
    type === 'TransferSent' ||
    type === 'TransferReturned' ||
    (type === 'HoldCaptured' && data.toWalletId !== undefined)
  );
}

export function isReceivingHalf({ type }: EventRow): boolean {
  return type === 'TransferReceived' || type === 'TransferReturnReceived';
}

export interface EventTerms {
  readonly minimum?: string;
  readonly freeze?: { readonly scope: 'debits' | 'credits' | 'all'; readonly holds: 'honor' | 'block' };
}

/** The limits and the freeze that an event leaves; undefined if it changes none of them. */
export function termsIn({ data }: EventRow): EventTerms | undefined {
  return data.terms as unknown as EventTerms | undefined;
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
