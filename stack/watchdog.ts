// A small process that outlives the supervisor by a moment. The supervisor tells it on stdin what runs; when that
// pipe closes, however the supervisor ended (even by SIGKILL), whatever still runs is stopped. Owns nothing else.
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
  /** The watchdog ends by itself once nothing is left to watch. */
  readonly close: () => void;
}

export function startWatchdog(): Watchdog {
  // In a session of its own, so that a Ctrl-C at the terminal does not reach it.
  const child = spawn(process.execPath, [import.meta.filename], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Losing the watchdog costs only the protection against our own sudden death; the state file still covers that.
  child.stdin.on('error', () => undefined);
  child.unref();
  const send = (message: Message) => child.stdin.write(`${JSON.stringify(message)}\n`);
  return {
    add: (watched) => send({ add: watched }),
    remove: (pid) => send({ remove: pid }),
    close: () => child.stdin.end(),
  };
}

/** Asks each to stop, waits, then kills what is left together with its children. */
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
