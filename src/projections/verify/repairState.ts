// Rewrites the rows of one wallet's holds, details, reversals and usage from its events. The caller holds the
// lock of the wallet's row, and every command that changes these rows takes it. So no event comes in between.
import type { PoolClient } from 'pg';
import { detailsColumns, holdColumns, reversalColumns } from '../../eventStore/holdRows.ts';
import { usageColumns } from '../../eventStore/usageRows.ts';
import { readStateOf } from './compareState.ts';

/** Returns the names of what differed. Changes nothing if an event of the wallet can't be judged. */
export async function repairState(client: PoolClient, walletId: string): Promise<readonly string[]> {
  const state = await readStateOf(client, walletId);
  if (state === undefined || state.fields.length === 0) return [];
  const { expected, fields } = state;
  await client.query({
    name: 'replace-holds',
    text: `
      with stale as (
        delete from holds
         where wallet_id = $1::text
           and hold_id <> all($2::text[])
      )
      insert into holds (${holdColumns})
      select ${holdColumns}
        from jsonb_populate_recordset(null::holds, $3::jsonb)
          on conflict on constraint holds_pkey
          do update set (amount_minor, captured_minor, released_minor, remaining_minor, expires_at, created_at,
                         ended_at, ended_as, to_wallet_id, currency, description, metadata, captures)
                      = (excluded.amount_minor, excluded.captured_minor, excluded.released_minor,
                         excluded.remaining_minor, excluded.expires_at, excluded.created_at, excluded.ended_at,
                         excluded.ended_as, excluded.to_wallet_id, excluded.currency, excluded.description,
                         excluded.metadata, excluded.captures)`,
    values: [walletId, [...expected.holds.keys()], JSON.stringify([...expected.holds.values()])],
  });
  await client.query({
    name: 'replace-details',
    text: `
      with stale as (
        delete from wallet_details
         where wallet_id = $1::text
           and jsonb_array_length($2::jsonb) = 0
      )
      insert into wallet_details (${detailsColumns})
      select ${detailsColumns}
        from jsonb_populate_recordset(null::wallet_details, $2::jsonb)
          on conflict on constraint wallet_details_pkey
          do update set (metadata, labels) = (excluded.metadata, excluded.labels)`,
    values: [walletId, JSON.stringify([...expected.details.values()])],
  });
  await client.query({
    name: 'replace-reversals',
    text: `
      with stale as (
        delete from reversals
         where wallet_id = $1::text
           and version <> all($2::bigint[])
      )
      insert into reversals (${reversalColumns})
      select ${reversalColumns}
        from jsonb_populate_recordset(null::reversals, $3::jsonb)
          on conflict on constraint reversals_pkey
          do update set (amount_minor, reversed_minor, reversed_by)
                      = (excluded.amount_minor, excluded.reversed_minor, excluded.reversed_by)`,
    values: [walletId, [...expected.reversals.keys()], JSON.stringify([...expected.reversals.values()])],
  });
  await replaceUsage(client, walletId, [...expected.usage.values()]);
  return fields;
}

async function replaceUsage(client: PoolClient, walletId: string, rows: readonly object[]): Promise<void> {
  await client.query({
    name: 'replace-usage',
    text: `
      with stale as (
        delete from wallet_usage
         where wallet_id = $1::text
           and jsonb_array_length($2::jsonb) = 0
      )
      insert into wallet_usage (${usageColumns})
      select ${usageColumns}
        from jsonb_populate_recordset(null::wallet_usage, $2::jsonb)
          on conflict on constraint wallet_usage_pkey
          do update set rules = excluded.rules`,
    values: [walletId, JSON.stringify(rows)],
  });
}
