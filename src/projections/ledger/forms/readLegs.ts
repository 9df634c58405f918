// Reads a ledger of legs for the API: a wallet's entries page by page, and the sums of all entries.
import type { PoolClient } from 'pg';
import type { Tenant } from '../../../domain/tenant.ts';
import {
  type AccountClassSum,
  type AccountEntry,
  type AccountEntryRow,
  querySums,
  toAccountEntry,
  type WalletEntriesQuery,
} from './ledgerForm.ts';
import type { ReadDatabase } from '../../../eventStore/tenantReads.ts';

interface LegEntryRow extends AccountEntryRow {
  readonly counter_account: string;
}

/** An event has two legs in this form, so the counterpart is the other one. */
export async function readWalletLegs(
  pool: ReadDatabase,
  query: WalletEntriesQuery,
): Promise<readonly AccountEntry[]> {
  const { walletId, order, above, below, from, to, limit } = query;
  const values = [`wallet:${walletId}`, above, below, from ?? '-infinity', to ?? 'infinity', limit];
  const { rows } =
    order === 'asc'
      ? await pool.query<LegEntryRow>({
          name: 'read-wallet-legs',
          text: `
            select entry.position, entry.direction, entry.amount_minor, entry.currency,
                   counter.account as counter_account, entry.balance_after_minor, entry.occurred_at
              from ledger_entries as entry
              join ledger_entries as counter
                on counter.position = entry.position
               and counter.leg <> entry.leg
             where entry.account = $1::text
               and entry.position > $2::bigint
               and entry.position < $3::bigint
               and entry.occurred_at >= $4::timestamptz
               and entry.occurred_at < $5::timestamptz
             order by entry.position
             limit $6::integer`,
          values,
        })
      : await pool.query<LegEntryRow>({
          name: 'read-wallet-legs-newest-first',
          text: `
            select entry.position, entry.direction, entry.amount_minor, entry.currency,
                   counter.account as counter_account, entry.balance_after_minor, entry.occurred_at
              from ledger_entries as entry
              join ledger_entries as counter
                on counter.position = entry.position
               and counter.leg <> entry.leg
             where entry.account = $1::text
               and entry.position > $2::bigint
               and entry.position < $3::bigint
               and entry.occurred_at >= $4::timestamptz
               and entry.occurred_at < $5::timestamptz
             order by entry.position desc
             limit $6::integer`,
          values,
        });
  return rows.map((row) => toAccountEntry(row, row.counter_account));
}

export function readLegSums(client: PoolClient, tenant: Tenant): Promise<readonly AccountClassSum[]> {
  return querySums(client, tenant, {
    text: `select split_part(account, ':', 1) as account_class,
            currency,
            coalesce(sum(amount_minor) filter (where direction = 'debit'), 0)::text as debits_minor,
            coalesce(sum(amount_minor) filter (where direction = 'credit'), 0)::text as credits_minor
       from ledger_entries
      where case when $1::text = '' then strpos(account, '/') = 0
                 else starts_with(account, 'wallet:' || $1::text) or starts_with(account, 'settlement:' || $1::text)
             end
      group by account_class, currency
      order by account_class, currency`,
  });
}
