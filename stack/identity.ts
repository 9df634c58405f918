// Tells processes apart. A pid alone may have been given to somebody else since; with its start time it names one
// process, so nothing is ever signalled on the word of an old file.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export interface Identity {
  readonly pid: number;
  readonly startedAt: string;
}

/** Undefined when no such process lives; a zombie counts as gone. */
export function identify(pid: number): Identity | undefined {
  const startedAt = existsSync('/proc/self/stat') ? fromProc(pid) : fromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isAlive(identity: Identity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

// The name in parentheses may hold spaces; what follows it is: state, …, start time as the twentieth field.
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

/** Signals a process group that is led by `pid`; false when none is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Signals one process; false when it is gone. */
export function signalOne(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
