// The two legs of a posting, as the API and accountants name them. Pure. The legs of an event are numbered
// through: those of its first posting are 1 and 2, those of the second 3 and 4.
import type { BookableRecord } from '../../domain/events.ts';
import { accountOf, type Posting, postingsOf, type Side } from './postings.ts';

export interface LedgerEntry {
  readonly position: bigint;
  /** Odd is a debit, even is a credit. */
  readonly leg: number;
  /** `wallet:<id>` or `settlement:<currency>`, each with the tenant of the wallet. */
  readonly account: string;
  readonly direction: 'debit' | 'credit';
  readonly amountMinor: bigint;
  readonly currency: string;
  /** The wallet's balance after this entry; null on settlement accounts, which carry none. */
  readonly balanceAfterMinor: bigint | null;
  readonly occurredAt: Date;
}

/** All legs of an event that moves money, or none. Throws UnbookableEventError. */
export function ledgerEntries(stored: BookableRecord): readonly LedgerEntry[] {
  return postingsOf(stored).flatMap(legsOf);
}

/** The debit, then the credit. */
export function legsOf(posting: Posting): readonly [LedgerEntry, LedgerEntry] {
  const { position, amountMinor, currency, occurredAt, layer } = posting;
  const legOf = ({ walletId, balanceAfterMinor }: Side, other: Side) => ({
    position,
    account: accountOf(walletId, other.walletId, currency, layer),
    amountMinor,
    currency,
    balanceAfterMinor,
    occurredAt,
  });
  return [
    { ...legOf(posting.debit, posting.credit), leg: 2 * posting.posting - 1, direction: 'debit' },
    { ...legOf(posting.credit, posting.debit), leg: 2 * posting.posting, direction: 'credit' },
  ];
}

/** Debits minus credits, in minor units; 0 for every balanced set of entries. */
export function balanceOf(entries: readonly LedgerEntry[]): bigint {
  return entries.reduce(
    (sum, { direction, amountMinor }) => sum + (direction === 'debit' ? amountMinor : -amountMinor),
    0n,
  );
}
