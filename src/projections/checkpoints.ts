// Stores how far each projection has come, and which ones the outbox waits for. Invariant: a checkpoint moves
// by compare-and-set. So if a hanging attempt and its retry project the same events, only one of them counts.
import type { Pool, PoolClient } from 'pg';
import { type ProjectionName, projectionNames, requiredProjections } from './registry.ts';

/**
 * Another attempt has moved this checkpoint. The attempt that gets this error must stop; nothing is broken.
 */
export class CheckpointMovedError extends Error {
  override readonly name = 'CheckpointMovedError';
}

/** Position of the last event that the projection has passed; 0 before the first. */
export async function readCheckpoint(pool: Pool, projection: ProjectionName): Promise<bigint> {
  const { rows } = await pool.query<{ position: string }>({
    name: 'read-checkpoint',
    text: `
      select position
        from projector_checkpoints
       where projection = $1::text`,
    values: [projection],
  });
  const [row] = rows;
  if (row === undefined)
    throw new Error(`projector_checkpoints has no row "${projection}": start a worker of this release`);
  return BigInt(row.position);
}

/**
 * Makes a checkpoint at the beginning of the log for each registered projection that has none, and lists the
 * required ones. Every worker calls this when it starts. It writes only if something is missing or differs,
 * so a server that takes no writes stops no worker. Checkpoints of other projections stay: another release
 * beside this one may know them.
 */
export async function ensureCheckpoints(pool: Pool): Promise<void> {
  await insertMissing(pool);
  await listRequired(pool);
}

async function insertMissing(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ projection: string }>({
    name: 'read-missing-checkpoints',
    text: `
      select projection
        from unnest($1::text[]) as registered (projection)
       where not exists (
               select
                 from projector_checkpoints as checkpoints
                where checkpoints.projection = registered.projection
             )`,
    values: [projectionNames],
  });
  if (rows.length === 0) return;
  await pool.query({
    name: 'insert-checkpoints',
    text: `
      insert into projector_checkpoints (projection, position)
      select projection, 0
        from unnest($1::text[]) as missing (projection)
          on conflict on constraint projector_checkpoints_pkey do nothing`,
    values: [rows.map(({ projection }) => projection)],
  });
}

/** The outbox waits for the listed projections. The release whose worker started last decides. */
async function listRequired(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ projection: string }>({
    name: 'read-required-projections',
    text: `
      select projection
        from required_projections
       order by projection`,
  });
  const listed = rows.map(({ projection }) => projection);
  if (listed.join() === requiredProjections.toSorted().join()) return;
  await pool.query({
    name: 'write-required-projections',
    text: `
      with removed as (
        delete from required_projections
         where projection <> all($1::text[])
      )
      insert into required_projections (projection)
      select projection
        from unnest($1::text[]) as required (projection)
          on conflict on constraint required_projections_pkey do nothing`,
    values: [requiredProjections],
  });
}

interface CheckpointMove {
  readonly projection: ProjectionName;
  /** The checkpoint when the events were read. */
  readonly from: bigint;
  readonly to: bigint;
  /** When the event at `to` happened. `lag_ms` is counted from it. */
  readonly lastEventAt: Date;
}

/**
 * Moves the checkpoint and updates its lag. Throws CheckpointMovedError if the checkpoint is no longer at
 * `from`.
 */
export async function moveCheckpoint(client: PoolClient, move: CheckpointMove): Promise<void> {
  const { projection, from, to, lastEventAt } = move;
  const { rowCount } = await client.query({
    name: 'move-checkpoint',
    text: `
      update projector_checkpoints
         set position = $3::bigint,
             updated_at = clock_timestamp(),
             last_event_at = $4::timestamptz,
             lag_ms = greatest(0, extract(epoch from clock_timestamp() - $4::timestamptz) * 1000)::bigint
       where projection = $1::text
         and position = $2::bigint`,
    values: [projection, from, to, lastEventAt],
  });
  if (rowCount !== 1) {
    throw new CheckpointMovedError(
      `checkpoint "${projection}" is no longer at ${from}: another attempt moved it`,
    );
  }
}

/** Number of events that the projection has not passed yet. */
export async function countWaitingEvents(pool: Pool, projection: ProjectionName): Promise<bigint> {
  const { rows } = await pool.query<{ waiting: string }>({
    name: 'count-waiting-events',
    text: `
      select log_head.position - projector_checkpoints.position as waiting
        from log_head
       cross join projector_checkpoints
       where projector_checkpoints.projection = $1::text`,
    values: [projection],
  });
  return BigInt(rows[0]?.waiting ?? 0);
}

/**
 * Sets the projection back to the beginning of the log, because its store is empty and needs every event
 * again.
 */
export async function rewindCheckpoint(pool: Pool, projection: ProjectionName): Promise<void> {
  await pool.query({
    name: 'rewind-checkpoint',
    text: `
      update projector_checkpoints
         set position = 0,
             updated_at = now()
       where projection = $1::text
         and position <> 0`,
    values: [projection],
  });
}

export interface ProjectionState {
  readonly projection: ProjectionName;
  readonly position: bigint;
  /** The log's last position. */
  readonly head: bigint;
  readonly updatedAt: Date;
  /** The age of the last event when it was projected, in milliseconds. */
  readonly lastLagMs: number;
  /** When the first waiting event happened; null if none waits. */
  readonly waitingSince: Date | null;
  /** How long it has waited by the clock of PostgreSQL; 0 if none waits. */
  readonly waitingMs: number;
  readonly parked: number;
}

interface StateRow {
  readonly projection: ProjectionName;
  readonly position: string;
  readonly head: string;
  readonly updated_at: Date;
  readonly lag_ms: string;
  readonly waiting_since: Date | null;
  readonly waiting_ms: string;
  readonly parked: string;
}

/** How far every projection of the registry has come, from one snapshot. */
export async function readProjectionStates(pool: Pool): Promise<ProjectionState[]> {
  const { rows } = await pool.query<StateRow>({
    name: 'read-projection-states',
    text: `
      select checkpoints.projection, checkpoints.position, log_head.position as head, checkpoints.updated_at,
             checkpoints.lag_ms,
             waiting.occurred_at as waiting_since,
             coalesce(greatest(0, round(extract(epoch from now() - waiting.occurred_at) * 1000)), 0) as waiting_ms,
             (select count(*)
                from projection_failures as failures
               where failures.projection = checkpoints.projection
                 and failures.resolved_at is null) as parked
        from projector_checkpoints as checkpoints
       cross join log_head
        -- The limit keeps this a look at one row by its key. A plain join could scan the log.
        left join lateral (
             select occurred_at
               from events
              where position = checkpoints.position + 1
              limit 1) as waiting on true
       where checkpoints.projection = any($1::text[])
       order by checkpoints.projection`,
    values: [projectionNames],
  });
  return rows.map((row) => ({
    projection: row.projection,
    position: BigInt(row.position),
    head: BigInt(row.head),
    updatedAt: row.updated_at,
    lastLagMs: Number(row.lag_ms),
    waitingSince: row.waiting_since,
    waitingMs: Number(row.waiting_ms),
    parked: Number(row.parked),
  }));
}
