// Faults of the feed and of webhooks: workers that end between a request and what they store of it, operators
// who end, pause and repeat deliveries, owners who stop an endpoint or change its secret, and cut streams.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { between, pick, type Random } from '../../../harness/random.ts';
import type { FailpointName } from '../../../src/failpoints.ts';
import type { Consumers } from '../consumers/consumers.ts';
import type { Endpoint } from '../consumers/endpoints.ts';
import type { FaultEnvironment } from '../faultEnvironment.ts';
import { restartWaiting } from './drains.ts';
import type { FaultKind, Hits } from './faultKind.ts';
import { killAtStep } from './killAtStep.ts';
import { freeProcesses, until } from './waits.ts';

const schedule = 'drain-webhooks';
/** Receivers get events all the time, and something of theirs fails every few seconds. */
const reachedWithinMs = 5_000;
const steps: readonly (readonly [FailpointName, string, number])[] = [
  ['beforeWebhookCursors', 'between requests of webhooks and their cursors', 4],
  ['afterWebhookRetried', 'after a webhook was tried again, unstored', 2],
];
const streamsWithinMs = 2_000;
const pausedMaxMs = 2_000;
/** A new run begins within a second or two, unless other faults keep it from its parts. */
const goesOnWithinMs = 8_000;
const rotationsMax = 5;
const overlapHours = 1;
const replayedMaxMs = 20_000;

const killedAtStep = steps.map(([point, words, passageMax]): FaultKind => ({
  kind: `worker killed ${words}`,
  part: 'worker',
  async inject(environment, random, signal) {
    const { consumers } = environment;
    if (consumers.endpoints().length === 0) return { hits: 0 };
    const free = await freeProcesses(environment.workers, signal);
    await restartWaiting(environment, [schedule]);
    const passage = between(random, 1, passageMax);
    const killing = killAtStep(environment, free, { point, passage, reachedWithinMs }, signal);
    // Otherwise what failed would wait for its time.
    for (const { id } of consumers.endpoints())
      consumers.client.resumeWebhookEndpoint({ endpointId: id, from: 'parked' }).catch(() => undefined);
    return killing;
  },
}));

type InjectAt = (
  environment: FaultEnvironment,
  endpoint: Endpoint,
  random: Random,
  signal: AbortSignal,
) => Promise<Hits>;

/** A fault at one endpoint. While there is none it has no effect. */
function atEndpoint(kind: string, inject: InjectAt): FaultKind {
  return {
    kind,
    part: 'consumers',
    async inject(environment, random, signal) {
      const endpoints = environment.consumers.endpoints();
      if (endpoints.length === 0) return { hits: 0 };
      return inject(environment, pick(random, endpoints), random, signal);
    },
  };
}

/** Otherwise the next fault would hit a drain that has not begun, and receivers would get little. */
async function goesOn({ accepted }: Consumers, signal: AbortSignal): Promise<void> {
  const before = accepted().join();
  await until(() => accepted().join() !== before, goesOnWithinMs, signal);
}

const drainTerminated: FaultKind = {
  kind: 'drain of webhooks terminated',
  part: 'consumers',
  async inject({ temporal, consumers }, _random, signal) {
    const handle = temporal.schedule.getHandle(schedule);
    const { info } = await handle.describe();
    let hits = 0;
    for (const { workflow } of info.runningActions)
      if (await terminate(temporal.workflow.getHandle(workflow.workflowId))) hits += 1;
    await handle.trigger();
    await goesOn(consumers, signal);
    return { hits };
  },
};

/** The schedule is paused and has no run, until it goes on. */
const schedulePaused: FaultKind = {
  kind: 'schedule of webhooks paused',
  part: 'consumers',
  async inject({ temporal, consumers }, random, signal) {
    const handle = temporal.schedule.getHandle(schedule);
    await handle.pause('a fault');
    try {
      const { info, state } = await handle.describe();
      for (const { workflow } of info.runningActions)
        await terminate(temporal.workflow.getHandle(workflow.workflowId));
      await pause(between(random, 0, pausedMaxMs));
      return { hits: state.paused ? 1 : 0 };
    } finally {
      await goOn(handle);
      await goesOn(consumers, signal);
    }
  },
};

const unpauseWithinMs = 60_000;

/** Temporal may be away, because a fault hits it at the same time. */
async function goOn(
  handle: ReturnType<FaultEnvironment['temporal']['schedule']['getHandle']>,
): Promise<void> {
  const never = new AbortController().signal;
  let last: unknown;
  const isOn = await until(
    async () => {
      try {
        await handle.unpause();
        await handle.trigger();
        return true;
      } catch (error) {
        last = error;
        return false;
      }
    },
    unpauseWithinMs,
    never,
  );
  if (!isOn) throw new Error(`${schedule} stayed paused: ${String(last)}`);
}

const streamsCut: FaultKind = {
  kind: 'every stream cut',
  part: 'api',
  async inject({ consumers, proxies }, _random, signal) {
    if (!(await until(() => consumers.openReaders() > 0, streamsWithinMs, signal))) return { hits: 0 };
    const cut = consumers.openReaders();
    return { hits: proxies.api.resetAll() >= cut ? cut : 0 };
  },
};

const retriesTerminated = atEndpoint('retries of an endpoint terminated', async ({ temporal }, { id }) => {
  return { hits: (await terminate(temporal.workflow.getHandle(`webhook-retry/${id}`))) ? 1 : 0 };
});

const disabled = atEndpoint('endpoint disabled and enabled', async ({ consumers }, { id }, random) => {
  const change = (enabled: boolean) => consumers.client.changeWebhookEndpoint({ endpointId: id, enabled });
  // An answer may get lost, and the change with it or not.
  const isDisabled = await succeeds(change(false));
  await pause(between(random, 0, pausedMaxMs));
  const never = new AbortController().signal;
  const isEnabled = await until(() => succeeds(change(true)), unpauseWithinMs, never);
  return { hits: isDisabled && isEnabled ? 1 : 0 };
});

function succeeds(call: Promise<{ readonly ok: boolean }>): Promise<boolean> {
  return call.then(
    ({ ok }) => ok,
    () => false,
  );
}

/** An answer may get lost, and its secret with it. The receivers can still verify by the one before. */
const secretRotated = atEndpoint('secret of an endpoint rotated', async ({ consumers }, endpoint, random) => {
  const { id, receiver } = endpoint;
  const signing = pick(random, ['hmac', 'ed25519'] as const);
  for (let tries = 0; tries < rotationsMax; tries += 1) {
    const answer = await consumers.client
      .rotateWebhookSecret({ endpointId: id, signing, overlapHours })
      .catch(() => undefined);
    if (answer?.ok !== true) continue;
    receiver.know(answer.value.secret);
    return { hits: 1 };
  }
  return { hits: 0 };
});

const replayed = atEndpoint('events of an endpoint replayed', async ({ consumers }, { id }, random) => {
  const from = new Date(Date.now() - between(random, 1, replayedMaxMs)).toISOString();
  const idempotencyKey = randomUUID();
  const answer = await consumers.client.replayWebhookEvents({ endpointId: id, from }, { idempotencyKey });
  return { hits: answer.ok ? 1 : 0 };
});

/** False if it had ended. */
async function terminate(handle: {
  readonly terminate: (reason: string) => Promise<unknown>;
}): Promise<boolean> {
  try {
    await handle.terminate('a fault');
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

export const consumerFaults: readonly FaultKind[] = [
  ...killedAtStep,
  ...[drainTerminated, schedulePaused, streamsCut, retriesTerminated],
  ...[disabled, secretRotated, replayed],
];
