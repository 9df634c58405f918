// Gives a test database the ledger of an installation from before the postings: a table of legs, with the
// migration's own statements.
import { readFileSync } from 'node:fs';
import type { Pool } from 'pg';
import { openLevel, plainPostings } from './plainLedger.ts';

const migration = readFileSync(
  new URL('../../src/eventStore/migrations/0002_projections.sql', import.meta.url),
  'utf8',
);

/** Table, index and triggers of the legs. */
const legStatements = migration
  .split(/;\n/)
  .map((statement) => statement.replace(/^(?:--.*\n|\n)+/, ''))
  .filter((statement) => /^create (?:table|index|trigger) ledger_entries/.test(statement));

/**
 * The ledger must be empty. `level` is the level that is open: with that of postings, the next rebuild makes
 * postings.
 */
export async function beginWithLegs(pool: Pool, level: number): Promise<void> {
  if (legStatements.length !== 6) throw new Error('the migration has no table, index and triggers of legs');
  await pool.query(`
    drop view ledger_entries;
    ${legStatements.join(';\n')};
    ${plainPostings};
    update ledger_form set form = 'legs';
    ${openLevel(level)}`);
}
