// Kills a part of the stack by SIGKILL, so that it cannot shut down in order.
import { readdirSync, readFileSync } from 'node:fs';
import { identify, isAlive, type Identity } from '../../../stack/identity.ts';
import type { PartName } from '../../../stack/part.ts';
import type { Stack } from '../../../stack/stack.ts';
import { until } from './waits.ts';

const goneWithinMs = 10_000;

/**
 * Kills a part and its children. `stack.supervisor.start` starts it again. `died` is true if every one of
 * these processes is gone.
 */
export async function killPart(
  stack: Stack,
  name: PartName,
  signal: AbortSignal,
): Promise<{ readonly died: boolean; readonly children: number }> {
  const found = stack.supervisor.processes()[name];
  if (found === undefined) throw new Error(`${name} does not run`);
  // Stopped first, so that it starts no child after the list was read. A backend of PostgreSQL that outlives
  // the postmaster keeps its shared memory, and the next postmaster refuses to start.
  process.kill(found.pid, 'SIGSTOP');
  const children = childrenOf(found.pid);
  process.kill(found.pid, 'SIGKILL');
  // Tells the supervisor that this end is wanted. Its own SIGTERM comes too late to matter.
  const stopped = stack.supervisor.stop(name);
  for (const child of children) if (isAlive(child)) process.kill(child.pid, 'SIGKILL');
  await stopped;
  const all = [found, ...children];
  return { died: await until(() => !all.some(isAlive), goneWithinMs, signal), children: children.length };
}

function childrenOf(parent: number): readonly Identity[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids
    .filter((pid) => parentOf(pid) === parent)
    .map((pid) => identify(Number(pid)))
    .filter((child) => child !== undefined);
}

function parentOf(pid: string): number | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // The process ended after the folder was listed.
    return undefined;
  }
}
