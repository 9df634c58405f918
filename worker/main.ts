// Composition root of the worker process: reads the settings, makes the connections, wires the projections into
// activities, ensures the schedules, and takes everything down in order when it is told to stop.
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../src/activities/activities.ts';
import { type Config, readConfig } from '../src/config/config.ts';
import { failpointsOf } from '../src/failpoints.ts';
import { createPool } from '../src/eventStore/database.ts';
import { assertSchemaVersion } from '../src/eventStore/migrate.ts';
import { ledgerProjection } from '../src/projections/ledger/ledgerSink.ts';
import { createElasticsearch } from '../src/projections/readModel/elasticsearch.ts';
import { createReadModelProjection } from '../src/projections/readModel/readModelSink.ts';
import { createWakeUps, subscribeToWakeUps } from '../src/projections/drain/wakeUp.ts';
import { aborted, stopOnSignal } from '../src/stopSignal.ts';
import { createLog, type Log } from '../src/telemetry/log.ts';
import { startTraces } from '../src/telemetry/startTraces.ts';
import { describeVersion } from '../src/telemetry/version.ts';
import { createWorkerExposition, watchVerifications } from './workerExposition.ts';
import { startHealthServer } from './healthServer.ts';
import { loggingParked } from './parkedLog.ts';
import { createWorkerReadiness } from './workerReadiness.ts';
import { ensureSchedules } from '../src/temporal/ensureSchedules.ts';
import { connectToTemporal, installTemporalRuntime } from './temporalRuntime.ts';
import { temporalMetricsHost, temporalMetricsPort } from './temporalMetrics.ts';
import { tracedProjection } from './tracedProjection.ts';

/** Two drains that loop, a rebuild's slices, and short work beside them. */
const activitiesMax = 20;
const workflowTasksMax = 40;
/** Behind the grace: a worker that still hangs is given up, so that the process ends before it is killed. */
const shutdownForceAfterGraceMs = 5_000;
/** How often an operator's cancel or pause reaches a running activity, at the latest. */
const heartbeatThrottleMs = 1_000;

async function main(config: Config, log: Log): Promise<void> {
  const startedAt = new Date();
  const stopping = stopOnSignal((signal) => {
    log.info({ signal }, 'worker stopping');
  });
  await using closings = new AsyncDisposableStack();

  const pool = createPool(config, 'wallet-worker', (error) => {
    log.warn({ err: error }, 'an idle connection to PostgreSQL broke');
  });
  closings.defer(() => pool.end());
  const schema = await assertSchemaVersion(pool);

  const traces = await startTraces(config, 'wallet-worker', log);
  closings.defer(() => traces?.close());
  const temporalPort = await temporalMetricsPort(config);
  const figures = createWorkerExposition(config, log, { pool, temporalPort });
  closings.defer(figures.close);

  const elasticsearch = createElasticsearch(config);
  closings.defer(() => elasticsearch.close());

  const wakeUps = createWakeUps();
  const subscription = subscribeToWakeUps(config, wakeUps, (error) => {
    log.warn({ err: error }, 'Redis does not answer: projections poll until it is back');
  });
  closings.defer(subscription.close);

  installTemporalRuntime(log, `${temporalMetricsHost}:${temporalPort}`);
  const connection = await connectToTemporal(config, log, stopping);
  closings.defer(() => connection.close());
  const activities = createActivities({
    ...failpointsOf(config.TEST_CRASH_POINT_FILE),
    pool,
    elasticsearch,
    indexPrefix: config.ELASTICSEARCH_INDEX_PREFIX,
    wakeUps,
    stopping,
    now: () => performance.now(),
    batchSizeMax: config.DRAIN_BATCH_SIZE_MAX,
    pollMaxMs: config.DRAIN_POLL_MAX_MS,
    paceMs: config.DRAIN_PACE_MS,
    budgetMs: config.DRAIN_BUDGET_MS,
    outboxRetentionHours: config.OUTBOX_RETENTION_HOURS,
    idempotencyRetentionHours: config.IDEMPOTENCY_RETENTION_HOURS,
    drainWatch: loggingParked(figures.metrics, log),
    projections: {
      'read-model': tracedProjection(
        createReadModelProjection({ pool, elasticsearch, indexPrefix: config.ELASTICSEARCH_INDEX_PREFIX }),
        pool,
        traces,
      ),
      ledger: tracedProjection(ledgerProjection, pool, traces),
    },
  });
  const worker = await createWorker(config, connection, watchVerifications(activities, figures.metrics));

  const health = await startHealthServer(
    config,
    {
      readiness: createWorkerReadiness({ worker, pool, elasticsearch }),
      metrics: figures.exposition,
      version: describeVersion(config.GIT_COMMIT, schema, startedAt),
    },
    log,
  );
  closings.defer(() => {
    health.close();
    health.closeAllConnections();
  });

  await ensureSchedules(new Client({ connection, namespace: config.TEMPORAL_NAMESPACE }), config);
  await worker.runUntil(async () => {
    log.info(
      {
        taskQueue: config.TEMPORAL_TASK_QUEUE,
        autoStart: config.PROJECTORS_AUTO_START,
        health: health.address(),
      },
      'worker ready',
    );
    await aborted(stopping);
  });
  log.info('worker stopped');
}

function createWorker(
  config: Config,
  connection: NativeConnection,
  activities: ReturnType<typeof createActivities>,
): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    taskQueue: config.TEMPORAL_TASK_QUEUE,
    workflowsPath: fileURLToPath(new URL('../src/workflows/index.ts', import.meta.url)),
    activities,
    maxConcurrentActivityTaskExecutions: activitiesMax,
    maxConcurrentWorkflowTaskExecutions: workflowTasksMax,
    maxHeartbeatThrottleInterval: heartbeatThrottleMs,
    shutdownGraceTime: config.SHUTDOWN_GRACE_MS,
    shutdownForceTime: config.SHUTDOWN_GRACE_MS + shutdownForceAfterGraceMs,
  });
}

const config = readConfig(process.env);
const log = createLog(config.LOG_LEVEL, 'worker');
main(config, log).then(
  () => process.exit(0),
  (error: unknown) => {
    log.fatal({ err: error }, 'worker failed');
    process.exit(1);
  },
);
