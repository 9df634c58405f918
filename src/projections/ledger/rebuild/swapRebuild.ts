// The moment at which a rebuilt ledger takes the live one's place: one short database transaction under the live
// table's lock. It books the last events, sets the checkpoint, takes over what can't be booked, and renames. The drain
// waits for it as it waits for any lock; readers see the ledger before or the ledger after.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../../../eventStore/database.ts';
import { readEventsAfter } from '../../../eventStore/read/readEvents.ts';
import { retryDelayMs } from '../../parked/parkedEvents.ts';
import { preparePage, writePage } from './fillRebuild.ts';
import { rebuildSuperseded, renameTables } from './rebuildTable.ts';

/** Longest wait for the lock: whoever reads or writes the ledger queues behind it meanwhile. */
const lockWaitMaxMs = 500;

export interface SwapOutcome {
  /** False where the rebuild has fallen too far behind: it has to be filled again first. */
  readonly swapped: boolean;
  /** Events that the new ledger lacks, because they can't be booked. */
  readonly refused: number;
}

/**
 * Swaps where at most `eventsMax` events are missing. Throws PostgreSQL's 55P03, having changed nothing, where the lock
 * does not come in time, and RebuildSupersededError where another rebuild took this one's place. A second attempt behind a first
 * that was committed finds the rebuild without its table, and nothing to do.
 */
export function swapRebuild(pool: Pool, rebuildId: string, eventsMax: number): Promise<SwapOutcome> {
  return inDatabaseTransaction(pool, async (client) => {
    await client.query(`select set_config('lock_timeout', $1::text, true)`, [String(lockWaitMaxMs)]);
    // First the table, then the checkpoint: the order in which the drain takes them.
    await client.query('lock table ledger_entries in access exclusive mode');
    const { rows } = await client.query<{ position: string; has_table: boolean }>({
      text: `
        select position,
               to_regclass('ledger_entries_rebuild') is not null as has_table
          from ledger_rebuilds
         where rebuild_id = $1::text
           for update`,
      values: [rebuildId],
    });
    const [rebuild] = rows;
    if (rebuild === undefined) throw rebuildSuperseded(rebuildId);
    if (!rebuild.has_table) return { swapped: true, refused: await countRefusals(client, rebuildId) };
    const position = BigInt(rebuild.position);
    const rest = await readEventsAfter(client, position, eventsMax + 1);
    if (rest.length > eventsMax) return { swapped: false, refused: 0 };
    await writePage(client, rebuildId, preparePage(position, rest));

    await advanceCheckpoint(client, rebuildId);
    const refused = await takeOverFailures(client, rebuildId);
    await renameTables(client);
    return { swapped: true, refused };
  });
}

/** A drain that has events in hand finds its checkpoint moved and leaves them: they are booked. */
async function advanceCheckpoint(client: PoolClient, rebuildId: string): Promise<void> {
  await client.query({
    text: `
      update projector_checkpoints as checkpoints
         set position = rebuilds.position,
             updated_at = clock_timestamp(),
             last_event_at = events.occurred_at,
             lag_ms = greatest(0, extract(epoch from clock_timestamp() - events.occurred_at) * 1000)::bigint
        from ledger_rebuilds as rebuilds
        join events on events.position = rebuilds.position
       where rebuilds.rebuild_id = $1::text
         and checkpoints.projection = 'ledger'
         and checkpoints.position < rebuilds.position`,
    values: [rebuildId],
  });
}

/**
 * What the rebuild booked is no longer parked; what it could not book is, even where a retry had taken it since. Only
 * an operator's word stays: what was skipped with a reason stays skipped.
 */
async function takeOverFailures(client: PoolClient, rebuildId: string): Promise<number> {
  await client.query({
    text: `
      update projection_failures as failures
         set resolved_at = now(),
             resolution = 'booked by a rebuild'
       where failures.projection = 'ledger'
         and failures.resolved_at is null
         and not exists (
               select
                 from ledger_rebuild_refusals as refused
                where refused.rebuild_id = $1::text
                  and refused.position = failures.position
             )`,
    values: [rebuildId],
  });
  await client.query({
    text: `
      insert into projection_failures (projection, position, wallet_id, last_error, next_attempt_at)
      select 'ledger', position, wallet_id, reason, now() + $2::double precision * interval '1 millisecond'
        from ledger_rebuild_refusals
       where rebuild_id = $1::text
          on conflict on constraint projection_failures_pkey do update
         set last_error = excluded.last_error,
             next_attempt_at = excluded.next_attempt_at,
             resolved_at = null,
             resolution = null
       where projection_failures.resolved_at is not null
         and projection_failures.skipped_at is null`,
    values: [rebuildId, retryDelayMs(1)],
  });
  return countRefusals(client, rebuildId);
}

async function countRefusals(client: PoolClient, rebuildId: string): Promise<number> {
  const { rows } = await client.query<{ refused: string }>({
    text: 'select count(*) as refused from ledger_rebuild_refusals where rebuild_id = $1::text',
    values: [rebuildId],
  });
  return Number(rows[0]?.refused ?? 0);
}
