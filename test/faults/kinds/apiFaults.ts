// API processes that end, or stand still, in the middle of a command.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { FailpointName } from '../../../src/failpoints.ts';
import type { SystemProcess } from '../restartableProcess.ts';
import type { Stand } from '../faultEnvironment.ts';
import { killAtStep, leftInHand, takeInHand } from './killAtStep.ts';
import type { FaultKind } from './faultKind.ts';
import { readLocks } from './locks.ts';
import { between, freeProcesses, pick, until } from './waits.ts';

/** A command has to come by within this; the driver sends hundreds a second. */
const reachedWithinMs = 3_000;
const passageMax = 8;
/** A batch that was granted no lock, or found Redis away, holds nothing that could expire. */
const freezesMax = 4;
const killAfterMaxMs = 150;
/** One is struck and one goes on serving: with nobody there, calls are only refused connections, which proves little. */
const servingMin = 2;
/** Now and then all of them go at once. */
const allShare = 0.1;
/** Longer than the lease, which the stand sets to 1 s. */
const expiredWithinMs = 3_000;
/** Locks that live this long under one holder are those of the process that stands still. */
const stillHeldAfterMs = 400;

const steps: readonly (readonly [FailpointName, string])[] = [
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
    const api = pick(await freeProcesses(stand.apis, signal, servingMin), random);
    const passage = between(1, passageMax, random);
    return killAtStep(stand, [api], { point, passage, reachedWithinMs }, signal);
  },
}));

const killed: FaultKind = {
  kind: 'API killed at random',
  part: 'api',
  async strike(stand, random, signal) {
    const free = await freeProcesses(stand.apis, signal, servingMin);
    const chosen = random() < allShare ? free : [pick(free, random)];
    await pause(between(0, killAfterMaxMs, random));
    const kills = await Promise.all(
      chosen.map((api) =>
        api.exclusively(async () => {
          takeInHand(stand, api);
          const sent = api.kill('SIGKILL');
          const isKilled = sent && (await api.ended()) === 'SIGKILL';
          const inHand = await leftInHand(stand, api, signal);
          api.restartMeanwhile();
          return { isKilled, inHand };
        }),
      ),
    );
    return {
      struck: kills.filter(({ isKilled }) => isKilled).length,
      inHand: kills.flatMap(({ inHand }) => inHand),
      detail: { processes: chosen.map(({ name }) => name) },
    };
  },
};

/** It stops itself right after it got its locks; while it stands, they expire, and others decide about its wallets. */
const frozen: FaultKind = {
  kind: 'API frozen past its lease',
  part: 'api',
  async strike(stand, random, signal) {
    const api = pick(await freeProcesses(stand.apis, signal, servingMin), random);
    return api.exclusively(async () => {
      for (let tries = 0; tries < freezesMax && !signal.aborted; tries += 1) {
        const expired = await freeze(stand, api, between(1, passageMax, random), signal);
        if (expired > 0) return { struck: 1, detail: { process: api.name, leasesExpired: expired } };
      }
      return { struck: 0, detail: { process: api.name } };
    });
  },
};

/** Gives how many leases ran out under the process while it stood still; 0 where it held none, as without Redis. */
async function freeze(
  stand: Stand,
  api: SystemProcess,
  passage: number,
  signal: AbortSignal,
): Promise<number> {
  api.failpoint.arm({ point: 'afterLock', passage, signal: 'SIGSTOP' });
  try {
    const isStopped = () => api.failpoint.isReached() && stateOf(api.pid()) === 'T';
    return (await until(isStopped, reachedWithinMs, signal)) ? await outliveLeases(stand, signal) : 0;
  } finally {
    api.kill('SIGCONT');
    api.failpoint.disarm();
  }
}

/** Waits until every lock that is held now and not given back soon has expired; gives how many those were. */
async function outliveLeases(stand: Stand, signal: AbortSignal): Promise<number> {
  const before = await readLocks(stand);
  if (before.length === 0) return 0;
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
