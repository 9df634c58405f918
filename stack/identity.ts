// Identifies processes by pid and start time. The system gives a pid to another process later, so a pid from
// an old file is never signalled without its start time.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export interface Identity {
  readonly pid: number;
  readonly startedAt: string;
}

/** Undefined if no such process lives. A zombie counts as ended. */
export function identify(pid: number): Identity | undefined {
  const startedAt = existsSync('/proc/self/stat') ? fromProc(pid) : fromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isAlive(identity: Identity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

// The name in parentheses may contain spaces. After the name, the first field is the state, and the twentieth
// is the start time.
function fromProc(pid: number): string | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

function fromPs(pid: number): string | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const text = stdout.trim();
  return text === '' ? undefined : text;
}

/** Signals the process group that `pid` leads. False if no process of it is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Signals one process. False if it has ended. */
export function signalOne(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
