// Runs a worker in the test's process, on a separate task queue of the real Temporal. Workflows are bundled
// once for each run of vitest, for the worker processes too.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import { inject } from 'vitest';
import { ensureBundle } from '../../harness/workflowBundle.ts';
import type { Activities } from '../../src/activities/activities.ts';

const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));

const workflowInterceptorModules = [
  fileURLToPath(new URL('../../src/workflows/foreignInput.ts', import.meta.url)),
];

let bundle: Promise<WorkflowBundle> | undefined;

/** Some tests fail attempts on purpose, so only errors that break a worker are logged. */
const logger = new DefaultLogger('ERROR');

function quietRuntime(): void {
  Runtime.install({
    logger,
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
    },
  });
}

export function bundleWorkflows(): Promise<WorkflowBundle> {
  quietRuntime();
  bundle ??= obtainBundle(inject('workflowBundleFile'));
  return bundle;
}

async function obtainBundle(file: string): Promise<WorkflowBundle> {
  await ensureBundle(file, { workflowsPath, workflowInterceptorModules });
  return { code: await readFile(file, 'utf8') };
}

export interface TemporalFixture {
  readonly client: Client;
  readonly taskQueue: string;
  readonly createWorker: (activities: Partial<Activities>) => Promise<Worker>;
  readonly close: () => Promise<void>;
}

/** A bundle of other workflows than those of the service, for a test of activities. */
export async function bundleTestWorkflows(workflowsPath: string): Promise<WorkflowBundle> {
  quietRuntime();
  return bundleWorkflowCode({ workflowsPath, logger });
}

export async function createTemporalFixture(
  workflows: Promise<WorkflowBundle> = bundleWorkflows(),
): Promise<TemporalFixture> {
  const workflowBundle = await workflows;
  const address = inject('temporalAddress');
  const connection = await Connection.connect({ address });
  const nativeConnection = await NativeConnection.connect({ address });
  const taskQueue = `test-${randomBytes(6).toString('hex')}`;
  return {
    client: new Client({ connection }),
    taskQueue,
    createWorker: (activities) =>
      Worker.create({
        connection: nativeConnection,
        taskQueue,
        workflowBundle,
        activities,
        maxHeartbeatThrottleInterval: 100,
        shutdownGraceTime: 10_000,
      }),
    close: async () => {
      await connection.close();
      await nativeConnection.close();
    },
  };
}
