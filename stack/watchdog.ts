// A small process that outlives the supervisor by a moment. The supervisor writes the running processes to
// its stdin. When that pipe closes, even after a SIGKILL of the supervisor, the watchdog stops the processes
// that still run.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, signalGroup, signalOne, type Identity } from './identity.ts';

const GRACE_MS = 10_000;
const POLL_MS = 50;

interface Watched extends Identity {
  readonly stopSignal: NodeJS.Signals;
}
type Message = { readonly add: Watched } | { readonly remove: number };

export interface Watchdog {
  readonly add: (watched: Watched) => void;
  readonly remove: (pid: number) => void;
  /** Closes its stdin. The watchdog then ends once no process is left to watch. */
  readonly close: () => void;
}

export function startWatchdog(): Watchdog {
  // Runs in its own session, so that a Ctrl-C at the terminal does not reach it.
  const child = spawn(process.execPath, [import.meta.filename], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // If the watchdog dies, the state file still lets the next start clean up after a supervisor that was
  // killed.
  child.stdin.on('error', () => undefined);
  child.unref();
  const send = (message: Message) => child.stdin.write(`${JSON.stringify(message)}\n`);
  return {
    add: (watched) => send({ add: watched }),
    remove: (pid) => send({ remove: pid }),
    close: () => child.stdin.end(),
  };
}

/** Signals each process, waits, and then kills the rest together with their children. */
export async function stopAll(watched: readonly Watched[]): Promise<void> {
  const alive = () => watched.filter(isAlive);
  for (const { pid, stopSignal } of alive()) signalOne(pid, stopSignal);
  const deadline = Date.now() + GRACE_MS;
  while (alive().length > 0 && Date.now() < deadline) await delay(POLL_MS);
  for (const { pid } of watched) signalGroup(pid, 'SIGKILL');
}

if (import.meta.main) {
  const watched = new Map<number, Watched>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line) as Message;
    if ('add' in message) watched.set(message.add.pid, message.add);
    else watched.delete(message.remove);
  }
  await stopAll([...watched.values()]);
}
