// Reads a ledger of postings for the API: a wallet's entries page by page, and the sums of all entries. Only
// the settled layer is read, because only settled money counts as a balance.
import type { PoolClient } from 'pg';
import type { Tenant } from '../../../domain/tenant.ts';
import { accountOf } from '../postings.ts';
import {
  type AccountClassSum,
  type AccountEntry,
  type AccountEntryRow,
  querySums,
  toAccountEntry,
  type WalletEntriesQuery,
} from './ledgerForm.ts';
import type { ReadDatabase } from '../../../eventStore/tenantReads.ts';

interface PostingEntryRow extends AccountEntryRow {
  readonly counter_wallet_id: string | null;
}

/**
 * Each side has an index of its own, in order of position, so a page reads at most twice its rows. A page
 * never ends inside an event, because the next page begins after the event's position.
 */
export async function readWalletPostings(
  pool: ReadDatabase,
  query: WalletEntriesQuery,
): Promise<readonly AccountEntry[]> {
  const { walletId, order, above, below, from, to, limit } = query;
  const values = [walletId, above, below, from ?? '-infinity', to ?? 'infinity', limit];
  const { rows } =
    order === 'asc'
      ? await pool.query<PostingEntryRow>({ name: 'read-wallet-postings', text: oldestFirst, values })
      : await pool.query<PostingEntryRow>({
          name: 'read-wallet-postings-newest-first',
          text: newestFirst,
          values,
        });
  return rows.map((row) =>
    toAccountEntry(row, accountOf(row.counter_wallet_id, walletId, row.currency, 'settled')),
  );
}

const oldestFirst = `
  select position, direction, amount_minor, currency, counter_wallet_id, balance_after_minor, occurred_at
    from (
      select *
        from (
          (select position, posting, 1 as side, 'debit' as direction, amount_minor, currency,
                  credit_wallet_id as counter_wallet_id, debit_balance_after_minor as balance_after_minor,
                  occurred_at
             from ledger_postings
            where debit_wallet_id = $1::text
              and not pending
              and position > $2::bigint
              and position < $3::bigint
              and occurred_at >= $4::timestamptz
              and occurred_at < $5::timestamptz
            order by position
            fetch first ($6::integer) rows with ties)
          union all
          (select position, posting, 2, 'credit', amount_minor, currency,
                  debit_wallet_id, credit_balance_after_minor,
                  occurred_at
             from ledger_postings
            where credit_wallet_id = $1::text
              and not pending
              and position > $2::bigint
              and position < $3::bigint
              and occurred_at >= $4::timestamptz
              and occurred_at < $5::timestamptz
            order by position
            fetch first ($6::integer) rows with ties)
        ) as sides
       order by position
       fetch first ($6::integer) rows with ties
    ) as page
   order by position, posting, side`;

const newestFirst = `
  select position, direction, amount_minor, currency, counter_wallet_id, balance_after_minor, occurred_at
    from (
      select *
        from (
          (select position, posting, 1 as side, 'debit' as direction, amount_minor, currency,
                  credit_wallet_id as counter_wallet_id, debit_balance_after_minor as balance_after_minor,
                  occurred_at
             from ledger_postings
            where debit_wallet_id = $1::text
              and not pending
              and position > $2::bigint
              and position < $3::bigint
              and occurred_at >= $4::timestamptz
              and occurred_at < $5::timestamptz
            order by position desc
            fetch first ($6::integer) rows with ties)
          union all
          (select position, posting, 2, 'credit', amount_minor, currency,
                  debit_wallet_id, credit_balance_after_minor,
                  occurred_at
             from ledger_postings
            where credit_wallet_id = $1::text
              and not pending
              and position > $2::bigint
              and position < $3::bigint
              and occurred_at >= $4::timestamptz
              and occurred_at < $5::timestamptz
            order by position desc
            fetch first ($6::integer) rows with ties)
        ) as sides
       order by position desc
       fetch first ($6::integer) rows with ties
    ) as page
   order by position desc, posting desc, side desc`;

/** One pass over the table. A posting without a wallet on a side moves money of the settlement account. */
export function readPostingSums(client: PoolClient, tenant: Tenant): Promise<readonly AccountClassSum[]> {
  return querySums(
    client,
    tenant,
    `with moved as (
       select currency,
              case when debit_wallet_id is null then 'settlement' else 'wallet' end as debit_class,
              case when credit_wallet_id is null then 'settlement' else 'wallet' end as credit_class,
              sum(amount_minor) as amount_minor
         from ledger_postings
        where not pending
          and case when $1::text = '' then strpos(coalesce(debit_wallet_id, credit_wallet_id), '/') = 0
                   else starts_with(coalesce(debit_wallet_id, credit_wallet_id), $1::text)
               end
        group by currency, debit_class, credit_class
     )
     select account_class,
            currency,
            sum(debits_minor)::text as debits_minor,
            sum(credits_minor)::text as credits_minor
       from (select debit_class as account_class, currency, amount_minor as debits_minor, 0 as credits_minor
               from moved
              union all
             select credit_class, currency, 0, amount_minor
               from moved) as sides
      group by account_class, currency
      order by account_class collate "C", currency`,
  );
}
