// Lets the ledger begin earlier, after parts of it were restored. The ledger has every posting above
// `ledger_form.begins_after`, and begins with the sums of those up to it. So what was restored leaves those
// sums.
//
// Invariant: sums and position move in one database transaction, so the sums of the whole ledger stay.
import type { Pool } from 'pg';
import { inDatabaseTransaction } from '../../../eventStore/database.ts';
import { queryLong } from '../../../eventStore/longStatement.ts';
import { keysOfPosting, sumKeys } from './sumTexts.ts';

/** Key of the advisory lock under which segments are detached and restored (migration 0031). */
export const archiveLockKey = 7_261_456;
/** Longest sum over the restored parts. */
const sumTimeMaxMs = 1_500_000;

/** Does nothing if the part before the ledger's beginning is still away, or if nothing has left. */
export async function lowerBeginning(pool: Pool): Promise<void> {
  await inDatabaseTransaction(pool, async (client) => {
    // A detachment would move the beginning meanwhile. The step `open` would delete its sums. A swap would
    // begin a new ledger.
    await client.query('select pg_advisory_xact_lock($1::bigint)', [archiveLockKey]);
    await client.query('select from log_archive for share');
    await client.query('lock table ledger_form, ledger_postings in access share mode');
    const { rows } = await client.query<{ begins_after: string; lowest: string }>({
      name: 'find-ledger-beginning',
      text: `
        with recursive beginning (position) as (
          select begins_after
            from ledger_form
           union all
          select from_position - 1
            from beginning
            join ledger_parts('ledger_postings') as restored
              on restored.to_position = beginning.position + 1
        )
        select max(position) as begins_after, min(position) as lowest
          from beginning`,
    });
    const { begins_after: begins, lowest } = rows[0] ?? {};
    if (begins === undefined || lowest === undefined || begins === lowest) return;
    // A sum below zero says that the postings are not those of the sums. A verification names it.
    await queryLong(client, sumTimeMaxMs, {
      text: `
        insert into opening_accounts (position, ${sumKeys}, amount_minor)
        select $2::bigint, ${sumKeys}, sum(amount_minor)
          from (select ${sumKeys}, amount_minor
                  from opening_accounts
                 where position = $1::bigint
                 union all
                select ${keysOfPosting}, -amount_minor
                  from ledger_postings
                 where position > $2::bigint
                   and position <= $1::bigint) as moved
         where $2::bigint > 0
         group by ${sumKeys}
        having sum(amount_minor) > 0
            on conflict on constraint opening_accounts_pkey do nothing`,
      values: [begins, lowest],
    });
    await client.query({
      name: 'lower-ledger-beginning',
      text: `
        update ledger_form
           set begins_after = $1::bigint`,
      values: [lowest],
    });
  });
}
