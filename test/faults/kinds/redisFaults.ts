// Redis away, emptied, and its locks taken from or given to the wrong process. None of it may ever be seen in a result.
import { setTimeout as pause } from 'node:timers/promises';
import type { Stand } from '../faultEnvironment.ts';
import type { FaultKind } from './faultKind.ts';
import { deleteLocks, flushAll, giveLocks, readLocks } from './locks.ts';
import { killPart } from './killPart.ts';
import { between, until } from './waits.ts';

/** Locks are held for milliseconds; the driver takes hundreds a second. */
const heldWithinMs = 2_000;
const awayMaxMs = 400;

const killed: FaultKind = {
  kind: 'Redis killed',
  part: 'redis',
  async strike(stand, random, signal) {
    const { died } = await killPart(stand.stack, 'redis', signal);
    await pause(between(0, awayMaxMs, random));
    await stand.stack.supervisor.start('redis');
    return { struck: died ? 1 : 0 };
  },
};

function lockStrike(kind: string, strikeLocks: (stand: Stand) => Promise<number>): FaultKind {
  return {
    kind,
    part: 'redis',
    async strike(stand, _random, signal) {
      let struck = 0;
      await until(async () => (struck = await strikeLocks(stand)) > 0, heldWithinMs, signal);
      return { struck };
    },
  };
}

/** The tokens of the processes that took locks lately; those of dead ones give a lock to nobody, which is as bad. */
const tokensSeen = new WeakMap<Stand, string[]>();
const tokensMax = 4;
/** Of a process that nobody knows: while only one process is busy, no other token is to be seen. */
const strangerToken = 'another process';

async function giveToOthers(stand: Stand): Promise<number> {
  const seen = tokensSeen.get(stand) ?? [];
  for (const { token } of await readLocks(stand)) {
    if (!seen.includes(token)) seen.unshift(token);
  }
  tokensSeen.set(stand, seen.slice(0, tokensMax));
  return giveLocks(stand, [...seen.slice(0, tokensMax), strangerToken]);
}

export const redisStrikes: readonly FaultKind[] = [
  killed,
  {
    kind: 'Redis flushed',
    part: 'redis',
    async strike(stand) {
      return { struck: 1, detail: { locksLost: await flushAll(stand) } };
    },
  },
  lockStrike('lock expired under its holder', deleteLocks),
  lockStrike('lock given twice', giveToOthers),
];
