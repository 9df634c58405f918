// Redis is killed or emptied, and its locks are taken from or given to the wrong process. No result may ever
// show it.
import { between } from '../../../harness/random.ts';
import { setTimeout as pause } from 'node:timers/promises';
import type { FaultEnvironment } from '../faultEnvironment.ts';
import type { FaultKind } from './faultKind.ts';
import { deleteLocks, flushAll, giveLocks, readLocks } from './locks.ts';
import { killPart } from './killPart.ts';
import { until } from './waits.ts';

/** Locks are held for milliseconds, and the driver causes hundreds a second. */
const heldWithinMs = 2_000;
const awayMaxMs = 400;

const killed: FaultKind = {
  kind: 'Redis killed',
  part: 'redis',
  async inject(environment, random, signal) {
    const { died } = await killPart(environment.stack, 'redis', signal);
    await pause(between(random, 0, awayMaxMs));
    await environment.stack.supervisor.start('redis');
    return { hits: died ? 1 : 0 };
  },
};

function lockFault(kind: string, hitLocks: (environment: FaultEnvironment) => Promise<number>): FaultKind {
  return {
    kind,
    part: 'redis',
    async inject(environment, _random, signal) {
      let hits = 0;
      await until(async () => (hits = await hitLocks(environment)) > 0, heldWithinMs, signal);
      return { hits };
    },
  };
}

/**
 * Tokens of processes that took locks lately. A dead process's token gives a lock to nobody, which is as bad.
 */
const tokensSeen = new WeakMap<FaultEnvironment, string[]>();
const tokensMax = 4;
/** The token of no process. While only one process is busy, no other token can be read. */
const strangerToken = 'another process';

async function giveToOthers(environment: FaultEnvironment): Promise<number> {
  const seen = tokensSeen.get(environment) ?? [];
  for (const { token } of await readLocks(environment)) {
    if (!seen.includes(token)) seen.unshift(token);
  }
  tokensSeen.set(environment, seen.slice(0, tokensMax));
  return giveLocks(environment, [...seen.slice(0, tokensMax), strangerToken]);
}

export const redisFaults: readonly FaultKind[] = [
  killed,
  {
    kind: 'Redis flushed',
    part: 'redis',
    async inject(environment) {
      return { hits: 1, detail: { locksLost: await flushAll(environment) } };
    },
  },
  lockFault('lock expired under its holder', deleteLocks),
  lockFault('lock given twice', giveToOthers),
];
