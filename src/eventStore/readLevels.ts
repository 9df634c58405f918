// Reads for operators which level is open, and what keeps the next one closed. openLevels.ts decides by the
// same facts.
import type { ClientBase } from 'pg';
import { levelMax } from './levels.ts';
import { namesBefore, processesBefore, unseenMinutes } from './openLevels.ts';

export interface LevelFacts {
  /** The open level. It is above `levelMax` if a newer release opened it. */
  readonly open: number;
  /** Age of the last migration. */
  readonly migratedAgoS: number;
  /** What keeps the next level closed, in words: processes, and sessions with the names of old processes. */
  readonly keptClosedBy: readonly string[];
}

/** More than these are not named. */
const namedMax = 5;

interface Row {
  readonly open: number;
  readonly migrated_ago_s: number;
  readonly keepers: readonly Keeper[] | null;
}

interface Keeper {
  readonly id: string;
  readonly kind: string;
  readonly level: number;
  readonly seenAgoS: number;
  /** If the row stands for the release before: the name, process id and address of each of its sessions. */
  readonly sessions: readonly (readonly [name: string, pid: number, address: string | null])[] | null;
}

export async function readLevelFacts(session: Pick<ClientBase, 'query'>): Promise<LevelFacts> {
  const { rows } = await session.query<Row>({
    name: 'read-level-facts',
    text: `
      select log_head.level as open,
             (select extract(epoch from clock_timestamp() - max(applied_at))::float8
                from schema_migrations) as migrated_ago_s,
             (select jsonb_agg(to_jsonb(keepers))
                from (select id, kind, level,
                             round(extract(epoch from clock_timestamp() - seen_at)) as "seenAgoS",
                             (select jsonb_agg(jsonb_build_array(application_name, pid, host(client_addr)))
                                from (select application_name, pid, client_addr
                                        from pg_stat_activity
                                       where service_processes.id = $2::uuid
                                         and datname = current_database()
                                         and application_name = any($3::text[])
                                       order by pid
                                       limit $4::integer) as found) as sessions
                        from service_processes
                       where service_processes.level <= log_head.level
                         and seen_at > clock_timestamp() - make_interval(mins => $1::integer)
                       order by seen_at desc
                       limit $4::integer) as keepers) as keepers
        from log_head`,
    values: [unseenMinutes, processesBefore[0], namesBefore, namedMax],
  });
  const [row] = rows;
  if (row === undefined) return { open: 1, migratedAgoS: 0, keptClosedBy: [] };
  const keepers = row.open >= levelMax ? [] : (row.keepers ?? []);
  return {
    open: row.open,
    migratedAgoS: row.migrated_ago_s,
    keptClosedBy: keepers.flatMap(inWords).slice(0, namedMax),
  };
}

function inWords({ id, kind, level, seenAgoS, sessions }: Keeper): readonly string[] {
  const seen = `seen ${seenAgoS} s ago`;
  if (id !== processesBefore[0])
    return [`the ${kind === 'api' ? 'API' : kind} process ${id} of level ${level}, ${seen}`];
  if (sessions === null) return [`a process of the release before, ${seen}`];
  return sessions.map(
    ([name, pid, address]) =>
      `the session "${name}" with process id ${pid}${address === null ? '' : ` from ${address}`}`,
  );
}
