// The segments of a rebuild: its table begins without indexes, gets them part by part, and takes over the
// names of the ledger at the swap. The table has a part for each segment of the log when it is created. The
// fill and the swap make those of segments that came later.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../../../eventStore/database.ts';
import { levels } from '../../../eventStore/levels.ts';
import { postingIndexes } from '../../../eventStore/newLedger.ts';
import { readLevel } from '../../../eventStore/openLevels.ts';
import { makeRebuildSegments, readLogForm } from '../../../eventStore/segments.ts';

const rebuiltLedger = 'ledger_postings_rebuild';

/** True if a rebuild makes segments: the log has them, and no process of the release before is left. */
export async function makesSegments(client: Pick<PoolClient, 'query'>): Promise<boolean> {
  return (await readLevel(client)) >= levels.ledgerSegments && (await readLogForm(client)) === 'segmented';
}

/** Creates the table of a rebuild that begins after `position`, without indexes. */
export async function createSegmentedRebuild(client: PoolClient, position: bigint): Promise<void> {
  await client.query(`create table ${rebuiltLedger}
    (like ledger_postings including constraints including storage including compression)
    partition by range (position)`);
  await client.query(`alter table ${rebuiltLedger} drop constraint if exists ledger_bounds`);
  await makeRebuildSegments(client, position);
}

/** True if the table of postings has segments. False if there is no such table. */
export async function isSegmented(client: Pick<PoolClient, 'query'>, table: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_class where oid = to_regclass($1::text) and relkind = 'p'`,
    [table],
  );
  return rowCount === 1;
}

/** The parts of the table of a rebuild, in order of their positions. */
export async function rebuildParts(client: Pick<PoolClient, 'query'>): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select part::regclass::text as name from ledger_parts($1::text) order by from_position',
    [rebuiltLedger],
  );
  return rows.map(({ name }) => name);
}

/**
 * The indexes of a part, in the two lanes of `indexRebuild`. The table may still have another name than the
 * part that it becomes.
 */
export const indexesOfPart = (
  ledgerPart: string,
  ledgerTable = ledgerPart,
): readonly [readonly string[], readonly string[]] => [
  [
    `create unique index if not exists ${ledgerPart}_pkey on ${ledgerTable} (position, posting)`,
    `create index if not exists ${ledgerPart}_debit on ${ledgerTable} (debit_wallet_id, position)
      where debit_wallet_id is not null`,
  ],
  [
    `create index if not exists ${ledgerPart}_credit on ${ledgerTable} (credit_wallet_id, position)
      where credit_wallet_id is not null`,
  ],
];

/**
 * Makes the indexes of all parts those of the table. Every part but one that came lately has them, so this
 * takes milliseconds. Nobody else reads the table, because its verification has ended.
 */
export async function sealSegments(pool: Pool): Promise<void> {
  await inDatabaseTransaction(pool, async (client) => {
    if (!(await isSegmented(client, rebuiltLedger)) || (await hasPrimaryKey(client, rebuiltLedger))) return;
    for (const ledgerPart of await rebuildParts(client)) {
      for (const build of indexesOfPart(ledgerPart).flat()) await client.query(build);
      if (!(await hasPrimaryKey(client, ledgerPart)))
        await client.query(
          `alter table ${ledgerPart} add constraint ${ledgerPart}_pkey primary key using index ${ledgerPart}_pkey`,
        );
    }
    for (const build of postingIndexes(rebuiltLedger)) await client.query(build);
  });
}

async function hasPrimaryKey(client: PoolClient, table: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'select from pg_index where indrelid = to_regclass($1::text) and indisprimary',
    [table],
  );
  return rowCount === 1;
}

/** Renames the parts of a table and their indexes, after the table itself was renamed. */
export const renameParts = (from: string, to: string): string => `
  do $rename$
  declare
    one record;
  begin
    for one in
      with parts as (
        select inhrelid as oid
          from pg_inherits
         where inhparent = '${to}'::regclass
      )
      select case relkind when 'i' then 'index' else 'table' end as kind,
             pg_class.oid::regclass as name,
             '${to}' || substr(relname, ${from.length + 1}) as renamed
        from (select oid from parts
               union all
              select indexrelid from pg_index join parts on parts.oid = indrelid) as known
        join pg_class on pg_class.oid = known.oid
       where relname like '${from}\\_s%'
    loop
      execute format('alter %s %s rename to %I', one.kind, one.name, one.renamed);
    end loop;
  end
  $rename$`;
