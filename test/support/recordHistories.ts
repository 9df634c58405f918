// Records the histories that test/workflows/replay.test.ts replays: TEMPORAL_ADDRESS=… node test/support/recordHistories.ts
// A history is recorded once, when a workflow gets a new path, and never again: it stands for the runs that are open
// while a new version is deployed.
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Activities, DrainResult } from '../../src/activities/activities.ts';

/** Of the worker and the client, instead of the machine's name. */
const identity = 'recorder';
const taskQueue = `record-${process.pid}`;

const budget: DrainResult = { processed: 1_204, parked: 1, resolved: 0, position: 5_300, reason: 'budget' };
const shutdown: DrainResult = { processed: 96, parked: 0, resolved: 1, position: 4_096, reason: 'shutdown' };

/** Name of the history, type of the workflow, and what its activity answers, attempt by attempt. */
const recordings: readonly [string, string, readonly (DrainResult | Error)[]][] = [
  ['drainReadModel', 'drainReadModel', [budget]],
  ['drainReadModel-handover', 'drainReadModel', [shutdown, budget]],
  ['drainReadModel-retried', 'drainReadModel', [withoutStack('Elasticsearch does not answer'), budget]],
  ['drainLedger', 'drainLedger', [budget]],
  ['drainLedger-handover', 'drainLedger', [shutdown, shutdown]],
];

/** A stack would name the recording machine's folders. */
function withoutStack(message: string): Error {
  return Object.assign(new Error(message), { stack: '' });
}

const address = process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233';
const connection = await NativeConnection.connect({ address });
const client = new Client({ connection: await Connection.connect({ address }), identity });

for (const [name, workflowType, answers] of recordings) {
  const file = new URL(`../histories/${name}.json`, import.meta.url);
  if (existsSync(file)) continue;
  const left = [...answers];
  const activities: Activities = {
    drainProjection: () => {
      const answer = left.shift();
      if (answer === undefined || answer instanceof Error)
        return Promise.reject(answer ?? new Error('no answer left'));
      return Promise.resolve(answer);
    },
  };
  const worker = await Worker.create({
    connection,
    identity,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)),
    activities,
  });
  await worker.runUntil(async () => {
    const handle = await client.workflow.start(workflowType, {
      taskQueue,
      workflowId: `${taskQueue}-${name}`,
    });
    await handle.result();
    writeFileSync(
      file,
      `${JSON.stringify(JSON.parse(historyToJSON(await handle.fetchHistory())), undefined, 1)}\n`,
    );
  });
  console.log(`Recorded ${name}.`);
}
await client.connection.close();
await connection.close();
