// Counts the events that are not processed, so that operators see what is not done. The view `outbox` says
// which they are (migration 0024). Invariant: an event is processed if every required projection has passed
// it and none of them has it parked. Without the checkpoint of one of them nothing is processed.
import type { Pool } from 'pg';
import { requiredProjections } from '../registry.ts';

/** Up to this number, parked events are counted one by one, which takes a few milliseconds. */
export const countedMax = 10_000;

export interface OutboxDepth {
  /** Above 10,000, parked events may be left out. */
  readonly unprocessed: number;
  /** When the oldest of them happened, and how long ago that is; null if there is none. */
  readonly oldest: Date | null;
  readonly lagMs: number | null;
}

interface DepthRow {
  readonly unprocessed: string;
  /** Position of the oldest of them. */
  readonly oldest: string | null;
}

/**
 * How much waits to be processed, and for how long. Positions have no gaps, so the number of events after a
 * position needs no look at the outbox. The cost does not depend on the backlog.
 */
export async function readOutboxDepth(pool: Pool): Promise<OutboxDepth> {
  const { rows } = await pool.query<DepthRow>({
    name: 'read-outbox-depth',
    text: `
      select log_head.position - through + parked.events as unprocessed,
             coalesce(parked.oldest, case when log_head.position > through then through + 1 end) as oldest
        from log_head
       cross join lateral (
             -- A dropped event was processed, wherever a checkpoint is now.
             select least(log_head.position,
                          greatest((select max(to_position) - 1 from log_segments where outbox_dropped_at is not null),
                                   case when count(*) = cardinality($2::text[]) then min(position) end,
                                   0)) as through
               from projector_checkpoints
              where projection = any($2::text[])
           ) as processed
       cross join lateral (
             select count(*) as events, min(position) as oldest
               from (select distinct position
                       -- The order keeps the plan on the index of open parked events.
                       from (select projection, position
                               from projection_failures
                              where resolved_at is null
                              order by next_attempt_at) as open
                      where projection = any($2::text[])
                        and position <= through
                      limit $1::integer) as passed
           ) as parked`,
    values: [countedMax, requiredProjections],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('log_head has no row: run the migrations');
  const unprocessed = Number(row.unprocessed);
  return row.oldest === null
    ? { unprocessed, oldest: null, lagMs: null }
    : { unprocessed, ...toLag(await readEventAge(pool, BigInt(row.oldest))) };
}

function toLag(age: EventAge | undefined): Pick<OutboxDepth, 'oldest' | 'lagMs'> {
  return age === undefined
    ? { oldest: null, lagMs: null }
    : { oldest: age.occurredAt, lagMs: Math.floor(age.ageMs) };
}

export interface EventAge {
  readonly occurredAt: Date;
  /** By the clock of PostgreSQL. Never negative, because two clocks may differ by a moment. */
  readonly ageMs: number;
}

/**
 * When the event at this position happened, and how long ago that is. Undefined if it is not in the log. The
 * position is a value of its own. With a column or a subquery in its place, PostgreSQL prepares every
 * segment.
 */
export async function readEventAge(pool: Pool, position: bigint): Promise<EventAge | undefined> {
  const { rows } = await pool.query<{ occurred_at: Date; age_ms: number }>({
    name: 'read-event-age',
    text: `
      select occurred_at,
             (extract(epoch from clock_timestamp() - occurred_at) * 1000)::float8 as age_ms
        from events
       where position = $1::bigint`,
    values: [position],
  });
  const [row] = rows;
  return row && { occurredAt: row.occurred_at, ageMs: Math.max(0, row.age_ms) };
}
