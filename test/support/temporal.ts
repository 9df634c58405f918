// Runs a worker in the test's process, on a separate task queue of the real Temporal. Workflows are bundled
// once for each test file.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { inject } from 'vitest';
import type { Activities } from '../../src/activities/activities.ts';

const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));

const workflowInterceptorModules = [
  fileURLToPath(new URL('../../src/workflows/foreignInput.ts', import.meta.url)),
];

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

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

export function bundleWorkflows(): Promise<WorkflowBundleWithSourceMap> {
  quietRuntime();
  bundle ??= bundleWorkflowCode({ workflowsPath, workflowInterceptorModules, logger });
  return bundle;
}

export interface TemporalFixture {
  readonly client: Client;
  readonly taskQueue: string;
  readonly createWorker: (activities: Partial<Activities>) => Promise<Worker>;
  readonly close: () => Promise<void>;
}

/** A bundle of other workflows than those of the service, for a test of activities. */
export async function bundleTestWorkflows(path: string): Promise<WorkflowBundleWithSourceMap> {
  quietRuntime();
  return bundleWorkflowCode({ workflowsPath: path, logger });
}

export async function createTemporalFixture(
  workflows: Promise<WorkflowBundleWithSourceMap> = bundleWorkflows(),
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
