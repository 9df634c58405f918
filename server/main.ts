// Composition root of the API process. It reads the settings, connects, and wires the API. After a stop
// signal it closes everything in order. `main` is the order, and each part is wired below it.
import { randomUUID } from 'node:crypto';
import { createAccess } from '../src/access/access.ts';
import { followSuspensions, type Suspensions } from '../src/access/suspensions.ts';
import { createTenantExists, readSuspended } from '../src/access/tenants.ts';
import { createApi } from '../src/api/app.ts';
import { createDirectWay } from '../src/api/http/directRoutes.ts';
import type { ApiDeps } from '../src/api/deps.ts';
import { createReadModelAccess } from '../src/api/wallets/readModelAccess.ts';
import { createCommandPath } from '../src/commands/commandPath.ts';
import type { Handover } from '../src/commands/handover/startHandover.ts';
import { newOrderedId } from '../src/commands/orderedIds.ts';
import { createRecentVersions } from '../src/api/wallets/recentVersions.ts';
import type { CommandQueue } from '../src/commands/commandQueue.ts';
import { type Config, settingWarnings, readConfig } from '../src/config/config.ts';
import { followCommandIdSecret } from '../src/eventStore/commandIdCover.ts';
import { assertSchemaVersion } from '../src/eventStore/migrate.ts';
import { startReports } from '../src/eventStore/processReports.ts';
import { failpointsOf, type ReachFailpoint } from '../src/failpoints.ts';
import { conditions } from '../src/health/conditions/conditions.ts';
import { archiveSettingsAt } from '../src/archive/archiveTimes.ts';
import { createFactGatherer, type FactSources } from '../src/health/gatherFacts.ts';
import { createHealth } from '../src/health/health.ts';
import { createOwnFailures, type OwnFailures } from '../src/health/ownFailures.ts';
import { startHttpServer } from '../src/http/httpServer.ts';
import {
  createWakeUpPublisher,
  createWakeUps,
  type WakeUps,
  wakeUpChannel,
} from '../src/projections/drain/wakeUp.ts';
import { createReadModelQueries } from '../src/projections/readModel/readModelQueries.ts';
import { reachLoopbackDirectly } from '../src/loopbackDirect.ts';
import { startFailure } from '../src/startFailure.ts';
import { aborted, drainOnSignal, stopOnSignal } from '../src/stopSignal.ts';
import { connectRecoveries } from '../src/temporal/connectRecoveries.ts';
import { createLog, type Log } from '../src/telemetry/log.ts';
import { loggingReports } from '../src/telemetry/reportsLog.ts';
import { startTraces } from '../src/telemetry/startTraces.ts';
import { describeVersion } from '../src/telemetry/version.ts';
import { createApiExposition } from './apiExposition.ts';
import { createApiReadiness } from './apiReadiness.ts';
import { wireAccess } from './wireAccess.ts';
import { wireAudit } from './wireAudit.ts';
import { wireFeed } from './wireFeed.ts';
import { wireHandover } from './wireHandover.ts';
import { type LockWiring, wireLocks } from './wireLocks.ts';
import { wireRates } from './wireRates.ts';
import {
  type CommandWatch,
  createRefusalLog,
  runsAgain,
  watchBatches,
  watchLocks,
  watchStatements,
  watchSubmit,
} from './watchCommands.ts';
import { connectStores, type Stores } from './connectStores.ts';
import { createOutages, type Outages } from './watchOutages.ts';
import { wireWebhooks } from './wireWebhooks.ts';
import { wireSignIn } from './wireSignIn.ts';

/** About 10 MB with ids of usual length. Beyond that, recent writes are forgotten early. */
const recentWalletsMax = 50_000;

async function main(): Promise<void> {
  const startedAt = new Date();
  reachLoopbackDirectly(process.env);
  const config = readConfig(process.env);
  const log = createLog(config.LOG_LEVEL, 'server');
  for (const line of settingWarnings(process.env)) log.warn(line);
  const stopping = stopWithin(config.SHUTDOWN_NOTICE_MS + config.SHUTDOWN_GRACE_MS, log);
  const draining = drainOnSignal(stopping, () => {
    log.info('server draining: /readyz says 503, everything else goes on');
  });
  const outages = createOutages(log);
  const ownFailures = createOwnFailures(() => performance.now());
  const stores = connectStores(config, log, outages);
  const schema = await assertSchemaVersion(stores.commandPool);
  const processId = randomUUID();
  const reporting = { id: processId, kind: 'api' } as const;
  const reports = await startReports(stores.commandPool, reporting, loggingReports(log));
  const commandIdSecret = await followCommandIdSecret(stores.commandPool, (error) => {
    log.debug({ err: error }, 'the cover of command ids could not be read again');
  });
  const suspensions = await watchSuspensions(stores, stopping, log);
  const traces = await startTraces(config, 'wallet-api', log);
  const exposition = createApiExposition(config, log, {
    commands: () => commands,
    pools: { commands: stores.commandPool, reads: stores.tenantPool },
  });
  const watch = { metrics: exposition.metrics, traces, monotonicMs: () => performance.now() };
  const failpoints = failpointsOf(config.TEST_CRASH_POINT_FILE);
  const wiring = { config, log, stores, watch, outages, ownFailures, failpoints, processId };
  const { commands, commits } = wireCommands(wiring, commandIdSecret.current().secret);
  const access = createAccess(config, (error) => {
    log.debug({ err: error }, 'keys could not be watched');
  });
  const temporal = connectRecoveries(config, outages.temporal);
  const webhooks = wireWebhooks(config, watch.metrics.webhooks, log, stopping);
  const own = { recoveries: temporal.recoveries, ownFailures, webhookHeads: webhooks.heads };
  const health = wireHealth(config, stores, own, { stopping, draining });
  exposition.showHealth(health.health);
  const audit = wireAudit(config, log, stores.readPool);
  const { feed, commandIdCover } = wireFeed({ ...wiring, commits }, commandIdSecret.current);
  const api = createApi({
    ...audit.deps,
    webhooks: webhooks.webhooks,
    rates: wireRates({ config, log, redis: stores.redis, metrics: watch.metrics, ownFailures }),
    ...wireCommandRoutes(log, commands, watch, ownFailures),
    ...wireReads(config, outages, stores),
    ...health,
    metrics: exposition.exposition,
    commandCounts: exposition.metrics.commandCounts,
    ...wireAccess(config, log, stores.redis, access),
    signIn: config.ACCESS === 'open' ? undefined : wireSignIn({ config, access, pool: stores.readPool, log }),
    version: describeVersion(config.GIT_COMMIT, schema, startedAt),
    recoveries: temporal.recoveries,
    temporal: config,
    ...{ stopping, newId: () => newOrderedId() },
    ...{ feed, commandIdCover, suspensions, tenantExists: createTenantExists(stores.readPool) },
    corsOrigins: config.CORS_ORIGINS,
    bodyBytesMax: config.REQUEST_BODY_BYTES_MAX,
    log,
    ...failpoints,
  });
  const http = await startHttpServer(api.fetch, config, createDirectWay(api, log));
  log.info({ address: http.server.address() }, 'server ready');

  // A stop that came during the start-up takes effect here, because only now everything exists that has to be
  // closed.
  await aborted(stopping);
  await http.stop(commands.close);
  commandIdSecret.close();
  await Promise.all([feed.tail.close(), reports.close(), audit.close(), webhooks.close()]);
  await Promise.all([stores.close(), temporal.close(), exposition.close(), access.close(), traces?.close()]);
  log.info('server stopped');
}

/**
 * Aborted by the first stop signal. The process then exits with 1 after `graceMs`, if it has not ended by
 * itself.
 */
function stopWithin(graceMs: number, log: Log): AbortSignal {
  return stopOnSignal((signal) => {
    log.info({ signal }, 'server stopping');
    // Never cleared: no start-up, no work under way and no connection that hangs may outlive it.
    setTimeout(() => {
      log.error('the server did not end in time');
      process.exit(1);
    }, graceMs).unref();
  });
}

function watchSuspensions({ readPool }: Stores, stopping: AbortSignal, log: Log): Promise<Suspensions> {
  return followSuspensions({
    read: () => readSuspended(readPool),
    everyMs: 500,
    stopping,
    onFailure: (error) => {
      log.debug({ err: error }, 'the suspended tenants could not be read');
    },
  });
}

interface CommandWiring extends LockWiring {
  readonly failpoints: { readonly failpoint?: ReachFailpoint };
  readonly processId: string;
}

/** The command path, and the commits of this process. */
function wireCommands(
  wiring: CommandWiring,
  secret: Buffer,
): { readonly commands: Handover; readonly commits: WakeUps } {
  const { config, log, stores, watch, outages, ownFailures, failpoints, processId } = wiring;
  const { redis, commandPool } = stores;
  const locks = wireLocks(wiring);
  const wakeUp = createWakeUpPublisher(redis, wakeUpChannel(config), (error) => {
    log.debug({ err: error }, 'no wake-up for the projections; they poll as well');
  });
  const commits = createWakeUps();
  const onContention = () => {
    commands.noteContention();
  };
  const own = createCommandPath(config, {
    ...failpoints,
    processId,
    pool: watchStatements(commandPool, watch),
    locks: watchLocks(locks, watch, onContention),
    watchBatch: watchBatches(watch),
    onAppended: () => {
      ownFailures.committed();
      outages.postgres.worked();
      commits.notify();
      wakeUp();
    },
    onCacheAsked: watch.metrics.cacheAsked,
    onFailedAttempt: (failure, error) => {
      if (failure !== 'fenced') watch.metrics.attemptFailed(failure);
      if (runsAgain(log, failure, error)) return;
      ownFailures.commitFailed(error);
      // A fault is that of one statement. Anything else is an outage, which has a line when it begins.
      if (failure === 'fault') log.error({ err: error, failure }, 'a batch could not be committed');
      else outages.postgres.failed(error);
    },
  });
  const commands = wireHandover(own, { config, log, stores, metrics: watch.metrics, processId, secret });
  return { commands, commits };
}

function wireCommandRoutes(log: Log, commands: CommandQueue, watch: CommandWatch, ownFailures: OwnFailures) {
  const logRefusal = createRefusalLog(log);
  return {
    submit: watchSubmit(commands.submit, watch),
    refuses: commands.refuses,
    onUnavailable: (reason, request) => {
      watch.metrics.commandRefused(reason);
      ownFailures.commandRefused(reason);
      logRefusal(reason, request);
    },
    requestAnswered: watch.metrics.requestAnswered,
    traces: watch.traces,
    monotonicMs: watch.monotonicMs,
  } satisfies Partial<ApiDeps>;
}

function wireReads(config: Config, outages: Outages, { readPool, reads, elasticsearch }: Stores) {
  return {
    pool: readPool,
    reads,
    readModel: createReadModelQueries({
      elasticsearch,
      indexPrefix: config.ELASTICSEARCH_INDEX_PREFIX,
      timeoutMs: config.READ_TIMEOUT_MS,
    }),
    readModelAccess: createReadModelAccess({
      breakerOpenMs: config.READ_BREAKER_OPEN_MS,
      onFailure: outages.elasticsearch.failed,
      onAnswered: outages.elasticsearch.worked,
      monotonicMs: () => performance.now(),
    }),
    recentVersions: createRecentVersions({
      keptMs: config.READ_OWN_WRITES_MS,
      walletsMax: recentWalletsMax,
      monotonicMs: () => performance.now(),
    }),
    pageSizeMax: config.PAGE_SIZE_MAX,
    minVersionWaitMaxMs: config.READ_MIN_VERSION_WAIT_MS,
    readsInFlightMax: config.READS_IN_FLIGHT_MAX,
  } satisfies Partial<ApiDeps>;
}

function wireHealth(
  config: Config,
  { commandPool, readPool, redis, elasticsearch }: Stores,
  own: Pick<FactSources, 'recoveries' | 'ownFailures' | 'webhookHeads'>,
  { stopping, draining }: Readonly<Record<'stopping' | 'draining', AbortSignal>>,
) {
  return {
    archive: () => archiveSettingsAt(config, new Date()),
    health: createHealth({
      gather: createFactGatherer({ pool: readPool, redis, elasticsearch, config, ...own }),
      conditions,
      monotonicMs: () => performance.now(),
    }),
    readiness: createApiReadiness({
      pool: commandPool,
      redis,
      elasticsearch,
      isStopping: () => stopping.aborted,
      isDraining: () => draining.aborted,
    }),
  } satisfies Partial<ApiDeps>;
}

main().catch((error: unknown) => {
  const reason = startFailure(error);
  const log = createLog('info', 'server');
  if (reason === undefined) log.fatal({ err: error }, 'server failed');
  else log.fatal({ reason }, `server failed: ${reason}`);
  process.exit(1);
});
