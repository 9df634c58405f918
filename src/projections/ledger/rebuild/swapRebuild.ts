// Replaces the live ledger by a rebuilt one, in one short database transaction under the live table's lock.
// It books the last events, moves the checkpoint, parks the events that can't be booked, and renames the
// tables. A ledger of legs becomes one of postings here. The drain waits for that lock. Readers see the old
// ledger or the new one, never a mixture.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../../../eventStore/database.ts';
import { lockSegments, makeRebuildSegments } from '../../../eventStore/segments.ts';
import type { RecordedEvent } from '../../../eventStore/eventCodec.ts';
import { positionMax } from '../../../eventStore/logHead.ts';
import { readEventsAfter, readEventsAt } from '../../../eventStore/read/readEvents.ts';
import { retryDelayMs } from '../../parked/parkedEvents.ts';
import { type LedgerForm, readLedgerForm } from '../forms/ledgerForm.ts';
import { sealSegments } from '../segments/rebuildSegments.ts';
import { resetSums } from '../sums/ledgerSums.ts';
import { writePage } from './fillRebuild.ts';
import { preparePage } from './preparePage.ts';
import { replaceLedger } from './replaceLedger.ts';
import { rebuildSuperseded } from './rebuildTable.ts';

/** Longest wait for the lock. Meanwhile, everything that reads or writes the ledger queues after it. */
const lockWaitMaxMs = 500;

export interface SwapOutcome {
  /** False if the rebuild lags too much: it must be filled again first. */
  readonly swapped: boolean;
  /** Number of events that can't be booked, which the new ledger lacks. */
  readonly refused: number;
}

/**
 * Swaps if at most `eventsMax` events are missing. Throws PostgreSQL's 55P03 if the lock does not come in
 * time, and has then changed nothing. Throws RebuildSupersededError if another rebuild took this one's place.
 * An attempt after a committed one finds the rebuild without its table and has nothing to do.
 */
export async function swapRebuild(pool: Pool, rebuildId: string, eventsMax: number): Promise<SwapOutcome> {
  await sealSegments(pool);
  return inDatabaseTransaction(pool, async (client) => {
    await planReads(client);
    await client.query(`select set_config('lock_timeout', $1::text, true)`, [String(lockWaitMaxMs)]);
    // The maker holds this lock first, too. So a segment comes to both tables, or before the swap to one.
    await lockSegments(client);
    // First the form, then the tables, then the checkpoint: the order in which the drain takes them.
    await client.query('lock table ledger_form, ledger_entries, ledger_postings in access exclusive mode');
    const from = await readLedgerForm(client);
    const { rows } = await client.query<{
      form: LedgerForm;
      position: string;
      begins_after: string;
      has_table: boolean;
    }>({
      text: `
        select form,
               position,
               begins_after,
               to_regclass(case form when 'legs' then 'ledger_entries_rebuild' else 'ledger_postings_rebuild' end)
                 is not null as has_table
          from ledger_rebuilds
         where rebuild_id = $1::text
           for update`,
      values: [rebuildId],
    });
    const [rebuild] = rows;
    if (rebuild === undefined) throw rebuildSuperseded(rebuildId);
    if (!rebuild.has_table) return { swapped: true, refused: await countUnbooked(client, rebuildId) };
    const position = BigInt(rebuild.position);
    const rest = await readEventsAfter(client, position, eventsMax + 1);
    if (rest.length > eventsMax) return { swapped: false, refused: 0 };
    await makeRebuildSegments(client, position);
    await writePage(client, rebuildId, preparePage(rebuild.form, position, rest));

    const last = rest.at(-1) ?? (await readEventsAt(client, [position]))[0];
    if (last !== undefined) await advanceCheckpoint(client, last);
    const refused = await takeOverParked(client, rebuildId);
    await replaceLedger(client, from, rebuild.form);
    await resetSums(client, BigInt(rebuild.begins_after));
    return { swapped: true, refused };
  });
}

/**
 * A plan over 300 segments of the log takes 90 ms and more on a busy machine, so it is made before the lock.
 * The locks of these reads end with the savepoint. The archive locks the ledger first, and then the log.
 */
async function planReads(client: PoolClient): Promise<void> {
  await client.query('savepoint plans');
  await readEventsAfter(client, positionMax, 1);
  await readEventsAt(client, [positionMax]);
  await client.query('rollback to savepoint plans');
}

/** A drain that is projecting events finds its checkpoint moved and leaves them, because they are booked. */
async function advanceCheckpoint(
  client: PoolClient,
  { position, occurredAt }: Pick<RecordedEvent, 'position' | 'occurredAt'>,
): Promise<void> {
  await client.query({
    text: `
      update projector_checkpoints
         set position = $1::bigint,
             updated_at = clock_timestamp(),
             last_event_at = $2::timestamptz,
             lag_ms = greatest(0, extract(epoch from clock_timestamp() - $2::timestamptz) * 1000)::bigint
       where projection = 'ledger'
         and position < $1::bigint`,
    values: [position, occurredAt],
  });
}

/**
 * Makes the parked events fit the new ledger. An event that the rebuild booked is no longer parked. An event
 * that it could not book is parked, even if a retry has booked it since in the old ledger. An event that an
 * operator skipped stays skipped.
 */
async function takeOverParked(client: PoolClient, rebuildId: string): Promise<number> {
  await client.query({
    text: `
      update projection_failures as failures
         set resolved_at = now(),
             resolution = 'booked by a rebuild'
        from ledger_rebuilds as rebuilds
       where rebuilds.rebuild_id = $1::text
         and failures.position > rebuilds.begins_after
         and failures.projection = 'ledger'
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
  return countUnbooked(client, rebuildId);
}

async function countUnbooked(client: PoolClient, rebuildId: string): Promise<number> {
  const { rows } = await client.query<{ refused: string }>({
    text: 'select count(*) as refused from ledger_rebuild_refusals where rebuild_id = $1::text',
    values: [rebuildId],
  });
  return Number(rows[0]?.refused ?? 0);
}
