// Records the histories that test/workflows/replay.test.ts replays. Run it as
// `TEMPORAL_ADDRESS=… node test/support/recordHistories.ts`. A history is recorded once, when a workflow has
// a new path, and never again. It represents the runs that are open while a new version is deployed.
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Activities, DrainResult } from '../../src/activities/activities.ts';
import { archiveRecordings } from './archiveRecordings.ts';
import { ledgerRecordings } from './ledgerRecordings.ts';
import type { Recording } from './recording.ts';
import { rebuildRecordings } from './rebuildRecordings.ts';
import { upkeepRecordings } from './upkeepRecordings.ts';

/** Identity of the worker and of the client, instead of the machine's name. */
const identity = 'recorder';
const taskQueue = `record-${process.pid}`;

const budget: DrainResult = { processed: 1_204, parked: 1, resolved: 0, position: 5_300, reason: 'budget' };
const shutdown: DrainResult = { processed: 96, parked: 0, resolved: 1, position: 4_096, reason: 'shutdown' };
const superseded: DrainResult = {
  processed: 12,
  parked: 0,
  resolved: 0,
  position: 4_108,
  reason: 'superseded',
};

/** An activity that returns the next of these answers at each attempt. */
function answering(answers: readonly (DrainResult | Error)[]): Partial<Activities> {
  const left = [...answers];
  return {
    drainProjection: () => {
      const answer = left.shift();
      if (answer === undefined || answer instanceof Error)
        return Promise.reject(answer ?? new Error('no answer left'));
      return Promise.resolve(answer);
    },
  };
}

/** Rounds of a webhook endpoint after which so many events wait. The last one leaves nothing. */
function rounds(waiting: readonly number[]): Partial<Activities> {
  const left = [...waiting];
  return {
    retryWebhooks: () => {
      const pending = left.shift() ?? 0;
      const nextMs = pending > 0 ? 50 : null;
      return Promise.resolve({ state: 'enabled', delivered: 1, failed: pending, pending, nextMs });
    },
  };
}

const recordings: readonly Recording[] = [
  { name: 'drainReadModel', type: 'drainReadModel', activities: answering([budget]) },
  { name: 'drainReadModel-handover', type: 'drainReadModel', activities: answering([shutdown, budget]) },
  {
    name: 'drainReadModel-retried',
    type: 'drainReadModel',
    activities: answering([new Error('Elasticsearch does not answer'), budget]),
  },
  { name: 'drainLedger', type: 'drainLedger', activities: answering([budget]) },
  { name: 'drainReadModel-superseded', type: 'drainReadModel', activities: answering([superseded, budget]) },
  // This one is older than the patch "goes on behind superseded". Such a run ends at a point from which a
  // newer one goes on.
  { name: 'drainLedger-superseded', type: 'drainLedger', activities: answering([superseded]) },
  { name: 'drainLedger-handover', type: 'drainLedger', activities: answering([shutdown, shutdown]) },
  { name: 'drainProjection', type: 'drainProjection', args: ['owners'], activities: answering([budget]) },
  {
    name: 'expireHolds',
    type: 'expireHolds',
    activities: { endDue: () => Promise.resolve({ wallets: 40, reason: 'budget' }) },
  },
  {
    name: 'expireHolds-handover',
    type: 'expireHolds',
    activities: { endDue: () => Promise.resolve({ wallets: 7, reason: 'shutdown' }) },
  },
  {
    name: 'keepSegments',
    type: 'keepSegments',
    activities: { keepSegments: () => Promise.resolve({ made: 1, converted: false }) },
  },
  {
    name: 'webhookRetry',
    type: 'webhookRetry',
    args: [{ endpointId: 'whe_0123456789abcdef01234567' }],
    activities: rounds([2, 0]),
  },
  ...archiveRecordings,
  ...upkeepRecordings,
  ...ledgerRecordings,
  ...rebuildRecordings,
];

const address = process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233';
const connection = await NativeConnection.connect({ address });
const client = new Client({ connection: await Connection.connect({ address }), identity });

for (const { name, type, child, activities, args = [], steer } of recordings) {
  const file = new URL(`../histories/${name}.json`, import.meta.url);
  if (existsSync(file)) continue;
  const worker = await Worker.create({
    connection,
    identity,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)),
    interceptors: {
      workflowModules: [fileURLToPath(new URL('../../src/workflows/foreignInput.ts', import.meta.url))],
    },
    activities,
  });
  await worker.runUntil(async () => {
    const handle = await client.workflow.start(type, {
      taskQueue,
      args: [...args],
      workflowId: `${taskQueue}-${name}`,
    });
    await steer?.(handle);
    // A cancelled run has a history like any other.
    await handle.result().catch((error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw error;
    });
    const recorded =
      child === undefined ? handle : client.workflow.getHandle(`${handle.workflowId}/${child}`);
    writeFileSync(
      file,
      `${JSON.stringify(JSON.parse(historyToJSON(await recorded.fetchHistory())), undefined, 1)}\n`,
    );
  });
  console.log(`Recorded ${name}.`);
}
await client.connection.close();
await connection.close();
