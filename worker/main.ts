// Composition root of the worker process. It reads the settings, makes the connections, wires the projections
// into activities, and ensures the schedules. After a stop signal it closes everything in reverse order.
// `main` is the order; the parts with many settings are wired below it.
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';
import type { Pool } from 'pg';
import { createAccess } from '../src/access/access.ts';
import type { ArchiveActivityDeps } from '../src/activities/archiveLog.ts';
import { type Activities, createActivities } from '../src/activities/activities.ts';
import { drainsOfProjectionMax } from '../src/activities/drainProjection.ts';
import { activitySignal } from '../src/activities/heartbeats.ts';
import type { SubmitStep } from '../src/commands/workflowCommands.ts';
import { type Config, settingWarnings, readConfig } from '../src/config/config.ts';
import { authenticateBy } from '../src/api/http/authentication.ts';
import { createAddressOf } from '../src/api/http/clientAddress.ts';
import { createPool } from '../src/eventStore/database.ts';
import { assertSchemaVersion } from '../src/eventStore/migrate.ts';
import { startReports } from '../src/eventStore/processReports.ts';
import { failpointsOf } from '../src/failpoints.ts';
import { createWakeUps, subscribeToWakeUps, type WakeUps } from '../src/projections/drain/wakeUp.ts';
import { createElasticsearch } from '../src/projections/readModel/elasticsearch.ts';
import { ensureCheckpoints } from '../src/projections/checkpoints.ts';
import { projectionNames } from '../src/projections/registry.ts';
import { createSinks } from '../src/projections/sinks.ts';
import { reachLoopbackDirectly } from '../src/loopbackDirect.ts';
import { startFailure } from '../src/startFailure.ts';
import { drainOnSignal, stopOnSignal } from '../src/stopSignal.ts';
import { createLog, type Log } from '../src/telemetry/log.ts';
import { createOutage } from '../src/telemetry/outageLines.ts';
import { loggingReports } from '../src/telemetry/reportsLog.ts';
import { startTraces } from '../src/telemetry/startTraces.ts';
import type { Traces } from '../src/telemetry/traces.ts';
import { describeVersion } from '../src/telemetry/version.ts';
import type { WorkerMetrics } from '../src/telemetry/workerMetrics.ts';
import { ensureSchedules, remakeSchedules } from '../src/temporal/ensureSchedules.ts';
import { assertPortFree, startHealthServer } from './healthServer.ts';
import { workerIdentity } from '../src/temporal/workerIdentity.ts';
import { hostname } from 'node:os';
import { readInstallationId } from '../src/eventStore/installationId.ts';
import { keepSchedules } from './keepSchedules.ts';
import { loggingParked } from './parkedLog.ts';
import { temporalMetricsHost, temporalMetricsPort } from './temporalMetrics.ts';
import { connectToTemporal, installTemporalRuntime } from './temporalRuntime.ts';
import { tracedProjection } from './tracedProjection.ts';
import { createWorkerExposition, watchVerifications } from './workerExposition.ts';
import { wireArchive } from './wireArchive.ts';
import { wireWebhooks, type WorkerWebhooks } from './wireWebhooks.ts';
import { wireWorkerCommands } from './workerCommands.ts';
import { createWorkerReadiness } from './workerReadiness.ts';

/** Enough for the drains of every projection, the slices of a rebuild, and short activities at once. */
const activitiesMax = 16 + projectionNames.length * drainsOfProjectionMax;
const workflowTasksMax = 40;
/** After the grace, a worker that still hangs is abandoned, so that the process ends before it is killed. */
const shutdownForceAfterGraceMs = 5_000;
/** Longest look at the schedules. */
const schedulesWithinMs = 10_000;
/** An operator's cancel or pause reaches a running activity within this time. */
const heartbeatThrottleMs = 1_000;

async function main(config: Config, log: Log): Promise<void> {
  const startedAt = new Date();
  const stopping = stopOnSignal((signal) => {
    log.info({ signal }, 'worker stopping');
  });
  const draining = drainOnSignal(stopping, () => {
    log.info('worker draining: /readyz says 503, everything else goes on');
  });
  await using closings = new AsyncDisposableStack();
  const onIdleError = (error: Error) => {
    log.warn({ err: error }, 'an idle connection to PostgreSQL broke');
  };
  const pool = createPool(config, 'wallet-worker', onIdleError, 'projections', activitySignal);
  closings.defer(() => pool.end());
  const schema = await assertSchemaVersion(pool);
  const processId = randomUUID();
  const reports = await startReports(pool, { id: processId, kind: 'worker' }, loggingReports(log));
  closings.defer(reports.close);
  await ensureCheckpoints(pool);
  const traces = await startTraces(config, 'wallet-worker', log);
  closings.defer(() => traces?.close());
  const temporalPort = await temporalMetricsPort(config);
  const commands = wireWorkerCommands(config, log, processId, closings);
  const pools = { worker: pool, commands: commands.pool };
  const { metrics, exposition, close } = createWorkerExposition(config, log, { pools, temporalPort });
  closings.defer(close);
  const stores = { pool, ...connectStores(config, log, closings) };

  installTemporalRuntime(log, `${temporalMetricsHost}:${temporalPort}`);
  const connection = await connectToTemporal(config, log, stopping);
  closings.defer(() => connection.close());
  const client = new Client({ connection, namespace: config.TEMPORAL_NAMESPACE });
  const webhooks = await wireWebhooks({ config, log, metrics, client, stopping, ...stores }, closings);
  const archive = await wireArchive(config, client);
  const wired = { submitStep: commands.submitStep, webhooks, archive };
  const activities = wireActivities({ config, log, stores, metrics, traces, stopping, ...wired });
  const installationId = await readInstallationId(pool, config.ELASTICSEARCH_INDEX_PREFIX);
  const worker = await createWorker(config, connection, {
    activities: watchVerifications(activities, metrics),
    identity: workerIdentity(installationId, process.pid, hostname()),
  });
  const access = createAccess(config, (error) => {
    log.debug({ err: error }, 'keys could not be watched');
  });
  closings.defer(access.close);
  const health = await startHealthServer(
    config,
    {
      readiness: createWorkerReadiness({
        worker,
        isDraining: () => draining.aborted,
        ...stores,
        askTemporal: () => client.workflowService.describeNamespace({ namespace: config.TEMPORAL_NAMESPACE }),
      }),
      metrics: exposition,
      version: describeVersion(config.GIT_COMMIT, schema, startedAt),
      authenticate: authenticateBy(access.callerOf, createAddressOf(config.TRUSTED_PROXIES)),
    },
    log,
  );
  closings.defer(() => health.stop(() => Promise.resolve()));

  await ensureSchedules(client, config);
  await worker.runUntil(async () => {
    const { TEMPORAL_TASK_QUEUE: taskQueue, PROJECTORS_AUTO_START: autoStart } = config;
    log.info({ taskQueue, autoStart, health: health.server.address() }, 'worker ready');
    const remake = () =>
      client.withDeadline(Date.now() + schedulesWithinMs, () => remakeSchedules(client, config));
    await keepSchedules({ remake, log, stopping });
  });
  log.info('worker stopped');
}

interface Stores {
  readonly pool: Pool;
  readonly elasticsearch: ReturnType<typeof createElasticsearch>;
  readonly wakeUps: WakeUps;
}

/**
 * The stores besides PostgreSQL. `main` connects them after the traces have started, so they close before the
 * last traces are sent.
 */
function connectStores(config: Config, log: Log, closings: AsyncDisposableStack): Omit<Stores, 'pool'> {
  const elasticsearch = createElasticsearch(config, activitySignal);
  closings.defer(() => elasticsearch.close());
  const wakeUps = createWakeUps();
  const outage = createOutage(log, {
    begins: 'Redis does not answer: projections poll until it is back',
    ends: 'Redis answers again',
  });
  const subscription = subscribeToWakeUps(config, wakeUps, outage.failed, outage.worked);
  closings.defer(subscription.close);
  return { elasticsearch, wakeUps };
}

interface ActivityWiring {
  readonly config: Config;
  readonly log: Log;
  readonly stores: Stores;
  readonly metrics: WorkerMetrics;
  readonly traces: Traces | undefined;
  readonly stopping: AbortSignal;
  readonly submitStep: SubmitStep;
  readonly webhooks: WorkerWebhooks;
  readonly archive: ArchiveActivityDeps['archive'];
}

function wireActivities(wiring: ActivityWiring): Activities {
  const { config, log, stores, metrics, traces, stopping, submitStep, webhooks } = wiring;
  const { pool, elasticsearch, wakeUps } = stores;
  const indexPrefix = config.ELASTICSEARCH_INDEX_PREFIX;
  const sinks = createSinks({ pool, elasticsearch, indexPrefix }, webhooks.projection);
  return createActivities({
    ...failpointsOf(config.TEST_CRASH_POINT_FILE),
    pool,
    elasticsearch,
    indexPrefix,
    wakeUps,
    stopping,
    submitStep,
    now: () => performance.now(),
    batchSizeMax: config.DRAIN_BATCH_SIZE_MAX,
    pollMaxMs: config.DRAIN_POLL_MAX_MS,
    paceMs: config.DRAIN_PACE_MS,
    pagesMax: config.DRAIN_PAGES_MAX,
    budgetMs: config.DRAIN_BUDGET_MS,
    outboxRetentionHours: config.OUTBOX_RETENTION_HOURS,
    opensLevels: config.OPEN_LEVELS,
    segmentWidthMin: config.LOG_SEGMENT_EVENTS_MIN,
    archive: wiring.archive,
    idempotencyRetentionHours: config.IDEMPOTENCY_RETENTION_HOURS,
    drainWatch: loggingParked(metrics, log),
    webhooks: webhooks.retries,
    projections: {
      ...sinks,
      'read-model': tracedProjection(sinks['read-model'], pool, traces),
      ledger: tracedProjection(sinks.ledger, pool, traces),
    },
  });
}

function createWorker(
  config: Config,
  connection: NativeConnection,
  own: { readonly activities: Activities; readonly identity: string },
): Promise<Worker> {
  return Worker.create({
    ...own,
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    taskQueue: config.TEMPORAL_TASK_QUEUE,
    workflowsPath: fileURLToPath(new URL('../src/workflows/index.ts', import.meta.url)),
    interceptors: {
      workflowModules: [fileURLToPath(new URL('../src/workflows/foreignInput.ts', import.meta.url))],
    },
    maxConcurrentActivityTaskExecutions: activitiesMax + config.WEBHOOK_RETRY_ROUNDS_MAX,
    maxConcurrentWorkflowTaskExecutions: workflowTasksMax,
    maxHeartbeatThrottleInterval: heartbeatThrottleMs,
    shutdownGraceTime: config.SHUTDOWN_GRACE_MS,
    shutdownForceTime: config.SHUTDOWN_GRACE_MS + shutdownForceAfterGraceMs,
  });
}

async function run(): Promise<void> {
  reachLoopbackDirectly(process.env);
  const config = readConfig(process.env);
  const log = createLog(config.LOG_LEVEL, 'worker');
  for (const line of settingWarnings(process.env)) log.warn(line);
  // Asked first, because what comes before the health server may wait for Temporal without an end.
  await assertPortFree(config);
  await main(config, log);
}

run().then(
  () => process.exit(0),
  (error: unknown) => {
    const reason = startFailure(error, 'WORKER_HOST and WORKER_PORT');
    const log = createLog('info', 'worker');
    if (reason === undefined) log.fatal({ err: error }, 'worker failed');
    else log.fatal({ reason }, `worker failed: ${reason}`);
    process.exit(1);
  },
);
