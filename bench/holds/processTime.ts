// Reads the processor time that processes took, from /proc. On a shared machine it tells more than a
// duration.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { withClient } from '../../harness/databases.ts';

const msPerTick = 10;

/** Milliseconds of a process, the children that it has waited for included. */
export function processMs(pid: number): number {
  const [, after = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const fields = after.split(' ').map(Number);
  return [11, 12, 13, 14].reduce((sum, at) => sum + (fields[at] ?? 0), 0) * msPerTick;
}

/** Milliseconds of a PostgreSQL: of its first process and of all sessions. */
export function serverMs(postmaster: number): number {
  const sessions = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isChild(name, postmaster));
  return sessions.reduce((sum, pid) => sum + msOrNone(Number(pid)), processMs(postmaster));
}

function isChild(pid: string, parent: number): boolean {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]) === parent;
  } catch {
    // The process has ended since the folder was read.
    return false;
  }
}

function msOrNone(pid: number): number {
  try {
    return processMs(pid);
  } catch {
    // It ended, and its parent counts it now.
    return 0;
  }
}

/** The id of PostgreSQL's first process. */
export async function postmasterOf(adminUrl: string): Promise<number> {
  return withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    const file = path.join(rows[0]?.data_directory ?? '', 'postmaster.pid');
    return Number(readFileSync(file, 'utf8').split('\n')[0]);
  });
}

export interface Taken {
  readonly postgresUs: number;
  readonly apiUs: number;
}

/** Measures what `work` takes, for each of the commands that it returns. */
export async function takenBy(
  postmaster: number,
  apiPid: number,
  work: () => Promise<number>,
): Promise<Taken & { readonly commands: number }> {
  const [postgres, api] = [serverMs(postmaster), processMs(apiPid)];
  const commands = await work();
  return {
    commands,
    postgresUs: ((serverMs(postmaster) - postgres) * 1e3) / commands,
    apiUs: ((processMs(apiPid) - api) * 1e3) / commands,
  };
}
