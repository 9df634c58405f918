// Composition root of the API process: reads the settings, makes the connections, wires the command path and the
// HTTP application, and takes everything down in order.
import { randomUUID } from 'node:crypto';
import { createApi } from '../src/api/app.ts';
import { createReadModelAccess } from '../src/api/wallets/readModelAccess.ts';
import { createCommandPath } from '../src/commands/commandPath.ts';
import { readConfig } from '../src/config/config.ts';
import { failpointsOf } from '../src/failpoints.ts';
import { assertDurability, createPool } from '../src/eventStore/database.ts';
import { assertSchemaVersion } from '../src/eventStore/migrate.ts';
import { connectRedis } from '../src/locks/redisConnection.ts';
import { createWalletLocks } from '../src/locks/walletLocks.ts';
import { createElasticsearch } from '../src/projections/readModel/elasticsearch.ts';
import { createReadModelQueries } from '../src/projections/readModel/readModelQueries.ts';
import { createWakeUpPublisher, wakeUpChannel } from '../src/projections/drain/wakeUp.ts';
import { connectRecoveries } from '../src/temporal/connectRecoveries.ts';
import { aborted, stopOnSignal } from '../src/stopSignal.ts';
import { createLog } from '../src/telemetry/log.ts';
import { startTraces } from '../src/telemetry/startTraces.ts';
import { describeVersion } from '../src/telemetry/version.ts';
import { startHttpServer } from './http/httpServer.ts';
import { createPartInspection } from './inspectParts.ts';
import { createApiExposition } from './apiExposition.ts';
import { createApiReadiness } from './apiReadiness.ts';
import { createRefusalLog } from './refusalLog.ts';
import { watchBatches, watchLocks, watchStatements, watchSubmit } from './watchCommands.ts';

async function main(): Promise<void> {
  const startedAt = new Date();
  const config = readConfig(process.env);
  const log = createLog(config.LOG_LEVEL, 'server');
  const stopping = stopOnSignal((signal) => {
    log.info({ signal }, 'server stopping');
    // Never cleared: a start-up, work in hand or a connection that does not close must not outlive it.
    setTimeout(() => {
      log.error('the server did not end in time');
      process.exit(1);
    }, config.SHUTDOWN_NOTICE_MS + config.SHUTDOWN_GRACE_MS).unref();
  });
  const onIdleError = (error: Error) => {
    log.warn({ err: error }, 'an idle database connection broke');
  };
  // Two pools: however many reads wait for a connection, the lanes of the command path, and the readiness probe
  // that speaks for them, have theirs.
  const commandPool = createPool(
    { ...config, DATABASE_CONNECTIONS_MAX: config.COMMAND_LANES + 1 },
    'wallet-commands',
    onIdleError,
  );
  const pool = createPool(config, 'wallet-reads', onIdleError);
  const schema = await assertSchemaVersion(commandPool);
  await assertDurability(commandPool);
  const redis = connectRedis(config.REDIS_URL, config.REDIS_COMMAND_TIMEOUT_MS, (error) => {
    log.debug({ err: error }, 'Redis does not answer');
  });
  const elasticsearch = createElasticsearch(config);

  const traces = await startTraces(config, 'wallet-api', log);
  const figures = createApiExposition(config, log, {
    depth: () => commands.depth(),
    pools: { commands: commandPool, reads: pool },
  });
  const { metrics } = figures;
  const monotonicMs = () => performance.now();
  const watch = { metrics, traces, monotonicMs };
  const locks = createWalletLocks(redis, {
    keyPrefix: config.REDIS_KEY_PREFIX,
    token: randomUUID(),
    lockTtlMs: config.LOCK_TTL_MS,
    breakerOpenMs: config.REDIS_BREAKER_OPEN_MS,
    onBypass: (reason) => {
      metrics.lockBypassed();
      log.debug({ err: reason }, 'went on without the wallet lock');
    },
    now: () => performance.now(),
  });
  const failpoints = failpointsOf(config.TEST_CRASH_POINT_FILE);
  const commands = createCommandPath(config, {
    ...failpoints,
    processId: randomUUID(),
    pool: watchStatements(commandPool, watch),
    locks: watchLocks(locks, watch),
    watchBatch: watchBatches(watch),
    onAppended: createWakeUpPublisher(redis, wakeUpChannel(config), (error) => {
      log.debug({ err: error }, 'no wake-up for the projections; they poll as well');
    }),
    onFailedAttempt: (failure, error) => {
      metrics.attemptFailed(failure);
      if (failure === 'conflict') log.debug({ err: error }, 'a batch lost to another process and runs again');
      else log.error({ err: error, failure }, 'a batch could not be committed');
    },
  });

  const temporal = connectRecoveries(config);

  const logRefusal = createRefusalLog(log);
  const api = createApi({
    ...failpoints,
    submit: watchSubmit(commands.submit, watch),
    refuses: commands.refuses,
    onUnavailable: (reason, request) => {
      metrics.commandRefused(reason);
      logRefusal(reason, request);
    },
    requestAnswered: metrics.requestAnswered,
    traces,
    monotonicMs,
    metrics: figures.exposition,
    commandCounts: metrics.commandCounts,
    version: describeVersion(config.GIT_COMMIT, schema, startedAt),
    pool,
    readModel: createReadModelQueries({
      elasticsearch,
      indexPrefix: config.ELASTICSEARCH_INDEX_PREFIX,
      timeoutMs: config.READ_TIMEOUT_MS,
    }),
    readModelAccess: createReadModelAccess({
      breakerOpenMs: config.READ_BREAKER_OPEN_MS,
      onFailure: (error) => {
        log.warn({ err: error }, 'the read model does not answer; reading from the event store');
      },
      monotonicMs,
    }),
    recoveries: temporal.recoveries,
    temporal: config,
    stopping,
    inspectParts: createPartInspection({
      pool,
      redis,
      elasticsearch,
      recoveries: temporal.recoveries,
      taskQueue: config.TEMPORAL_TASK_QUEUE,
    }),
    readiness: createApiReadiness({
      pool: commandPool,
      redis,
      elasticsearch,
      isStopping: () => stopping.aborted,
    }),
    newId: () => randomUUID(),
    pageSizeMax: config.PAGE_SIZE_MAX,
    minVersionWaitMaxMs: config.READ_MIN_VERSION_WAIT_MS,
    bodyBytesMax: config.REQUEST_BODY_BYTES_MAX,
    readsInFlightMax: config.READS_IN_FLIGHT_MAX,
    log,
  });
  const http = await startHttpServer(api.fetch, config);
  log.info({ address: http.server.address() }, 'server ready');

  // A stop that came during the start-up is heeded here, where everything is there to be taken down.
  await aborted(stopping);
  await http.stop(commands.close);
  redis.disconnect();
  await Promise.all([
    commandPool.end(),
    pool.end(),
    elasticsearch.close(),
    temporal.close(),
    figures.close(),
    traces?.close(),
  ]);
  log.info('server stopped');
}

main().catch((error: unknown) => {
  createLog('info', 'server').fatal({ err: error }, 'server failed');
  process.exit(1);
});
