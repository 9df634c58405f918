// Opens the levels of levels.ts. Each process reports its level every few seconds (processReports.ts). The
// worker's upkeep opens the next level once every process can read it.
//
// Invariant: no process writes a form that another running process cannot read. The release before these
// reports is known by the names of its sessions.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from './database.ts';
import { levelMax, levels } from './levels.ts';

/** A level opens once no process below it was seen for this time. An idle process may have no session. */
export const unseenMinutes = 10;
/** The first code that compares the level with its own when it starts. Older code compares schemas only. */
const firstSchemaWithLevels = 12;

/** The session names of the release before these reports. */
export const namesBefore = [
  'wallet-commands',
  'wallet-reads',
  'wallet-api-metrics',
  'wallet-worker',
  'wallet-worker-metrics',
];
/** One row stands for all processes of that release. */
export const processesBefore = ['00000000-0000-0000-0000-000000000000', 'release before', 1] as const;

export interface ServiceProcess {
  /** UUID, new at each start. */
  readonly id: string;
  readonly kind: 'api' | 'worker';
  readonly level: number;
}

/** Reports a process. Reports the release before these reports too, if it has sessions. */
export async function reportProcess(pool: Pool, { id, kind, level }: ServiceProcess): Promise<void> {
  await pool.query({
    name: 'report-process',
    text: `
      insert into service_processes (id, kind, level, seen_at)
      select $1::uuid, $2::text, $3::smallint, clock_timestamp()
       union all
      select $4::uuid, $5::text, $6::smallint, clock_timestamp()
       where exists (
               select
                 from pg_stat_activity
                where datname = current_database()
                  and application_name = any($7::text[])
             )
          on conflict on constraint service_processes_pkey
          do update set seen_at = excluded.seen_at`,
    values: [id, kind, level, ...processesBefore, namesBefore],
  });
}

/** Removes the report of a process that ends. forgetLostProcesses removes those of killed processes. */
export async function forgetProcess(pool: Pool, id: string): Promise<void> {
  await pool.query({
    name: 'forget-process',
    text: `
      delete from service_processes
       where id = $1::uuid`,
    values: [id],
  });
}

/**
 * Opens the next level if every process that was seen lately can read it, and returns the level. Reports
 * begin with a migration, so the last migration must be as old. Once a level is open, older releases refuse
 * to start. `upTo` is the highest level that this release knows.
 *
 * The lock comes first, in a statement of its own, so that the check sees every process that joined before.
 * A process that joins later waits for the lock, and then reads the new level.
 */
export async function openNextLevel(pool: Pool, upTo = levelMax): Promise<number | undefined> {
  if ((await readLevel(pool)) >= upTo) return undefined;
  return inDatabaseTransaction(pool, async (client) => {
    await client.query({
      name: 'lock-level',
      text: `
        select
          from log_head
           for update`,
    });
    const { rows } = await client.query<{ level: number }>({
      name: 'open-next-level',
      text: `
        with opened as (
          update log_head
             set level = level + 1
           where level < $1::smallint
             and exists (
                   select
                     from service_processes
                 )
             and not exists (
                   select
                     from schema_migrations
                    where applied_at > clock_timestamp() - make_interval(mins => $2::integer)
                 )
             and not exists (
                   select
                     from service_processes
                    where service_processes.level <= log_head.level
                      and seen_at > clock_timestamp() - make_interval(mins => $2::integer)
                 )
          returning level
        ), refused as (
          update schema_migrations
             set oldest_code = $3::integer
            from opened
           where version = $3::integer
             and oldest_code < $3::integer
        ), covered as (
          update command_id_cover
             set shown_since = clock_timestamp()
            from opened
           where level = $4::smallint
             and shown_since is null
        )
        select level
          from opened`,
      values: [upTo, unseenMinutes, firstSchemaWithLevels, levels.coveredCommandIds],
    });
    return rows[0]?.level;
  });
}

/** Removes the reports of processes that were killed some time ago. */
export async function forgetLostProcesses(pool: Pool): Promise<void> {
  await pool.query({
    name: 'forget-lost-processes',
    text: `
      delete from service_processes
       where seen_at < clock_timestamp() - 2 * make_interval(mins => $1::integer)`,
    values: [unseenMinutes],
  });
}

/** Opens all levels of a new installation, in which no process ran yet. */
export async function openAllLevels(client: Pick<PoolClient, 'query'>): Promise<void> {
  await client.query({
    text: `
      with opened as (
        update log_head
           set level = $1::smallint
        returning level
      ), covered as (
        update command_id_cover
           set shown_since = clock_timestamp()
          from opened
      )
      update schema_migrations
         set oldest_code = $2::integer
        from opened
       where version = $2::integer`,
    values: [levelMax, firstSchemaWithLevels],
  });
}

/** The open level. It is above `levelMax` if a newer release opened it. */
export async function readLevel(client: Pick<PoolClient, 'query'>): Promise<number> {
  const { rows } = await client.query<{ level: number }>({
    name: 'read-level',
    text: `
      select level
        from log_head`,
  });
  return rows[0]?.level ?? 1;
}

/** The open level, for a process that has just reported. Waits while another process opens a level. */
export async function readLevelOnceSettled(client: Pick<PoolClient, 'query'>): Promise<number> {
  const { rows } = await client.query<{ level: number }>({
    name: 'read-level-once-settled',
    text: `
      select level
        from log_head
         for share`,
  });
  return rows[0]?.level ?? 1;
}
