// Reads how much room the log has before its end, and whether the server has room for the locks of a reader.
import type { ClientBase } from 'pg';

export interface SegmentFacts {
  /** Segments of the log that are attached; 0 before it is cut. */
  readonly segments: number;
  /** Those above the head of the log. */
  readonly empty: number;
  /** The part of the segment with the head that is filled, from 0 to 1. */
  readonly filled: number;
  /** max_locks_per_transaction. A reader locks every segment, also those that it does not read. */
  readonly locksPerTransaction: number;
}

export async function readSegmentFacts(session: Pick<ClientBase, 'query'>): Promise<SegmentFacts> {
  const { rows } = await session.query<{ segments: number; empty: number; filled: number; locks: number }>({
    name: 'read-segment-facts',
    text: `
      select count(*)::integer as segments,
             count(*) filter (where from_position > log_head.position)::integer as empty,
             coalesce(max((log_head.position - from_position + 1)::float8 / (to_position - from_position))
                        filter (where log_head.position between from_position and to_position - 1), 0) as filled,
             current_setting('max_locks_per_transaction')::integer as locks
        from log_head
        left join log_segments on exists (select
                                            from pg_class
                                           where oid = to_regclass('events')
                                             and relkind = 'p')
       where log_segments.state = 'attached'`,
  });
  const [row] = rows;
  return {
    segments: row?.segments ?? 0,
    empty: row?.empty ?? 0,
    filled: row?.filled ?? 0,
    locksPerTransaction: row?.locks ?? 0,
  };
}
