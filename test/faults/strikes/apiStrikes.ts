// API processes that end, or stand still, in the middle of a command.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { CrashPoint } from '../../../src/crashPoints.ts';
import type { Stand } from '../stand.ts';
import { killAtStep } from './crashes.ts';
import type { FaultKind } from './faultKind.ts';
import { readLocks } from './locks.ts';
import { between, freeProcesses, pick, until } from './striking.ts';

/** A command has to come by within this; the driver sends hundreds a second. */
const reachedWithinMs = 3_000;
const passageMax = 8;
const killAfterMaxMs = 150;
/** Longer than the lease, which the stand sets to 1 s. */
const expiredWithinMs = 3_000;
/** Locks that live this long under one holder are those of the process that stands still. */
const stillHeldAfterMs = 400;

const steps: readonly (readonly [CrashPoint, string])[] = [
  ['beforeLock', 'before the lock'],
  ['afterLock', 'after the lock'],
  ['beforeAppend', 'before the append is sent'],
  ['appendSent', 'append sent, reply unread'],
  ['afterAppend', 'after the reply'],
  ['beforeAnswer', 'before the answer is sent'],
];

const killedAtStep = steps.map(([point, words]): FaultKind => ({
  kind: `API killed ${words}`,
  part: 'api',
  async strike(stand, random, signal) {
    const free = await freeProcesses(stand.apis, signal);
    return killAtStep(free, point, between(1, passageMax, random), reachedWithinMs, signal);
  },
}));

const killed: FaultKind = {
  kind: 'API killed at random',
  part: 'api',
  async strike(stand, random, signal) {
    const api = pick(await freeProcesses(stand.apis, signal), random);
    return api.exclusively(async () => {
      await pause(between(0, killAfterMaxMs, random));
      const sent = api.kill('SIGKILL');
      const how = await api.ended();
      api.restartMeanwhile();
      return { struck: sent && how === 'SIGKILL' ? 1 : 0, detail: { process: api.name } };
    });
  },
};

/** It stops itself right after it got its locks; while it stands, they expire, and others decide about its wallets. */
const frozen: FaultKind = {
  kind: 'API frozen past its lease',
  part: 'api',
  async strike(stand, random, signal) {
    const api = pick(await freeProcesses(stand.apis, signal), random);
    return api.exclusively(async () => {
      api.crashPoint.arm({ point: 'afterLock', passage: between(1, passageMax, random), signal: 'SIGSTOP' });
      try {
        const stopped = await until(
          () => api.crashPoint.isReached() && stateOf(api.pid()) === 'T',
          reachedWithinMs,
          signal,
        );
        const expired = stopped ? await outliveLeases(stand, signal) : 0;
        return { struck: expired > 0 ? 1 : 0, detail: { process: api.name, leasesExpired: expired } };
      } finally {
        api.kill('SIGCONT');
        api.crashPoint.disarm();
      }
    });
  },
};

/** Waits until every lock that is held now and not given back soon has expired; gives how many those were. */
async function outliveLeases(stand: Stand, signal: AbortSignal): Promise<number> {
  const before = await readLocks(stand);
  await pause(stillHeldAfterMs);
  const stillHeld = async () =>
    (await readLocks(stand)).filter(({ key, token }) =>
      before.some((lock) => lock.key === key && lock.token === token),
    );
  const { length } = await stillHeld();
  const gone = await until(async () => (await stillHeld()).length === 0, expiredWithinMs, signal);
  return gone ? length : 0;
}

/** The kernel's letter for what a process does: T is stopped. */
function stateOf(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2)[0];
  } catch {
    // It is gone.
    return undefined;
  }
}

export const apiStrikes: readonly FaultKind[] = [...killedAtStep, killed, frozen];
