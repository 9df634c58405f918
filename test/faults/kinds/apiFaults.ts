// API processes that end or freeze in the middle of a command.
import { between, pick } from '../../../harness/random.ts';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { FailpointName } from '../../../src/failpoints.ts';
import type { RestartableProcess } from '../restartableProcess.ts';
import type { FaultEnvironment } from '../faultEnvironment.ts';
import { killAtStep, leftInFlight, takeInFlight } from './killAtStep.ts';
import type { FaultKind } from './faultKind.ts';
import { readLocks } from './locks.ts';
import { freeProcesses, until } from './waits.ts';

/** A command has to reach the step within this. The driver sends hundreds a second. */
const reachedWithinMs = 3_000;
const passageMax = 8;
/** A batch that was granted no lock, or found Redis away, holds nothing that could expire. */
const freezesMax = 4;
const killAfterMaxMs = 150;
/**
 * One process is killed and one goes on serving. If none served, every call would be a refused connection.
 */
const servingMin = 2;
/** Now and then all of them go at once. */
const allShare = 0.1;
/** Longer than the lease, which the fault environment sets to 1 s. */
const expiredWithinMs = 3_000;
/** A lock that one holder keeps this long belongs to the frozen process. */
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
  async inject(environment, random, signal) {
    const api = pick(random, await freeProcesses(environment.apis, signal, servingMin));
    const passage = between(random, 1, passageMax);
    return killAtStep(environment, [api], { point, passage, reachedWithinMs }, signal);
  },
}));

const killed: FaultKind = {
  kind: 'API killed at random',
  part: 'api',
  async inject(environment, random, signal) {
    const free = await freeProcesses(environment.apis, signal, servingMin);
    const chosen = random() < allShare ? free : [pick(random, free)];
    await pause(between(random, 0, killAfterMaxMs));
    const kills = await Promise.all(
      chosen.map((api) =>
        api.exclusively(async () => {
          takeInFlight(environment, api);
          const sent = api.kill('SIGKILL');
          const isKilled = sent && (await api.ended()) === 'SIGKILL';
          const inFlight = await leftInFlight(environment, api, signal);
          api.restartMeanwhile();
          return { isKilled, inFlight };
        }),
      ),
    );
    return {
      hits: kills.filter(({ isKilled }) => isKilled).length,
      inFlight: kills.flatMap(({ inFlight }) => inFlight),
      detail: { processes: chosen.map(({ name }) => name) },
    };
  },
};

/**
 * The process stops itself right after it got its locks. They expire, and other processes decide about its
 * wallets.
 */
const frozen: FaultKind = {
  kind: 'API frozen past its lease',
  part: 'api',
  async inject(environment, random, signal) {
    const api = pick(random, await freeProcesses(environment.apis, signal, servingMin));
    return api.exclusively(async () => {
      for (let tries = 0; tries < freezesMax && !signal.aborted; tries += 1) {
        const expired = await freeze(environment, api, between(random, 1, passageMax), signal);
        if (expired > 0) return { hits: 1, detail: { process: api.name, leasesExpired: expired } };
      }
      return { hits: 0, detail: { process: api.name } };
    });
  },
};

/** Gives the number of leases that expired while the process was frozen. Without Redis it holds none. */
async function freeze(
  environment: FaultEnvironment,
  api: RestartableProcess,
  passage: number,
  signal: AbortSignal,
): Promise<number> {
  api.failpoint.arm({ point: 'afterLock', passage, signal: 'SIGSTOP' });
  try {
    const isStopped = () => api.failpoint.isReached() && stateOf(api.pid()) === 'T';
    return (await until(isStopped, reachedWithinMs, signal)) ? await outliveLeases(environment, signal) : 0;
  } finally {
    api.kill('SIGCONT');
    api.failpoint.disarm();
  }
}

/**
 * Waits until every lock that is held now and not soon released has expired. Gives the number of these locks.
 */
async function outliveLeases(environment: FaultEnvironment, signal: AbortSignal): Promise<number> {
  const before = await readLocks(environment);
  if (before.length === 0) return 0;
  await pause(stillHeldAfterMs);
  const stillHeld = async () =>
    (await readLocks(environment)).filter(({ key, token }) =>
      before.some((lock) => lock.key === key && lock.token === token),
    );
  const { length } = await stillHeld();
  const gone = await until(async () => (await stillHeld()).length === 0, expiredWithinMs, signal);
  return gone ? length : 0;
}

/** The kernel's letter for the state of a process. T is stopped. */
function stateOf(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2)[0];
  } catch {
    // It is gone.
    return undefined;
  }
}

export const apiFaults: readonly FaultKind[] = [...killedAtStep, killed, frozen];
