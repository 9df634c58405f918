// Reads the trace contexts under which events were stored. It runs only while traces are on. It is a
// statement of its own, because every pass of every projection pays for the statement that reads events.
import type { Pool } from 'pg';
import { boundsOf } from '../positionBounds.ts';

/** W3C traceparents of the events at these positions, each once, in order of position; at most `limit`. */
export async function readTraceparents(
  pool: Pool,
  positions: readonly bigint[],
  limit: number,
): Promise<string[]> {
  const { rows } = await pool.query<{ traceparent: string }>({
    name: 'read-traceparents',
    text: `
      select coalesce(events.traceparent, metadata->>'traceparent') as traceparent
        from events
       where position = any($1::bigint[])
         and position between $3::bigint and $4::bigint
         and (events.traceparent is not null or metadata ? 'traceparent')
       group by 1
       order by min(position)
       limit $2::integer`,
    values: [positions, limit, ...boundsOf(positions)],
  });
  return rows.map(({ traceparent }) => traceparent);
}
