// Finds the idempotency records past their retention without an index: it reads the table page by page, a few
// at a time. The cursor is kept in `prune_horizons`, so a sweep outlives the run that began it. A table of up
// to 1 GiB is swept whole in each hourly run. A larger one is swept in shares, within a twelfth of the
// retention.
// Invariant: a sweep that ends has read every page of the table since it began. A record that is written
// meanwhile is younger than the time up to which the sweep deletes.
import type { Pool } from 'pg';
import type { PruneWindow } from './pruneHorizon.ts';

/** Pages of the table that one statement reads. Deleting all their records takes about 8 ms. */
const pageBlocks = 32;
/** 1 GiB, which a run reads in 25 s. */
const wholeBlocksMax = 131_072;
/**
 * A prune may go a quarter of the retention further than the last one. Two sweeps lie between two ends, and
 * missed runs need room too.
 */
const sweepsPerRetention = 12;
/** The schedule prunes every hour. */
const runEveryHours = 1;

export interface RecordSweep {
  /** Tells this sweep from any other. */
  readonly beganAt: Date;
  readonly elapsedHours: number;
  /** Every record from before it is gone once the sweep has ended. */
  readonly before: Date;
  /** Name of the table's file. */
  readonly file: number;
  /** The sweep has read all pages below it. */
  readonly block: number;
  /** Pages of the table. */
  readonly blocks: number;
}

interface SweepRow {
  readonly began_at: Date;
  readonly elapsed_hours: number;
  readonly before: Date;
  readonly file: number;
  readonly block: string;
  readonly blocks: string;
}

/**
 * The sweep that runs. It begins a new one if none runs, if the table was rebuilt meanwhile, or if `anew`
 * says so. If a clock went back, the sweep promises no more than the window of now.
 */
export async function openRecordSweep(
  pool: Pool,
  { before }: Pick<PruneWindow, 'before'>,
  anew: boolean,
): Promise<RecordSweep> {
  const { rows } = await pool.query<SweepRow>({
    name: 'open-record-sweep',
    text: `
      with found as (
        select pg_relation_filenode('idempotency_keys') as file,
               not $2::boolean
                 and sweep_file is not distinct from pg_relation_filenode('idempotency_keys') as goes_on
          from prune_horizons
         where subject = 'idempotency records'
      )
      update prune_horizons
         set sweep_began_at = case when goes_on then sweep_began_at
                                   else date_trunc('milliseconds', clock_timestamp()) end,
             sweep_before = case when goes_on then least(sweep_before, $1::timestamptz)
                                 else $1::timestamptz end,
             sweep_file = found.file,
             sweep_block = case when goes_on then sweep_block else 0 end
        from found
       where subject = 'idempotency records'
      returning sweep_began_at as began_at,
                extract(epoch from clock_timestamp() - sweep_began_at)::float8 / 3600 as elapsed_hours,
                sweep_before as before,
                sweep_file as file,
                sweep_block as block,
                pg_relation_size('idempotency_keys') / current_setting('block_size')::bigint as blocks`,
    values: [before, anew],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('prune_horizons has no row for idempotency records');
  return {
    beganAt: row.began_at,
    elapsedHours: row.elapsed_hours,
    before: row.before,
    file: row.file,
    block: Number(row.block),
    blocks: Number(row.blocks),
  };
}

/** The page at which the run of this hour may rest. */
export function sweepTarget(
  { blocks, elapsedHours }: Pick<RecordSweep, 'blocks' | 'elapsedHours'>,
  retentionHours: number,
): number {
  const sweepHours = Math.max(runEveryHours, Math.floor(retentionHours / sweepsPerRetention));
  if (blocks <= wholeBlocksMax) return blocks;
  const share = (Math.max(0, elapsedHours) + runEveryHours) / sweepHours;
  return Math.min(blocks, Math.ceil(blocks * share));
}

export interface SweptPage {
  readonly deleted: number;
  readonly redated: number;
  /** The sweep after this page. Undefined if the table was rebuilt, so that a new sweep has to begin. */
  readonly sweep: RecordSweep | undefined;
}

/**
 * Deletes the records of the window in the next pages of the sweep. A record from before the window gets the
 * present time, and its retention starts now. The last prune deleted every such record. So this one was
 * written after it, by a server whose clock was behind. Only a prune updates a record, so no other record
 * changes pages meanwhile.
 */
export async function sweepRecords(
  pool: Pool,
  { after, before }: PruneWindow,
  sweep: RecordSweep,
): Promise<SweptPage> {
  const { rows } = await pool.query<{ deleted: string; redated: string; file: number; blocks: string }>({
    name: 'sweep-idempotency-keys',
    text: `
      with expired as materialized (
        select ctid as at, created_at
          from idempotency_keys
         where ctid >= $3::tid
           and ctid < $4::tid
           and created_at < $2::timestamptz
      ), deleted as (
        delete from idempotency_keys
         where ctid = any(array(select at from expired where created_at >= $1::timestamptz))
           and created_at >= $1::timestamptz
           and created_at < $2::timestamptz
        returning 1
      ), redated as (
        update idempotency_keys
           set created_at = now()
         where ctid = any(array(select at from expired where created_at < $1::timestamptz))
           and created_at < $1::timestamptz
           and now() > $1::timestamptz
        returning 1
      )
      select (select count(*) from deleted) as deleted,
             (select count(*) from redated) as redated,
             pg_relation_filenode('idempotency_keys') as file,
             pg_relation_size('idempotency_keys') / current_setting('block_size')::bigint as blocks`,
    values: [after, before, firstOf(sweep.block), firstOf(sweep.block + pageBlocks)],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('the sweep of idempotency records got no answer');
  return {
    deleted: Number(row.deleted),
    redated: Number(row.redated),
    sweep:
      row.file === sweep.file
        ? { ...sweep, block: sweep.block + pageBlocks, blocks: Number(row.blocks) }
        : undefined,
  };
}

/** The address before the first row of a page. */
const firstOf = (block: number) => `(${block},0)`;

/**
 * Keeps the cursor. A sweep that has read the whole table ends, and moves the horizon to the time that it has
 * promised. An attempt that Temporal has given up changes no other sweep, and moves this one never back.
 */
export async function keepRecordSweep(pool: Pool, { beganAt, block, blocks }: RecordSweep): Promise<void> {
  await pool.query({
    name: 'keep-record-sweep',
    text: `
      update prune_horizons
         set pruned_before = case when $3::boolean then greatest(pruned_before, sweep_before) else pruned_before end,
             sweep_before = case when $3::boolean then null else sweep_before end,
             sweep_began_at = case when $3::boolean then null else sweep_began_at end,
             sweep_file = case when $3::boolean then null else sweep_file end,
             sweep_block = case when $3::boolean then null else greatest(sweep_block, $2::bigint) end
       where subject = 'idempotency records'
         and sweep_began_at = $1::timestamptz`,
    values: [beganAt, block, block >= blocks],
  });
}
