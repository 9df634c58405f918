// The generations of idempotency records. Each is a partition of `idempotency_keys`. The append writes into
// the one that `log_head` names, and commands look in all of them. keepGenerations.ts says when one begins
// and when one is dropped. The functions of migration 0026 do it with the rights of the owner.
//
// Invariant: a command id has at most one record over all generations. Two batches with one id under one
// fence meet in one primary key. A batch under a later fence was loaded after the earlier ones were
// committed.
import type { ClientBase, Pool } from 'pg';
import { inDatabaseTransaction } from './database.ts';
import { queryLong } from './longStatement.ts';

/** Reading the records once, beside the commands. */
const checkTimeMaxMs = 3_600_000;

interface Generation {
  readonly generation: number;
  /** Null until commands are written into it. */
  readonly beganAt: Date | null;
  /** Null in the newest. */
  readonly endedAt: Date | null;
  /** As the planner estimates them. */
  readonly records: number;
}

export interface Generations {
  readonly databaseNow: Date;
  /** The one that commands are written into. */
  readonly current: number;
  /** False while the records of an older installation are one table. */
  readonly partitioned: boolean;
  /** Those that exist, the oldest first. */
  readonly existing: readonly Generation[];
}

interface Row {
  readonly database_now: Date;
  readonly current: number;
  readonly partitioned: boolean;
  readonly generation: number;
  readonly began_at: Date | null;
  readonly ended_at: Date | null;
  readonly records: number;
}

export async function readGenerations(pool: Pool): Promise<Generations> {
  const { rows } = await pool.query<Row>({
    name: 'read-generations',
    text: `
      select clock_timestamp() as database_now,
             log_head.generation as current,
             to_regclass('idempotency_keys_g0') is not null or log_head.generation > 0 as partitioned,
             made.generation,
             made.began_at,
             made.ended_at,
             greatest(0, coalesce(pg_class.reltuples, 0))::float8 as records
        from log_head
       cross join command_generations as made
        left join pg_class
          on pg_class.oid = to_regclass('idempotency_keys_g' || made.generation)
       where made.dropped_at is null
       order by made.generation`,
  });
  const [first] = rows;
  if (first === undefined)
    throw new Error('command_generations has no row: restore the database whole, or run the migrations');
  return {
    databaseNow: first.database_now,
    current: first.current,
    partitioned: first.partitioned,
    existing: rows.map((row) => ({
      generation: row.generation,
      beganAt: row.began_at,
      endedAt: row.ended_at,
      records: row.records,
    })),
  };
}

/** Proves beside the commands that partitioning needs to read no record. */
export async function checkFirstGeneration(pool: Pool): Promise<void> {
  await inDatabaseTransaction(pool, (client) =>
    queryLong(client, checkTimeMaxMs, {
      text: `
        select check_first_generation()`,
    }),
  );
}

/**
 * Makes the table of records the first generation. False if it is already. Rejects if it could not lock the
 * table soon.
 */
export async function partitionRecords(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ partitioned: boolean }>({
    name: 'partition-records',
    text: `
      select partition_records() as partitioned`,
  });
  return rows[0]?.partitioned === true;
}

/** Makes and attaches this generation, as far as it does not exist. False if it is not the next. */
export async function makeGeneration(pool: Pool, generation: number): Promise<boolean> {
  const { rows } = await pool.query<{ made: boolean }>({
    name: 'make-command-generation',
    text: `
      select make_command_generation($1::integer) as made`,
    values: [generation],
  });
  return rows[0]?.made === true;
}

/** Lets commands be written into this generation, which has to be the next. False if it was not. */
export async function switchGeneration(pool: Pool, generation: number): Promise<boolean> {
  const { rows } = await pool.query<{ switched: boolean }>({
    name: 'switch-command-generation',
    text: `
      select switch_command_generation($1::integer) as switched`,
    values: [generation],
  });
  return rows[0]?.switched === true;
}

/**
 * Drops a generation that ended before `before`. False if it did not end by then. Rejects if it could not
 * lock the table soon.
 */
export async function dropGeneration(pool: Pool, generation: number, before: Date): Promise<boolean> {
  const { rows } = await pool.query<{ dropped: boolean }>({
    name: 'drop-command-generation',
    text: `
      select drop_command_generation($1::integer, $2::timestamptz) as dropped`,
    values: [generation, before],
  });
  return rows[0]?.dropped === true;
}

/**
 * Corrects the times that a wrong clock gave. What began or ended after `latest` did so now. The last prune
 * dropped every generation that ended before `after`. So a late clock ended one that is left, and its
 * retention starts now.
 */
export async function correctTimes(pool: Pool, after: Date, latest: Date): Promise<void> {
  await pool.query({
    name: 'correct-generation-times',
    text: `
      update command_generations
         set began_at = least(began_at, $2::timestamptz),
             ended_at = case when ended_at < $1::timestamptz then $2::timestamptz
                             else least(ended_at, $2::timestamptz) end
       where dropped_at is null
         and (began_at > $2::timestamptz or ended_at > $2::timestamptz or ended_at < $1::timestamptz)`,
    values: [after, latest],
  });
}

/** Notes when each generation should end or be dropped, for the health model. */
export async function noteDue(pool: Pool, lastsHours: number, retentionHours: number): Promise<void> {
  await pool.query({
    name: 'note-generations-due',
    text: `
      update command_generations
         set due_at = case when ended_at is null then began_at + make_interval(secs => $1::float8 * 3600)
                           else ended_at + make_interval(secs => $2::float8 * 3600) end
       where dropped_at is null
         and due_at is distinct from case when ended_at is null then began_at + make_interval(secs => $1::float8 * 3600)
                                          else ended_at + make_interval(secs => $2::float8 * 3600) end`,
    values: [lastsHours, retentionHours],
  });
}

/** Seconds since a generation should have ended or been dropped; 0 if none should. */
export async function readGenerationOverdueS(session: Pick<ClientBase, 'query'>): Promise<number> {
  const { rows } = await session.query<{ overdue_s: number | null }>({
    name: 'read-generation-overdue',
    text: `
      select extract(epoch from clock_timestamp() - min(due_at))::float8 as overdue_s
        from command_generations
       where dropped_at is null`,
  });
  return Math.max(0, rows[0]?.overdue_s ?? 0);
}
