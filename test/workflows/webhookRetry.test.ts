// The workflow of a webhook endpoint on the real Temporal: its timers, its signal, its query and its update,
// and the whole way from a drain whose receiver fails to the last event.
import { randomBytes } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Activities, RetryRound } from '../../src/activities/activities.ts';
import { createDrainActivities } from '../../src/activities/drainProjection.ts';
import { createWebhookActivities } from '../../src/activities/retryWebhooks.ts';
import { createStartRetry, webhookRetryId } from '../../src/temporal/webhookRetries.ts';
import { ensureCheckpoints } from '../../src/projections/checkpoints.ts';
import { createWakeUps } from '../../src/projections/drain/wakeUp.ts';
import type { Sinks } from '../../src/projections/sinks.ts';
import { createWebhookProjection } from '../../src/webhooks/webhookProjection.ts';
import { readEndpoint } from '../../src/webhooks/endpoints.ts';
import { createPool } from '../../src/eventStore/database.ts';
import { testConfig } from '../support/api.ts';
import { appendEvents } from '../support/appendEvents.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';
import { walletStream } from '../support/walletStream.ts';
import {
  addEndpoint,
  answers,
  createTestLane,
  firstsInOrder,
  gotBy,
  ok,
  startTestReceiver,
} from '../support/webhookLane.ts';

let temporal: TemporalFixture;
beforeAll(async () => {
  temporal = await createTemporalFixture();
});
afterAll(() => temporal.close());

const hourMs = 3_600_000;
const waits: RetryRound = { state: 'enabled', delivered: 0, failed: 1, pending: 2, nextMs: hourMs };
const over: RetryRound = { state: 'enabled', delivered: 2, failed: 0, pending: 0, nextMs: null };

/** Runs the workflow over rounds that answer one after the other. Each call is noted. */
async function withRounds(
  rounds: readonly RetryRound[],
  work: (run: {
    readonly endpointId: string;
    readonly calls: readonly { readonly now: boolean }[];
    readonly start: () => Promise<void>;
    readonly handle: WorkflowHandle;
  }) => Promise<void>,
): Promise<void> {
  const endpointId = `whe_${randomBytes(12).toString('hex')}`;
  const calls: { readonly now: boolean }[] = [];
  const retryWebhooks: Activities['retryWebhooks'] = ({ now }) => {
    const round = rounds[calls.length] ?? over;
    calls.push({ now });
    return Promise.resolve(round);
  };
  const names = { SCHEDULE_ID_PREFIX: 'test-', TEMPORAL_TASK_QUEUE: temporal.taskQueue };
  const startRetry = createStartRetry(temporal.client, names);
  const handle = temporal.client.workflow.getHandle(webhookRetryId(names, endpointId));
  const worker = await temporal.createWorker({ retryWebhooks });
  await worker.runUntil(() => work({ endpointId, calls, start: () => startRetry(endpointId), handle }));
}

it('a retry workflow ends once nothing waits', async () => {
  await withRounds([over], async ({ endpointId, start, handle, calls }) => {
    await start();
    expect(await handle.result()).toMatchObject({ endpointId, rounds: 1, delivered: 2, pending: 0 });
    expect(calls).toEqual([{ now: false }]);
  });
});

it('a retry workflow sleeps until the next attempt, tells its state, and is nudged by an update', async () => {
  await withRounds([waits, over], async ({ start, handle, calls }) => {
    await start();
    await eventually(async () => {
      const state = await handle.query<{ pending: number; nextMs: number | null }>('state');
      return state.pending === 2 && state.nextMs === hourMs;
    });
    expect(calls).toHaveLength(1);
    await handle.executeUpdate('retryNow');
    expect(await handle.result()).toMatchObject({ rounds: 2, delivered: 2, failed: 1 });
    expect(calls).toEqual([{ now: false }, { now: true }]);
  });
});

it('a retry workflow that sleeps is woken when more was parked', async () => {
  await withRounds([waits, over], async ({ start, handle, calls }) => {
    await start();
    await eventually(() => calls.length === 1);
    await start();
    expect(await handle.result()).toMatchObject({ rounds: 2 });
    expect(calls).toEqual([{ now: false }, { now: false }]);
  });
});

it('what was parked during the last round of a retry workflow has a round of its own', async () => {
  const gate = Promise.withResolvers<undefined>();
  const endpointId = `whe_${randomBytes(12).toString('hex')}`;
  let rounds = 0;
  const retryWebhooks: Activities['retryWebhooks'] = async () => {
    rounds += 1;
    await gate.promise;
    return over;
  };
  const names = { SCHEDULE_ID_PREFIX: 'test-', TEMPORAL_TASK_QUEUE: temporal.taskQueue };
  const startRetry = createStartRetry(temporal.client, names);
  const worker = await temporal.createWorker({ retryWebhooks });
  await worker.runUntil(async () => {
    await startRetry(endpointId);
    await eventually(() => rounds === 1);
    await startRetry(endpointId);
    gate.resolve(undefined);
    const handle = temporal.client.workflow.getHandle(webhookRetryId(names, endpointId));
    expect(await handle.result()).toMatchObject({ rounds: 2 });
  });
});

it('from a drain whose receiver fails, the workflow takes over, and everything arrives in order', async () => {
  const database = await createTestDatabase();
  const pool = createPool(testConfig(database.url), 'wallet-webhooks-test', () => undefined);
  await ensureCheckpoints(pool);
  const receiver = await startTestReceiver(answers(500));
  const names = { SCHEDULE_ID_PREFIX: `${temporal.taskQueue}-`, TEMPORAL_TASK_QUEUE: temporal.taskQueue };
  const started: string[] = [];
  const startRetry = createStartRetry(temporal.client, names);
  const { lane, deps, close } = createTestLane(pool, [receiver], {
    startRetry: async (id) => {
      await startRetry(id);
      started.push(id);
    },
  });
  const stopping = new AbortController();
  const shared = { now: () => performance.now(), stopping: stopping.signal };
  const projections = { webhooks: createWebhookProjection(pool, lane) } as Sinks;
  const worker = await temporal.createWorker({
    ...createDrainActivities({
      ...{ ...shared, pool, projections, wakeUps: createWakeUps() },
      ...{ batchSizeMax: 100, pollMaxMs: 20, paceMs: 0, pagesMax: 1, budgetMs: 60_000 },
    }),
    ...createWebhookActivities({ ...shared, webhooks: { ...deps, roundsMax: 4 } }),
  });
  const id = await addEndpoint(pool, receiver.url);
  await worker.runUntil(async () => {
    const drain = await temporal.client.workflow.start('drainProjection', {
      ...{ taskQueue: temporal.taskQueue, workflowId: `${temporal.taskQueue}-drain`, args: ['webhooks'] },
    });
    for (const wallet of ['a', 'b', 'c', 'd']) await appendEvents(pool, walletStream(wallet, 1n, [1n, 1n]));
    await eventually(() => started.includes(id));
    await eventually(async () => (await readEndpoint(pool, '', id))?.lane === 'retry');
    const handle = temporal.client.workflow.getHandle(webhookRetryId(names, id));
    await eventually(async () => (await handle.query<{ failed: number }>('state')).failed > 0);
    receiver.answerWith(ok);
    await handle.executeUpdate('retryNow');
    await handle.result();
    await eventually(() => new Set(gotBy(receiver).map((got) => got.id)).size === 12);
    expect(firstsInOrder(gotBy(receiver))).toBe(true);
    expect(await readEndpoint(pool, '', id)).toMatchObject({ lane: 'fast', pending: 0 });
    await eventually(async () => {
      const { rows } = await pool.query<{ position: string }>(
        `select position from projector_checkpoints where projection = 'webhooks'`,
      );
      return rows[0]?.position === '12';
    });
    stopping.abort();
    expect(await drain.result()).toMatchObject({ reason: 'shutdown' });
  });
  await close();
  await receiver.close();
  await pool.end();
  await database.drop();
});
