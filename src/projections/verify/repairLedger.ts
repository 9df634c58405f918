// Reading a stretch of the ledger back as entries, and putting single events of it right.
import type { Pool, PoolClient } from 'pg';
import type { LedgerEntry } from '../ledger/ledgerEntries.ts';
import { entryColumns } from '../ledger/ledgerSink.ts';

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
 * Makes the entries of these positions exactly `entries`. Both legs of an event go in by one statement, because the
 * table refuses one that leaves an event unbalanced; what no event stands for is deleted whole for the same reason.
 */
export async function correctLedgerEntries(
  client: PoolClient,
  positions: readonly bigint[],
  entries: readonly LedgerEntry[],
): Promise<void> {
  const booked = new Set(entries.map(({ position }) => position));
  await client.query({
    name: 'delete-extra-ledger-entries',
    text: `
      delete from ledger_entries
       where position = any($1::bigint[])`,
    values: [positions.filter((position) => !booked.has(position))],
  });
  await client.query({
    name: 'correct-ledger-entries',
    text: `
      insert into ledger_entries
             (position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at)
      select position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at
        from unnest(
               $1::bigint[], $2::smallint[], $3::text[], $4::text[],
               $5::bigint[], $6::text[], $7::bigint[], $8::timestamptz[]
             ) as entries (position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at)
          on conflict on constraint ledger_entries_pkey do update
         set account = excluded.account,
             direction = excluded.direction,
             amount_minor = excluded.amount_minor,
             currency = excluded.currency,
             balance_after_minor = excluded.balance_after_minor,
             occurred_at = excluded.occurred_at`,
    values: entryColumns(entries),
  });
}
