// The ledger as postings: one row each in `ledger_postings`. Debits equal credits by construction, so no
// trigger has to prove it. `ledger_entries` is a view of the legs for people and programs that read SQL.
import type { PoolClient } from 'pg';
import { boundsOf } from '../../../eventStore/positionBounds.ts';
import { legsOf } from '../ledgerEntries.ts';
import { accountOf, type Posting } from '../postings.ts';
import { type BookedEntry, type ComparedRow, type LedgerTable, underSavepoint } from './ledgerForm.ts';
import { readWalletPostings } from './readPostings.ts';
import { readKeptSums } from '../sums/ledgerSums.ts';
import { addToSums, beginsAfter, keysOfPosting, sumKeys, sumsThrough } from '../sums/sumTexts.ts';
import type { ReadDatabase } from '../../../eventStore/tenantReads.ts';

export const postingTable: LedgerTable = {
  insert: insertPostings,
  deleteAt: async (client, positions) => {
    await client.query({
      name: 'delete-postings',
      text: `
        with deleted as (
          delete from ledger_postings
           where position = any($1::bigint[])
             and position between $2::bigint and $3::bigint
             and position > ${beginsAfter}
          returning position, debit_wallet_id, credit_wallet_id, pending, currency, amount_minor
        )
        insert into ledger_sums (${sumKeys}, amount_minor)
        select ${keysOfPosting}, -sum(amount_minor)
          from deleted
         where position <= ${sumsThrough}
         group by ${sumKeys}
         order by ${sumKeys}${addToSums}`,
      values: [positions, ...boundsOf(positions)],
    });
  },
  readAt: readEntriesAt,
  readWalletEntries: readWalletPostings,
  readSums: readKeptSums,
  readRange: readPostingRange,
  toCompared: (posting) => [toCompared(posting)],
};

/**
 * Inserts the postings that are missing. Those of a page lie after what the sums cover. Those of a retry or
 * a repair may lie within, and the same statement adds them to the sums. Those that the ledger begins after
 * are in its sums already, so they are left out. It locks `ledger_sums` until the end
 * of the database transaction, so the sums are not extended meanwhile (extendSums).
 */
export async function insertPostings(client: PoolClient, postings: readonly Posting[]): Promise<void> {
  await underSavepoint(client, () =>
    client.query({
      name: 'insert-postings',
      text: `
        with booked as (
          insert into ledger_postings
                 (position, occurred_at, amount_minor, debit_balance_after_minor, credit_balance_after_minor,
                  posting, pending, debit_wallet_id, credit_wallet_id, currency)
          select position, occurred_at, amount_minor, debit_balance_after_minor, credit_balance_after_minor,
                 posting, pending, debit_wallet_id, credit_wallet_id, currency
            from unnest(
                   $1::bigint[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[],
                   $6::smallint[], $7::boolean[], $8::text[], $9::text[], $10::text[]
                 ) as postings (position, occurred_at, amount_minor, debit_balance_after_minor,
                                credit_balance_after_minor, posting, pending, debit_wallet_id,
                                credit_wallet_id, currency)
           where position > ${beginsAfter}
              on conflict on constraint ledger_postings_pkey do nothing
          returning position, debit_wallet_id, credit_wallet_id, pending, currency, amount_minor
        )
        insert into ledger_sums (${sumKeys}, amount_minor)
        select ${keysOfPosting}, sum(amount_minor)
          from booked
         where position <= ${sumsThrough}
         group by ${sumKeys}
         order by ${sumKeys}${addToSums}`,
      values: [
        postings.map(({ position }) => position),
        postings.map(({ occurredAt }) => occurredAt),
        postings.map(({ amountMinor }) => amountMinor),
        postings.map(({ debit }) => debit.balanceAfterMinor),
        postings.map(({ credit }) => credit.balanceAfterMinor),
        postings.map(({ posting }) => posting),
        postings.map(({ layer }) => layer === 'pending'),
        postings.map(({ debit }) => debit.walletId),
        postings.map(({ credit }) => credit.walletId),
        postings.map(({ currency }) => currency),
      ],
    }),
  );
}

interface PostingRow {
  readonly position: string;
  readonly posting: number;
  readonly pending: boolean;
  readonly debit_wallet_id: string | null;
  readonly credit_wallet_id: string | null;
  readonly amount_minor: string;
  readonly currency: string;
  readonly debit_balance_after_minor: string | null;
  readonly credit_balance_after_minor: string | null;
  readonly occurred_at: Date;
}

function toPosting(row: PostingRow): Posting {
  return {
    position: BigInt(row.position),
    posting: row.posting,
    layer: row.pending ? 'pending' : 'settled',
    debit: { walletId: row.debit_wallet_id, balanceAfterMinor: toMinor(row.debit_balance_after_minor) },
    credit: { walletId: row.credit_wallet_id, balanceAfterMinor: toMinor(row.credit_balance_after_minor) },
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    occurredAt: row.occurred_at,
  };
}

function toMinor(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}

async function readEntriesAt(pool: ReadDatabase, position: bigint): Promise<readonly BookedEntry[]> {
  const { rows } = await pool.query<PostingRow>({
    name: 'read-postings-at',
    text: `
      select position, posting, pending, debit_wallet_id, credit_wallet_id, amount_minor, currency,
             debit_balance_after_minor, credit_balance_after_minor, occurred_at
        from ledger_postings
       where position = $1::bigint
         and not pending
       order by posting`,
    values: [position],
  });
  return rows.map(toPosting).flatMap(legsOf);
}

async function readPostingRange(
  pool: ReadDatabase,
  after: bigint,
  through: bigint,
): Promise<readonly ComparedRow[]> {
  const { rows } = await pool.query<PostingRow>({
    name: 'read-posting-range',
    text: `
      select position, posting, pending, debit_wallet_id, credit_wallet_id, amount_minor, currency,
             debit_balance_after_minor, credit_balance_after_minor, occurred_at
        from ledger_postings
       where position > $1::bigint
         and position <= $2::bigint
       order by position, posting`,
    values: [after, through],
  });
  return rows.map(toPosting).map(toCompared);
}

function toCompared({ position, posting, layer, debit, credit, ...rest }: Posting): ComparedRow {
  const { amountMinor, currency, occurredAt } = rest;
  return {
    position,
    name: `posting ${posting}`,
    fields: {
      layer,
      debitAccount: accountOf(debit.walletId, credit.walletId, currency, layer),
      creditAccount: accountOf(credit.walletId, debit.walletId, currency, layer),
      amountMinor: String(amountMinor),
      currency,
      debitBalanceAfterMinor: String(debit.balanceAfterMinor),
      creditBalanceAfterMinor: String(credit.balanceAfterMinor),
      occurredAt: String(occurredAt.getTime()),
    },
  };
}
