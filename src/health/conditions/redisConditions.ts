// The ways in which Redis can be unwell. Operations go on without the lock, so none of them is critical.
import type { Condition } from '../condition.ts';
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
            problem: `Redis refuses the wallet lock: ${refusal}.`,
            advice: 'Give the service a primary that takes writes. Operations go on without the lock.',
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
];
