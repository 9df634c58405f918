// The ledger as legs: two rows a posting in `ledger_entries`. Installations from before the postings have it
// until a rebuild replaces it. A trigger refuses a statement that leaves an event unbalanced. The legs are
// settled money alone. A rebuild to postings adds what is pending.
import type { PoolClient } from 'pg';
import { legsOf, type LedgerEntry } from '../ledgerEntries.ts';
import { type BookedEntry, type ComparedRow, type LedgerTable, underSavepoint } from './ledgerForm.ts';
import type { Posting } from '../postings.ts';
import { readLegSums, readWalletLegs } from './readLegs.ts';
import type { ReadDatabase } from '../../../eventStore/tenantReads.ts';

export const legTable: LedgerTable = {
  insert: (client, postings) => insertLegs(client, postings.filter(isSettled).flatMap(legsOf)),
  deleteAt: async (client, positions) => {
    // One statement deletes all legs of an event, because the trigger refuses a part of them.
    await client.query({
      name: 'delete-legs',
      text: `
        delete from ledger_entries
         where position = any($1::bigint[])`,
      values: [positions],
    });
  },
  readAt: readLegsAt,
  readWalletEntries: readWalletLegs,
  readSums: readLegSums,
  readRange: readLegRange,
  toCompared: (posting) => (isSettled(posting) ? legsOf(posting).map(toCompared) : []),
};

/** A leg has no layer. A pending one would change the balance of its wallet. */
function isSettled({ layer }: Posting): boolean {
  return layer === 'settled';
}

/** Inserts the legs that are missing. */
export async function insertLegs(client: PoolClient, legs: readonly LedgerEntry[]): Promise<void> {
  await underSavepoint(client, () =>
    client.query({
      name: 'insert-legs',
      text: `
        insert into ledger_entries
               (position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at)
        select position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at
          from unnest(
                 $1::bigint[], $2::smallint[], $3::text[], $4::text[],
                 $5::bigint[], $6::text[], $7::bigint[], $8::timestamptz[]
               ) as entries (position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at)
            on conflict on constraint ledger_entries_pkey do nothing`,
      values: [
        legs.map(({ position }) => position),
        legs.map(({ leg }) => leg),
        legs.map(({ account }) => account),
        legs.map(({ direction }) => direction),
        legs.map(({ amountMinor }) => amountMinor),
        legs.map(({ currency }) => currency),
        legs.map(({ balanceAfterMinor }) => balanceAfterMinor),
        legs.map(({ occurredAt }) => occurredAt),
      ],
    }),
  );
}

interface LegRow {
  readonly position: string;
  readonly leg: number;
  readonly account: string;
  readonly direction: 'debit' | 'credit';
  readonly amount_minor: string;
  readonly currency: string;
  readonly balance_after_minor: string | null;
  readonly occurred_at: Date;
}

function toEntry(row: LegRow): LedgerEntry {
  return {
    position: BigInt(row.position),
    leg: row.leg,
    account: row.account,
    direction: row.direction,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    balanceAfterMinor: row.balance_after_minor === null ? null : BigInt(row.balance_after_minor),
    occurredAt: row.occurred_at,
  };
}

async function readLegsAt(pool: ReadDatabase, position: bigint): Promise<readonly BookedEntry[]> {
  const { rows } = await pool.query<LegRow>({
    name: 'read-legs-at',
    text: `
      select position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at
        from ledger_entries
       where position = $1::bigint
       order by leg`,
    values: [position],
  });
  return rows.map(toEntry);
}

async function readLegRange(
  pool: ReadDatabase,
  after: bigint,
  through: bigint,
): Promise<readonly ComparedRow[]> {
  const { rows } = await pool.query<LegRow>({
    name: 'read-leg-range',
    text: `
      select position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at
        from ledger_entries
       where position > $1::bigint
         and position <= $2::bigint
       order by position, leg`,
    values: [after, through],
  });
  return rows.map(toEntry).map(toCompared);
}

function toCompared({ position, leg, occurredAt, ...entry }: LedgerEntry): ComparedRow {
  const { account, direction, amountMinor, currency, balanceAfterMinor } = entry;
  return {
    position,
    name: `leg ${leg}`,
    fields: {
      account,
      direction,
      amountMinor: String(amountMinor),
      currency,
      balanceAfterMinor: String(balanceAfterMinor),
      occurredAt: String(occurredAt.getTime()),
    },
  };
}
