// Keeps the planner's statistics near the truth if autovacuum comes late or never. An analysis also ends the
// plans that sessions keep from before. The upkeep runs it every minute for tables that have grown, and after
// each prune for the tables that have shrunk.
import type { Pool } from 'pg';
import { inDatabaseTransaction } from './database.ts';
import { queryLong } from './longStatement.ts';

// `only` leaves out the segments of a table. Each is analysed by itself once it has grown.
const tables = {
  events: 'analyze (skip_locked) only events',
  wallets: 'analyze (skip_locked) wallets',
  outbox_rows: 'analyze (skip_locked) only outbox_rows',
  idempotency_keys: 'analyze (skip_locked) idempotency_keys',
  ledger_entries: 'analyze (skip_locked) ledger_entries',
  ledger_postings: 'analyze (skip_locked) only ledger_postings',
  opening_wallets: 'analyze (skip_locked) opening_wallets',
  projection_failures: 'analyze (skip_locked) projection_failures',
} as const;

/** A table that has this many times the pages that its statistics say. Autovacuum comes at 1.1 times. */
const growthMax = 4;
/** Below this size any plan will do. 1 MB. */
const pagesMin = 128;
/** Longest analysis. It samples 30,000 pages at most. */
const analyzeTimeMaxMs = 60_000;

/** Tables and partitions that have outgrown their statistics. It reads sizes of files and no rows. */
export async function readOutgrown(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>({
    name: 'read-outgrown-tables',
    text: `
      select known.oid::regclass::text as name
        from unnest($1::text[]) as listed (name)
       cross join lateral (
             select to_regclass(listed.name)::oid as oid
              union all
             select inhrelid
               from pg_inherits
              where inhparent = to_regclass(listed.name)
       ) as known
        join pg_class on pg_class.oid = known.oid
       where pg_relation_size(pg_class.oid) / current_setting('block_size')::bigint
               > $2::integer * greatest(pg_class.relpages, $3::integer)
       order by name`,
    values: [Object.keys(tables), growthMax, pagesMin],
  });
  return rows.map(({ name }) => name);
}

/**
 * Analyses tables, one after the other. It skips a table that autovacuum has locked, because waiting for that
 * lock would cancel the vacuum. Without the right to it PostgreSQL warns and goes on.
 */
export async function analyzeTables(pool: Pool, names: readonly string[]): Promise<void> {
  for (const name of names)
    await inDatabaseTransaction(pool, (client) =>
      queryLong(client, analyzeTimeMaxMs, { text: statementOf(name) }),
    );
}

/** A partition's name comes from the catalog, which has quoted it. */
function statementOf(name: string): string {
  return (tables as Readonly<Record<string, string>>)[name] ?? `analyze (skip_locked) ${name}`;
}
