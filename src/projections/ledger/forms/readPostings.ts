// Reads a wallet's entries page by page from a ledger of postings. Only the settled layer is read, because
// only settled money counts as a balance.
import { accountOf } from '../postings.ts';
import { walkSegments } from '../segments/walkSegments.ts';
import {
  type AccountEntry,
  type AccountEntryRow,
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
export function readWalletPostings(
  pool: ReadDatabase,
  query: WalletEntriesQuery,
): Promise<readonly AccountEntry[]> {
  return walkSegments(pool, query, (window) => readWindow(pool, window));
}

async function readWindow(pool: ReadDatabase, query: WalletEntriesQuery): Promise<readonly AccountEntry[]> {
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
