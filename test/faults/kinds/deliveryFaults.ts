// Deliver the same thing twice: wake-ups, pages of events, and whole drains side by side.
import { between, pick } from '../../../harness/random.ts';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { projections } from '../../../src/projections/registry.ts';
import { wakeUpChannel } from '../../../src/projections/drain/wakeUp.ts';
import { allDrains, restartWaiting } from './drains.ts';
import type { FaultKind } from './faultKind.ts';
import { until, whenDatabaseAnswers } from './waits.ts';

const pageMax = 200;
const passedAgainWithinMs = 5_000;
const besideWithinMs = 3_000;
const besideMs = 200;

const wakeUpTwice: FaultKind = {
  kind: 'the same wake-up twice',
  part: 'redis',
  async inject({ redis, redisKeyPrefix }) {
    const channel = wakeUpChannel({ REDIS_KEY_PREFIX: redisKeyPrefix });
    const heard = await Promise.all([redis.publish(channel, ''), redis.publish(channel, '')]);
    return { hits: heard.every((receivers) => receivers > 0) ? 1 : 0 };
  },
};

/**
 * Moves the checkpoint back, so that its projection receives old events again and passes over them once more.
 */
const pageTwice: FaultKind = {
  kind: 'the same page twice',
  part: 'worker',
  async inject(environment, random, signal) {
    const projection = pick(random, allDrains);
    const back = between(random, 1, pageMax);
    const { rows } = await whenDatabaseAnswers(
      () =>
        environment.database.query<{ before: string; after: string }>(
          `update projector_checkpoints
              set position = greatest(0, projector_checkpoints.position - $2::bigint)
             from (select position from projector_checkpoints where projection = $1::text for update) as old
            where projection = $1::text
           returning old.position as before, projector_checkpoints.position as after`,
          [projection, back],
        ),
      signal,
    );
    const [moved] = rows;
    if (moved === undefined || moved.after === moved.before) return { hits: 0 };
    await restartWaiting(environment, [`drain-${projection}`]);
    const passedAgain = await until(
      async () => {
        const { rows: now } = await whenDatabaseAnswers(
          () =>
            environment.database.query<{ passed: boolean }>(
              `select position >= $2::bigint as passed
                 from projector_checkpoints
                where projection = $1::text`,
              [projection, moved.before],
            ),
          signal,
        );
        return now[0]?.passed === true;
      },
      passedAgainWithinMs,
      signal,
    );
    const events = Number(BigInt(moved.before) - BigInt(moved.after));
    return { hits: passedAgain ? 1 : 0, detail: { projection, events } };
  },
};

/**
 * Starts a second drain of the same projection. Both read the same pages, and only one moves the checkpoint.
 */
const twoDrains: FaultKind = {
  kind: 'two drains of one projection at once',
  part: 'worker',
  async inject(environment, random, signal) {
    const projection = pick(random, allDrains);
    await restartWaiting(environment, [`drain-${projection}`]);
    const { workflowType } = projections.find(({ name }) => name === projection) ?? {};
    const handle = await environment.temporal.workflow.start(workflowType ?? 'drainProjection', {
      ...{ taskQueue: 'wallet', workflowId: `second-drain-${randomUUID()}` },
      args: workflowType === undefined ? [projection] : [],
    });
    const isBeside = async () => {
      const { raw } = await handle.describe();
      return (raw.pendingActivities ?? []).some(({ lastStartedTime }) => Boolean(lastStartedTime));
    };
    const begun = await until(isBeside, besideWithinMs, signal);
    if (begun) await pause(besideMs);
    await handle.terminate('the fault is over').catch(ignoreEnded);
    return { hits: begun ? 1 : 0, detail: { projection } };
  },
};

/** The drain was superseded, as it should be. */
function ignoreEnded(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'WorkflowNotFoundError') throw error;
}

export const deliveryFaults: readonly FaultKind[] = [wakeUpTwice, pageTwice, twoDrains];
