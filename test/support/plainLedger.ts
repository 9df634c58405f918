// Gives a test database a ledger of postings without segments, as installations had before those.
import type { Pool } from 'pg';
import { ledgerEntriesView, postingIndexes } from '../../src/eventStore/newLedger.ts';

/** Sets the level that is open, which only ever rises. */
export const openLevel = (level: number) => `
  alter table log_head disable trigger user;
  update log_head set level = ${level};
  alter table log_head enable trigger user`;

/** Statements that replace the table, which must be empty. The view `ledger_entries` must be gone. */
export const plainPostings = `
  alter table ledger_postings rename to ledger_postings_cut;
  create table ledger_postings (like ledger_postings_cut including constraints including storage including compression);
  do $owner$
  begin
    execute (select format('alter table ledger_postings owner to %I', pg_get_userbyid(relowner))
               from pg_class where oid = 'ledger_postings_cut'::regclass);
  end
  $owner$;
  drop table ledger_postings_cut;
  ${postingIndexes('ledger_postings').join(';\n')}`;

/** The ledger must be empty. `level` is the level that is open. */
export async function beginWithPlainPostings(pool: Pool, level: number): Promise<void> {
  await pool.query(`
    drop view ledger_entries;
    ${plainPostings};
    create ${ledgerEntriesView};
    ${openLevel(level)}`);
}
