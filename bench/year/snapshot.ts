// Reads what the database and the archive hold at the end of a simulated week.
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Pool } from 'pg';

export interface WeekSnapshot {
  readonly week: number;
  /** Position of the log's head. */
  readonly head: number;
  readonly bytes: {
    readonly database: number;
    /** The database without ledger and state: all that a retention bounds. */
    readonly retained: number;
    /** Detached segments included, as long as their rows are there. */
    readonly events: number;
    readonly outbox: number;
    readonly records: number;
    readonly ledger: number;
    /** Wallets, their holds and the opening state: one row for each wallet or hold that there ever was. */
    readonly state: number;
    /** The opening state of wallets alone: its table with everything, and its rows as they are stored. */
    readonly opening: number;
    readonly openingRows: number;
  };
  readonly segments: { readonly attached: number; readonly detached: number; readonly dropped: number };
  readonly generations: { readonly current: number; readonly kept: number };
  readonly archive: { readonly files: number; readonly bytes: number };
}

interface Row {
  head: string;
  database: string;
  events: string;
  outbox: string;
  records: string;
  ledger: string;
  state: string;
  opening: string;
  opening_rows: string;
  attached: number;
  detached: number;
  dropped: number;
  generation: number;
  kept: number;
}

export async function readSnapshot(pool: Pool, week: number, archiveFolder: string): Promise<WeekSnapshot> {
  const { rows } = await pool.query<Row>(
    `with sizes as (
       select relname as name, pg_total_relation_size(oid) as bytes
         from pg_class
        where relkind = 'r'
          and relnamespace = current_schema()::regnamespace
     )
     select (select position from log_head) as head,
            pg_database_size(current_database()) as database,
            sum(bytes) filter (where name like 'events%') as events,
            sum(bytes) filter (where name like 'outbox%') as outbox,
            sum(bytes) filter (where name like 'idempotency%') as records,
            sum(bytes) filter (where name like 'ledger%') as ledger,
            sum(bytes) filter (where name like 'wallet%' or name like 'opening%' or name like 'holds%') as state,
            sum(bytes) filter (where name = 'opening_wallets') as opening,
            (select coalesce(sum(pg_column_size(opening_wallets)), 0) from opening_wallets) as opening_rows,
            (select count(*)::integer from log_segments where state = 'attached') as attached,
            (select count(*)::integer from log_segments where state = 'detached') as detached,
            (select count(*)::integer from log_segments where state = 'dropped') as dropped,
            (select generation from log_head) as generation,
            (select count(*)::integer from command_generations where dropped_at is null) as kept
       from sizes`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the sizes of the database gave no row');
  return {
    week,
    head: Number(row.head),
    bytes: {
      database: Number(row.database),
      retained: Number(row.database) - Number(row.ledger) - Number(row.state),
      events: Number(row.events),
      outbox: Number(row.outbox),
      records: Number(row.records),
      ledger: Number(row.ledger),
      state: Number(row.state),
      opening: Number(row.opening),
      openingRows: Number(row.opening_rows),
    },
    segments: { attached: row.attached, detached: row.detached, dropped: row.dropped },
    generations: { current: row.generation, kept: row.kept },
    archive: await sizeOf(archiveFolder),
  };
}

async function sizeOf(folder: string): Promise<WeekSnapshot['archive']> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    names
      .filter((name) => name.isFile())
      .map(async (name) => (await stat(path.join(name.parentPath, name.name))).size),
  );
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
