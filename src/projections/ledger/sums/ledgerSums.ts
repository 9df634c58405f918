// Extends, reads, compares and corrects the sums of the ledger.
//
// Invariant: in every snapshot, the rows of `ledger_sums` are the sums of the postings up to
// `ledger_form.sums_through`. Those of archived postings come from the opening state. The upkeep extends the
// sums. A statement that writes a posting within changes them too (postingTable.ts). A rebuild begins them
// anew at its swap.
import type { Pool, PoolClient } from 'pg';
import type { Tenant } from '../../../domain/tenant.ts';
import { inDatabaseTransaction } from '../../../eventStore/database.ts';
import { levels } from '../../../eventStore/levels.ts';
import { queryLong } from '../../../eventStore/longStatement.ts';
import { isLockTimeout } from '../../../eventStore/whenLocked.ts';
import { type AccountClassSum, querySums, readLedgerState } from '../forms/ledgerForm.ts';
import { addToSums, keysOfPosting, sumKeys } from './sumTexts.ts';

/** Positions of one step. The drain waits for it, about 10 ms. */
const positionsPerStepDefault = 10_000;
/** Longest wait for the writers of postings that are under way. Meanwhile other ones queue after it. */
const lockWaitMaxMs = 500;

/**
 * Extends the sums by one step, and tells whether there may be another one. Does nothing below the level of
 * sums, because an older release writes postings within the sums and does not change them. Gives up if the
 * lock does not come soon, and the next run goes on.
 */
export async function extendSums(pool: Pool, positionsPerStep = positionsPerStepDefault): Promise<boolean> {
  try {
    return await inDatabaseTransaction(pool, (client) => extendOnce(client, positionsPerStep));
  } catch (error) {
    if (isLockTimeout(error)) return false;
    throw error;
  }
}

async function extendOnce(client: PoolClient, positionsPerStep: number): Promise<boolean> {
  await client.query(`select set_config('lock_timeout', $1::text, true)`, [String(lockWaitMaxMs)]);
  // First the form, as everybody does. Writers of postings hold a lock of the sums that this one waits for.
  await client.query('lock table ledger_form in access share mode');
  await client.query('lock table ledger_sums in share row exclusive mode');
  const { rows } = await client.query<{ through: string; is_last: boolean }>({
    name: 'extend-ledger-sums',
    text: `
      with step as materialized (
        select sums_through as after,
               least(sums_through + $1::bigint, checkpoints.position) as through,
               checkpoints.position <= sums_through + $1::bigint as is_last
          from ledger_form
         cross join log_head
          join projector_checkpoints as checkpoints on checkpoints.projection = 'ledger'
         where form = 'postings'
           and level >= $2::smallint
           and checkpoints.position > sums_through
      ), extended as (
        insert into ledger_sums (${sumKeys}, amount_minor)
        select ${keysOfPosting}, sum(amount_minor)
          from ledger_postings
         where position > (select after from step)
           and position <= (select through from step)
         group by ${sumKeys}
         order by ${sumKeys}${addToSums}
      ), moved as (
        update ledger_form
           set sums_through = step.through
          from step
      )
      select through,
             is_last
        from step`,
    values: [positionsPerStep, levels.ledgerSums],
  });
  return rows[0]?.is_last === false;
}

/**
 * A tenant's sums of the settled layer, as a pass over all postings would give them. Reads the postings after
 * what the sums cover, about those of a minute. The caller reads them in one snapshot.
 */
export async function readKeptSums(client: PoolClient, tenant: Tenant): Promise<readonly AccountClassSum[]> {
  // As a value it lets the planner leave out all older segments. With a subquery, 300 of them took 19 ms.
  const { sumsThrough: through } = await readLedgerState(client);
  return querySums(client, tenant, {
    byIndex: true,
    values: [through],
    text: `with later as (
       select ${keysOfPosting}, amount_minor
         from ledger_postings
        where position > $2::bigint
          and not pending
     ), moved as (
       select currency, debit_class, credit_class, amount_minor
         from ledger_sums
        where tenant_prefix = $1::text
          and 'holds' not in (debit_class, credit_class)
        union all
       select currency, debit_class, credit_class, amount_minor
         from later
        where tenant_prefix = $1::text
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
     having sum(debits_minor) <> 0
         or sum(credits_minor) <> 0
      order by account_class collate "C", currency`,
  });
}

/**
 * Begins the sums anew, with those of the postings up to `beginsAfter`. The caller has locked `ledger_form`
 * against everybody, and replaced the postings.
 */
export async function resetSums(client: PoolClient, beginsAfter: bigint): Promise<void> {
  await client.query('delete from ledger_sums');
  await client.query({
    name: 'begin-ledger-sums',
    text: `
      insert into ledger_sums (${sumKeys}, amount_minor)
      select ${sumKeys}, amount_minor
        from opening_accounts
       where position = $1::bigint`,
    values: [beginsAfter],
  });
  await client.query({
    name: 'begin-ledger',
    text: `
      update ledger_form
         set sums_through = $1::bigint,
             begins_after = $1::bigint`,
    values: [beginsAfter],
  });
}

/** A sum that differs from the postings. */
export interface SumDifference {
  readonly tenantPrefix: string;
  readonly currency: string;
  readonly debitClass: string;
  readonly creditClass: string;
}

interface DifferenceRow {
  readonly tenant_prefix: string;
  readonly currency: string;
  readonly debit_class: string;
  readonly credit_class: string;
}

/** Longest sum over all postings. It took 9 s for 5,700,000 on a busy machine. */
const wholeTableTimeMaxMs = 1_500_000;

/**
 * The sums that differ from the postings which they cover, from one snapshot. With `correct` it adds the
 * difference. A writer changes postings and sums at once, so the difference of a snapshot stays right.
 */
export function compareSums(
  pool: Pool,
  { correct }: { readonly correct: boolean },
): Promise<readonly SumDifference[]> {
  return inDatabaseTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read');
    // The locks come before the snapshot. Nobody swaps, extends or corrects meanwhile, and writers go on.
    await client.query('lock table ledger_form, ledger_postings in access share mode');
    await client.query('lock table ledger_sums in share update exclusive mode');
    const text = correct ? correction : differences;
    const { rows } = await queryLong<DifferenceRow>(client, wholeTableTimeMaxMs, { text });
    return rows.map(toDifference);
  });
}

function toDifference(row: DifferenceRow): SumDifference {
  return {
    tenantPrefix: row.tenant_prefix,
    currency: row.currency,
    debitClass: row.debit_class,
    creditClass: row.credit_class,
  };
}

// A swap by the release before sets the sums back to 0 and leaves `begins_after` as it is. The ledger then
// has all postings.
const differing = `
  with bounds as materialized (
    select sums_through, case when begins_after <= sums_through then begins_after else 0 end as begins_after
      from ledger_form
  ), covered as (
    select ${sumKeys}, sum(amount_minor) as amount_minor
      from (select ${keysOfPosting}, amount_minor
              from ledger_postings
             where position > (select begins_after from bounds)
               and position <= (select sums_through from bounds)
             union all
            select ${sumKeys}, amount_minor
              from opening_accounts
             where position = (select begins_after from bounds)) as moved
     group by ${sumKeys}
  ), differing as (
    select ${sumKeys},
           coalesce(covered.amount_minor, 0) - coalesce(ledger_sums.amount_minor, 0) as amount_minor
      from covered
      full join ledger_sums
     using (${sumKeys})
     where coalesce(covered.amount_minor, 0) <> coalesce(ledger_sums.amount_minor, 0)
  )`;

const differences = `${differing}
  select ${sumKeys}
    from differing
   order by ${sumKeys}`;

const correction = `${differing}, corrected as (
    insert into ledger_sums (${sumKeys}, amount_minor)
    select ${sumKeys}, amount_minor
      from differing
     order by ${sumKeys}${addToSums}
  )
  select ${sumKeys}
    from differing
   order by ${sumKeys}`;
