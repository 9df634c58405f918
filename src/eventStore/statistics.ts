// Keeps the planner's statistics near the truth if autovacuum comes late or never. An analysis also ends the
// plans that sessions keep from before. The upkeep runs it every minute for tables that have grown, and after
// each prune for the tables that have shrunk.
import type { Pool } from 'pg';
import { inDatabaseTransaction } from './database.ts';
import { queryLong } from './longStatement.ts';

const tables = {
  events: 'analyze (skip_locked) events',
  wallets: 'analyze (skip_locked) wallets',
  outbox_rows: 'analyze (skip_locked) outbox_rows',
  idempotency_keys: 'analyze (skip_locked) idempotency_keys',
  ledger_entries: 'analyze (skip_locked) ledger_entries',
  ledger_postings: 'analyze (skip_locked) ledger_postings',
  projection_failures: 'analyze (skip_locked) projection_failures',
} as const;

export type AnalyzedTable = keyof typeof tables;

/** A table that has this many times the pages that its statistics say. Autovacuum comes at 1.1 times. */
const growthMax = 4;
/** Below this size any plan will do. 1 MB. */
const pagesMin = 128;
/** Longest analysis. It samples 30,000 pages at most. */
const analyzeTimeMaxMs = 60_000;

/**
 * Tables that have outgrown their statistics. It reads sizes of files and no rows. Partitions of a table have
 * sizes of their own, so only plain tables count.
 */
export async function readOutgrown(pool: Pool): Promise<readonly AnalyzedTable[]> {
  const { rows } = await pool.query<{ name: AnalyzedTable }>({
    name: 'read-outgrown-tables',
    text: `
      select known.name
        from unnest($1::text[]) as known (name)
        join pg_class on pg_class.oid = to_regclass(known.name)
       where pg_relation_size(pg_class.oid) / current_setting('block_size')::bigint
               > $2::integer * greatest(pg_class.relpages, $3::integer)
       order by known.name`,
    values: [Object.keys(tables), growthMax, pagesMin],
  });
  return rows.map(({ name }) => name);
}

/**
 * Analyses tables, one after the other. It skips a table that autovacuum has locked, because waiting for that
 * lock would cancel the vacuum. Without the right to it PostgreSQL warns and goes on.
 */
export async function analyzeTables(pool: Pool, names: readonly AnalyzedTable[]): Promise<void> {
  for (const name of names)
    await inDatabaseTransaction(pool, (client) =>
      queryLong(client, analyzeTimeMaxMs, { text: tables[name] }),
    );
}
