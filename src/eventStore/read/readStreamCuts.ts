// Cuts the order of all wallets into ranges of about equal size, so that several workers share a rebuild
// evenly.
import type { Pool } from 'pg';

/**
 * Ids that cut all wallets into about equal parts: at most `parts` - 1 of them, in order. A sample is enough,
 * because with any cut every wallet is in exactly one range.
 */
export async function readStreamCuts(pool: Pool, parts: number): Promise<readonly string[]> {
  const { rows } = await pool.query<{ cut: string }>({
    name: 'read-stream-cuts',
    text: `
      with sampled as materialized (
        select id
          from wallets
               tablesample system ((
                 select least(100, 100.0 * 100000 / greatest(1, reltuples))::real
                   from pg_class
                  where oid = 'wallets'::regclass
               ))
      )
      select distinct percentile_disc(part::double precision / $1::integer) within group (order by sampled.id) as cut
        from sampled
       cross join generate_series(1, $1::integer - 1) as part
       group by part
       order by cut`,
    values: [parts],
  });
  return rows.map(({ cut }) => cut);
}
