// Holds the view `ledger_entries` over the postings. Makes the ledger of a new installation, which begins
// with postings. An older installation keeps its ledger of legs until a rebuild replaces it.
import type { ClientBase } from 'pg';

/**
 * Follows `create` or `create or replace`. Shows the legs of the settled postings under the name and with the
 * columns of the table of legs, so SQL that reads `ledger_entries` answers the same in both forms. A
 * settlement account carries the tenant of the wallet on the other side.
 */
export const ledgerEntriesView = `
  view ledger_entries as
  select position,
         (2 * posting - 1)::smallint as leg,
         coalesce('wallet:' || debit_wallet_id,
                  'settlement:' || left(credit_wallet_id, strpos(credit_wallet_id, '/')) || currency) as account,
         'debit'::text collate "C" as direction,
         amount_minor,
         currency,
         debit_balance_after_minor as balance_after_minor,
         occurred_at
    from ledger_postings
   where not pending
   union all
  select position,
         (2 * posting)::smallint,
         coalesce('wallet:' || credit_wallet_id,
                  'settlement:' || left(debit_wallet_id, strpos(debit_wallet_id, '/')) || currency),
         'credit'::text collate "C",
         amount_minor,
         currency,
         credit_balance_after_minor,
         occurred_at
    from ledger_postings
   where not pending`;

/** The primary key of a table of postings in segments, and the indexes by the wallet of each side. */
export const postingIndexes = (ledgerTable: string): readonly string[] => [
  `alter table ${ledgerTable} add constraint ${ledgerTable}_pkey primary key (position, posting)`,
  `create index ${ledgerTable}_debit on ${ledgerTable} (debit_wallet_id, position) where debit_wallet_id is not null`,
  `create index ${ledgerTable}_credit on ${ledgerTable} (credit_wallet_id, position) where credit_wallet_id is not null`,
];

/**
 * Replaces the table of legs, which the first migrations made, by postings in segments. Runs before the log
 * has segments, because the maker then gives both the same ones. One database transaction.
 */
export async function beginWithPostings(client: Pick<ClientBase, 'query'>): Promise<void> {
  // Several statements in one text are one database transaction.
  await client.query(
    [
      'drop table ledger_entries',
      'alter table ledger_postings rename to ledger_postings_plain',
      `create table ledger_postings (like ledger_postings_plain including constraints including storage
         including compression) partition by range (position)`,
      'drop table ledger_postings_plain',
      ...postingIndexes('ledger_postings'),
      `create ${ledgerEntriesView}`,
      "update ledger_form set form = 'postings'",
    ].join(';'),
  );
}
