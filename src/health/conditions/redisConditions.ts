// The ways in which Redis can be unwell. Operations go on without the lock, so none of them is critical.
import type { Condition, Found } from '../condition.ts';
import { when, whenAway } from './answered.ts';

/** Fewer may be an answer that was lost. */
const bypassesMin = 3;

export const redisConditions: readonly Condition[] = [
  {
    name: 'redis-away',
    part: 'redis',
    severity: 'warning',
    title: 'Redis does not answer',
    check: whenAway('redis', 'Bring Redis back, or see REDIS_URL. Operations go on without the lock.'),
  },
  {
    name: 'redis-refuses-lock',
    part: 'redis',
    severity: 'warning',
    title: 'Redis answers and refuses the wallet lock',
    check: when('redis', ({ refusal }) =>
      refusal === null
        ? undefined
        : {
            problem: `Redis refuses the wallet lock: ${inItsWords(refusal)}.`,
            ...adviceAgainst(inItsWords(refusal)),
          },
    ),
  },
  {
    name: 'lock-bypassed',
    part: 'redis',
    severity: 'warning',
    title: 'Operations go on without the wallet lock, though Redis answers',
    check: when('redis', ({ refusal }, { process: { locksBypassed } }) =>
      refusal !== null || locksBypassed === null || locksBypassed.count < bypassesMin
        ? undefined
        : {
            problem: `This process went on ${locksBypassed.count} times without the wallet lock: ${locksBypassed.reason}.`,
            advice: 'See how long Redis takes to answer, and REDIS_COMMAND_TIMEOUT_MS. Results stay right.',
          },
    ),
  },
  {
    name: 'rate-limits-local',
    part: 'redis',
    severity: 'warning',
    title: 'Each process counts the quotas of callers alone, though Redis answers',
    check: when('redis', (_, { process: { ratesLocal } }) =>
      ratesLocal === null || ratesLocal.count < bypassesMin
        ? undefined
        : {
            problem: `This process counts the quotas of ${ratesLocal.count} callers alone: ${ratesLocal.reason}.`,
            advice:
              'See how long Redis takes to answer, and REDIS_COMMAND_TIMEOUT_MS. No request is refused by it.',
          },
    ),
  },
];

/** Redis wraps the refusal of a script in words about the script. The code of the refusal follows. */
function inItsWords(refusal: string): string {
  const [, own = refusal] = /-([A-Z]+ .*)$/.exec(refusal) ?? [];
  return own.replace(/\.$/, '');
}

type Advice = Pick<Found, 'advice' | 'command'>;

/** What to do, by the code with which Redis begins its refusal. */
const adviceByCode: Readonly<Record<string, Advice>> = {
  READONLY: {
    advice: 'REDIS_URL leads to a replica: point it at the primary, or make this server a primary.',
    command: 'redis-cli -u "$REDIS_URL" replicaof no one',
  },
  OOM: {
    advice: 'Its memory is full: see what fills it, or give it more. The locks themselves need little.',
    command: 'redis-cli -u "$REDIS_URL" config set maxmemory 256mb',
  },
  NOPERM: { advice: 'Give the user of REDIS_URL the commands and keys that the sentence names.' },
  MISCONF: {
    advice: 'Redis can not save its data: repair its disk, or turn off stop-writes-on-bgsave-error.',
  },
};
const clusterAdvice: Advice = {
  advice: 'It is a cluster, which is not supported: set REDIS_URL to a server without cluster mode.',
};
const clusterCodes = ['CROSSSLOT', 'MOVED', 'CLUSTERDOWN'];

function adviceAgainst(refusal: string): Advice {
  const code = refusal.split(' ', 1)[0] ?? '';
  if (clusterCodes.includes(code)) return clusterAdvice;
  return adviceByCode[code] ?? { advice: 'Give the service a Redis that takes writes, and see its log.' };
}
