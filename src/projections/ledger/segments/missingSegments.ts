// Tells which segments a reader of entries misses: their postings or their events are in the archive. Entries
// have their descriptions from the events. A segment in the midst of the archive may have been restored.
import type { ReadDatabase } from '../../../eventStore/tenantReads.ts';

/** The position after which ledger and log have everything; 0 if nothing is archived. */
export async function readLedgerBeginning(pool: ReadDatabase): Promise<bigint> {
  const { rows } = await pool.query<{ begins_after: string }>({
    name: 'read-ledger-beginning',
    text: `
      select greatest(begins_after,
                      (select max(to_position) - 1 from log_segments where state <> 'attached')) as begins_after
        from ledger_form`,
  });
  return BigInt(rows[0]?.begins_after ?? 0);
}

/** The first and the last position of which entries are missing. Others may lie between them. */
export interface MissingPositions {
  readonly from: bigint;
  readonly through: bigint;
}

/** The missing segments between these positions, neither included. Undefined if none lies there. */
export async function readMissingPositions(
  pool: ReadDatabase,
  { above, below }: { readonly above: bigint; readonly below: bigint },
): Promise<MissingPositions | undefined> {
  const { rows } = await pool.query<{ from: string | null; through: string | null }>({
    name: 'read-missing-segments',
    // The read role may call no function of the ledger, so its parts are looked up here. PostgreSQL does
    // so only if a segment is in the log and the ledger begins after it.
    text: `
      with parts as materialized (
        select bounds[1]::bigint as from_position, bounds[2]::bigint as to_position
          from pg_inherits
          join pg_class on pg_class.oid = inhrelid
         cross join lateral regexp_match(pg_get_expr(relpartbound, inhrelid),
                                         'FROM \\(''(\\d+)''\\) TO \\(''(\\d+)''\\)') as bounds
         where inhparent = 'ledger_postings'::regclass
      )
      select min(from_position) as "from", max(to_position) - 1 as through
        from log_segments
       where from_position < $2::bigint
         and to_position - 1 > $1::bigint
         and (state <> 'attached'
              or to_position - 1 <= (select begins_after from ledger_form)
                 and not exists (
                       select
                         from parts
                        where parts.from_position <= log_segments.from_position
                          and parts.to_position >= log_segments.to_position
                     ))`,
    values: [above, below],
  });
  const { from = null, through = null } = rows[0] ?? {};
  return from === null || through === null ? undefined : { from: BigInt(from), through: BigInt(through) };
}

/** Whether the posting of a position may be archived: the ledger begins after it, and has no part for it. */
export async function isPostingArchived(pool: ReadDatabase, position: bigint): Promise<boolean> {
  if (position > (await readLedgerBeginning(pool))) return false;
  return (await readMissingPositions(pool, { above: position - 1n, below: position + 1n })) !== undefined;
}
