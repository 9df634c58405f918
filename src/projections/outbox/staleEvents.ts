// What the drains can't see: events whose outbox row was lost, and events that every projection passed long ago and
// that nobody marked. Both are found by position, in pages, and projected again: every sink stands an event twice.
import type { Pool } from 'pg';
import { readEventsAt } from '../../eventStore/read/readEvents.ts';
import { decodeEvents, projectAndRecord } from '../projectEvents.ts';
import { parkEvents } from '../parked/parkedEvents.ts';
import { markProcessed } from './outbox.ts';
import type { Projection, ProjectionName } from '../projection.ts';

/** Where a check for lost outbox rows begins: behind what was pruned and, unless it is a full one, checked before. */
export async function readCheckStart(pool: Pool, full: boolean): Promise<bigint> {
  const { rows } = await pool.query<{ start: string }>({
    name: 'read-check-start',
    text: `
      select case when $1::boolean then pruned_through else greatest(pruned_through, checked_through) end as start
        from outbox_upkeep`,
    values: [full],
  });
  return BigInt(rows[0]?.start ?? 0);
}

export interface CheckedPage {
  readonly checked: number;
  readonly restored: number;
  /** Position of the last event that was checked; the start where there was none. */
  readonly through: bigint;
}

interface CheckedRow {
  readonly checked: string;
  readonly restored: string;
  readonly through: string | null;
}

/**
 * Gives each of the next `limit` events behind `after` an outbox row where it lacks one. Events and outbox rows are
 * appended by one statement, so what lacks a row in one snapshot has lost it.
 */
export async function restoreOutboxRows(pool: Pool, after: bigint, limit: number): Promise<CheckedPage> {
  const { rows } = await pool.query<CheckedRow>({
    name: 'restore-outbox-rows',
    text: `
      with page as (
        select position, occurred_at
          from events
         where position > greatest($1::bigint, (select pruned_through from outbox_upkeep))
         order by position
         limit $2::integer
      ), restored as (
        insert into outbox (position, created_at)
        select page.position, page.occurred_at
          from page
         where not exists (
                 select
                   from outbox
                  where outbox.position = page.position
               )
            on conflict on constraint outbox_pkey do nothing
        returning position
      ), noted as (
        update outbox_upkeep
           set checked_through = greatest(checked_through, (select max(position) from page))
         where exists (select from page)
      )
      select (select count(*) from page) as checked,
             (select count(*) from restored) as restored,
             (select max(position) from page) as through`,
    values: [after, limit],
  });
  const [row] = rows;
  return {
    checked: Number(row?.checked ?? 0),
    restored: Number(row?.restored ?? 0),
    through: BigInt(row?.through ?? after),
  };
}

export interface StaleQuery {
  readonly olderThanS: number;
  /**
   * False leaves events alone that another projection still has to take: while one store is away, the other's
   * events are not stale. True takes every unprocessed event that this projection has passed.
   */
  readonly full: boolean;
  readonly after: bigint;
  readonly limit: number;
}

/**
 * Positions of unprocessed events that `projection` has passed, in order. Left out are parked ones, which have
 * retries of their own, and those that an operator gave up.
 */
export async function readStalePositions(
  pool: Pool,
  projection: ProjectionName,
  query: StaleQuery,
): Promise<bigint[]> {
  const { rows } = await pool.query<{ position: string }>({
    name: 'read-stale-positions',
    text: `
      select waiting.position
        from outbox as waiting
       where waiting.processed_at is null
         and waiting.position > $3::bigint
         and waiting.position <= (
               select min(position)
                 from projector_checkpoints
                where not $2::boolean
                   or projection = $1::text
             )
         and waiting.created_at < now() - $4::integer * interval '1 second'
         and not exists (
               select
                 from projection_failures as failures
                where failures.position = waiting.position
                  and (failures.resolved_at is null
                       or failures.projection = $1::text and failures.skipped_at is not null)
             )
       order by waiting.position
       limit $5::integer`,
    values: [projection, query.full, query.after, query.olderThanS, query.limit],
  });
  return rows.map(({ position }) => BigInt(position));
}

/** Projects these events again and marks what is then processed. What the projection refuses now is parked. */
export async function projectAgain(
  pool: Pool,
  projection: Projection,
  positions: readonly bigint[],
): Promise<void> {
  const [first] = positions;
  if (first === undefined) return;
  const { events, refusals: undecodable } = decodeEvents(await readEventsAt(pool, positions));
  await projectAndRecord(pool, projection, events, (client, refused) =>
    parkEvents(client, projection.name, [...undecodable, ...refused]),
  );
  await markProcessed(pool, first - 1n, positions.length);
}
