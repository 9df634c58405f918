// The ledger's side of a verification: reads the entries of a range of positions, and corrects those of
// single events.
import type { Pool, PoolClient } from 'pg';
import type { LedgerEntry } from '../ledger/ledgerEntries.ts';
import { insertLedgerEntries } from '../ledger/ledgerSink.ts';

interface EntryRow {
  readonly position: string;
  readonly leg: 1 | 2;
  readonly account: string;
  readonly direction: 'debit' | 'credit';
  readonly amount_minor: string;
  readonly currency: string;
  readonly balance_after_minor: string | null;
  readonly occurred_at: Date;
}

/** Every entry of the positions (after, through]. */
export async function readLedgerRange(pool: Pool, after: bigint, through: bigint): Promise<LedgerEntry[]> {
  const { rows } = await pool.query<EntryRow>({
    name: 'read-ledger-range',
    text: `
      select position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at
        from ledger_entries
       where position > $1::bigint
         and position <= $2::bigint`,
    values: [after, through],
  });
  return rows.map((row) => ({
    position: BigInt(row.position),
    leg: row.leg,
    account: row.account,
    direction: row.direction,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    balanceAfterMinor: row.balance_after_minor === null ? null : BigInt(row.balance_after_minor),
    occurredAt: row.occurred_at,
  }));
}

/**
 * Makes the entries of these positions exactly `entries`, in the caller's database transaction. Deletes
 * first, so that the one insert of the ledger serves here too. One statement deletes both legs of an event
 * and one inserts both, because the table refuses a statement that leaves an event unbalanced.
 */
export async function correctLedgerEntries(
  client: PoolClient,
  positions: readonly bigint[],
  entries: readonly LedgerEntry[],
): Promise<void> {
  await client.query({
    name: 'delete-wrong-ledger-entries',
    text: `
      delete from ledger_entries
       where position = any($1::bigint[])`,
    values: [positions],
  });
  await insertLedgerEntries(client, entries);
}
