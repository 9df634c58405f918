// Puts the rebuild's table in the ledger's place, by name. The first rebuild as postings ends the table of
// legs, and a view with its name and columns takes its place. So SQL that reads `ledger_entries` goes on.
import type { PoolClient } from 'pg';
import { ledgerEntriesView } from '../../../eventStore/newLedger.ts';
import { UnrecoverableError } from '../../projection.ts';
import type { LedgerForm } from '../forms/ledgerForm.ts';
import { isSegmented, renameParts } from '../segments/rebuildSegments.ts';
import { refuseDependents } from './dependents.ts';
import { writeKeptAttributes, writeKeptByView } from './keptAttributes.ts';

/**
 * Renames the tables, grants and comments included. The caller has locked the live ones. Throws an
 * UnrecoverableError if meanwhile something hangs there that would be lost.
 */
export async function replaceLedger(client: PoolClient, from: LedgerForm, to: LedgerForm): Promise<void> {
  if (from === 'postings' && to === 'legs')
    throw new UnrecoverableError('the ledger has become postings since this rebuild began: start it again');
  const segmented = to === 'postings' && (await isSegmented(client, 'ledger_postings_rebuild'));
  if (to === 'postings' && !segmented && (await isSegmented(client, 'ledger_postings')))
    throw new UnrecoverableError('the ledger has got segments since this rebuild began: start it again');
  if (to === 'postings') await dropDetachedParts(client);
  await refuseDependents(client, from, to);
  const kept = await writeKeptAttributes(client, to === 'legs' ? 'ledger_entries' : 'ledger_postings');
  for (const text of to === 'legs' ? renameLegs : renamePostings(segmented)) await client.query(text);
  if (kept !== '') await client.query(kept);
  if (to === 'legs') return;
  if (from === 'postings') await client.query(`create or replace ${ledgerEntriesView}`);
  else await replaceLegsByView(client);
}

/** Parts of the replaced ledger that wait for their drop. A restore fills them from the events again. */
async function dropDetachedParts(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select part::regclass::text as name from detached_ledger_parts()',
  );
  for (const { name: ledgerPart } of rows) await client.query(`drop table ${ledgerPart}`);
}

async function replaceLegsByView(client: PoolClient): Promise<void> {
  await client.query('alter table ledger_entries rename to ledger_entries_replaced');
  await client.query(`create ${ledgerEntriesView}`);
  await client.query(await writeKeptByView(client));
  await client.query(`update ledger_form set form = 'postings'`);
}

const renameLegs = [
  'alter table ledger_entries rename to ledger_entries_replaced',
  'alter table ledger_entries_replaced rename constraint ledger_entries_pkey to ledger_entries_replaced_pkey',
  'alter index ledger_entries_account rename to ledger_entries_replaced_account',
  'alter table ledger_entries_rebuild rename to ledger_entries',
  'alter table ledger_entries add constraint ledger_entries_pkey primary key using index ledger_entries_rebuild_pkey',
  'alter index ledger_entries_rebuild_account rename to ledger_entries_account',
  `create trigger ledger_entries_balanced_on_insert after insert on ledger_entries
     referencing new table as touched for each statement execute function assert_ledger_balanced()`,
  `create trigger ledger_entries_balanced_on_update after update on ledger_entries
     referencing new table as touched for each statement execute function assert_ledger_balanced()`,
  `create trigger ledger_entries_balanced_behind_update after update on ledger_entries
     referencing old table as touched for each statement execute function assert_ledger_balanced()`,
  `create trigger ledger_entries_balanced_on_delete after delete on ledger_entries
     referencing old table as touched for each statement execute function assert_ledger_balanced()`,
];

/** The primary key of a table in segments is a constraint already. */
const renamePostings = (segmented: boolean) => [
  'alter table ledger_postings rename to ledger_postings_replaced',
  'alter table ledger_postings_replaced rename constraint ledger_postings_pkey to ledger_postings_replaced_pkey',
  'alter index ledger_postings_debit rename to ledger_postings_replaced_debit',
  'alter index ledger_postings_credit rename to ledger_postings_replaced_credit',
  renameParts('ledger_postings', 'ledger_postings_replaced'),
  'alter table ledger_postings_rebuild rename to ledger_postings',
  segmented
    ? 'alter table ledger_postings rename constraint ledger_postings_rebuild_pkey to ledger_postings_pkey'
    : 'alter table ledger_postings add constraint ledger_postings_pkey primary key using index ledger_postings_rebuild_pkey',
  renameParts('ledger_postings_rebuild', 'ledger_postings'),
  'alter index ledger_postings_rebuild_debit rename to ledger_postings_debit',
  'alter index ledger_postings_rebuild_credit rename to ledger_postings_credit',
];
