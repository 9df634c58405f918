// The environment in which faults are injected: a local stack with every part, three API and two worker
// processes, and a proxy in front of each part. The processes reach the parts through the proxies alone. The
// checker has connections that no fault of a proxy touches.
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { withClient } from '../../harness/databases.ts';
import { freshStackOptions, withoutAddresses } from '../../harness/environment.ts';
import { webhookSettings } from '../../harness/feed/webhookReceiver.ts';
import { accessSettings, addHarnessKey } from '../../harness/keys.ts';
import { launchProgram } from '../../harness/processes.ts';
import {
  type Proxy,
  type Random,
  startProxy,
  type Target,
  targetOf,
  throughPort,
} from '../../harness/proxy/proxy.ts';
import { migrate } from '../../src/eventStore/migrate.ts';
import { partNames, StackError, type Urls } from '../../stack/part.ts';
import { root } from '../../stack/paths.ts';
import { serviceRole } from '../../stack/postgresRoles.ts';
import { freePorts } from '../../stack/ports.ts';
import { startStack, type Stack } from '../../stack/stack.ts';
import { startWatchdog } from '../../stack/watchdog.ts';
import { whole } from '../../harness/random.ts';
import { ensureBundle } from '../../harness/workflowBundle.ts';
import { type BulkFaults, startBulkFaults } from './bulkFaults.ts';
import { type Consumers, createConsumers } from './consumers/consumers.ts';
import { connectDirectly, type DirectConnections } from './directConnections.ts';
import { createRestartableProcess, type RestartableProcess } from './restartableProcess.ts';

export type ProxiedPart = 'postgres' | 'redis' | 'elasticsearch' | 'temporal' | 'api';

export interface FaultEnvironment extends DirectConnections {
  readonly stack: Stack;
  readonly apis: readonly RestartableProcess[];
  readonly workers: readonly RestartableProcess[];
  /** The proxies in front of the parts. `api` takes the API processes in turn, by connection. */
  readonly proxies: Readonly<Record<ProxiedPart, Proxy>>;
  /**
   * Puts errors that Elasticsearch itself may answer into its real replies. It sits behind
   * `proxies.elasticsearch`.
   */
  readonly bulkFaults: BulkFaults;
  /** Readers of the feed and receivers of webhooks. They wait for their start. */
  readonly consumers: Consumers;
  /** The API through its proxy. */
  readonly apiUrl: string;
  readonly redisKeyPrefix: string;
  readonly indexPrefix: string;
  /** The folders of the releases that run: this one, and another one if it was given. */
  readonly releases: readonly string[];
  /** Ends of processes that no fault asked for. Each is a finding. */
  readonly deaths: readonly string[];
  /**
   * Ends every fault: proxies pass, parts run, frozen processes go on, clocks are right, dead processes start
   * again.
   */
  readonly heal: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface FaultEnvironmentOptions {
  readonly random: Random;
  readonly say: (line: string) => void;
  /** Gives the start up. */
  readonly signal: AbortSignal;
  /** The folder of another release, whose processes run beside those of this one. */
  readonly beside?: string | undefined;
  /** The processes ask for API keys. Every client sends one anyway. */
  readonly keys?: boolean;
}

const apiCount = 3;
const workerCount = 2;
const endpointsMax = 10;
const prefix = 'faults-';

/** Short limits, so that a fault and its consequences take less than a second. */
const settingsOfProcesses = {
  LOG_LEVEL: 'info',
  SHUTDOWN_NOTICE_MS: '0',
  DATABASE_CONNECT_TIMEOUT_MS: '1000',
  DATABASE_STATEMENT_TIMEOUT_MS: '900',
  LOCK_TTL_MS: '1000',
  LOCK_WAIT_MAX_MS: '300',
  // A history has few commands at once. All of them are handed over, as those of a busy process are.
  COMMAND_HANDOVER_COUNT_MIN: '1',
  REDIS_BREAKER_OPEN_MS: '200',
  ELASTICSEARCH_TIMEOUT_MS: '1000',
  READ_TIMEOUT_MS: '300',
  READ_BREAKER_OPEN_MS: '200',
  DRAIN_INTERVAL_S: '2',
  DRAIN_BUDGET_MS: '5000',
  REDIS_KEY_PREFIX: prefix,
  ELASTICSEARCH_INDEX_PREFIX: prefix,
};

/** Elasticsearch is started a hundred times. It starts fastest if Java uses only its first compiler. */
const quickJava = { JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1' };

/** Starts everything. If one thing does not start, takes everything down again. */
export async function startFaultEnvironment(options: FaultEnvironmentOptions): Promise<FaultEnvironment> {
  const { random, say, signal, beside, keys = false } = options;
  const seedOfConsumers = whole(random, 2 ** 31);
  const releases = beside === undefined ? [root] : [root, beside];
  const environment = { ...withoutAddresses(process.env), ...quickJava };
  const stackOptions = await freshStackOptions('faults', environment, say);
  const { varDir } = stackOptions;
  await using closings = new AsyncDisposableStack();
  closings.defer(() => rm(varDir, { recursive: true, force: true }));

  const stack = await startStack({ ...stackOptions, parts: partNames, signal });
  closings.defer(stack.close);
  const direct = await connectDirectly({ ...stack.urls, ...stack.adminUrls }, closings);
  const urls = await migrateAll(stack, beside);
  if (keys) await withClient(urls.DATABASE_URL, addHarnessKey);
  const bulkFaults = await startBulkFaults(stack.urls.ELASTICSEARCH_URL, random);
  closings.defer(bulkFaults.close);
  const ports = await freePorts(apiCount + workerCount);
  const proxies = await startProxies(urls, bulkFaults.port, ports.slice(0, apiCount), random, closings);
  const deaths: string[] = [];
  const processes = await prepareProcesses(
    varDir,
    releases,
    ports,
    { ...accessSettings(keys), ...webhookSettings(endpointsMax), ...settingsThrough(proxies, urls) },
    deaths,
    closings,
  );
  await Promise.all(processes.map((each) => each.restart()));
  const apiUrl = `http://127.0.0.1:${proxies.api.port}`;
  const consumers = createConsumers({ url: apiUrl, seed: seedOfConsumers, ...direct });
  closings.defer(consumers.close);
  say('faults: every process is ready');

  const owned = closings.move();
  return {
    ...{ stack, releases, proxies, bulkFaults, deaths, redisKeyPrefix: prefix, indexPrefix: prefix },
    ...direct,
    ...{ apiUrl, consumers },
    apis: processes.slice(0, apiCount),
    workers: processes.slice(apiCount),
    heal: async () => {
      for (const proxy of Object.values(proxies)) proxy.heal();
      bulkFaults.heal();
      // A fault that failed half-way may have left a part down.
      for (const name of partNames)
        if (stack.supervisor.processes()[name] === undefined) await stack.supervisor.start(name);
      await Promise.all(processes.map(healProcess));
    },
    close: () => owned.disposeAsync(),
  };
}

/**
 * Migrates as an installation does, and returns the URLs of the processes. Beside another release, that one
 * migrates first, so that this one finds its tables. Its service may have the role that migrates, so both do.
 */
async function migrateAll({ urls }: Stack, beside: string | undefined): Promise<Urls> {
  const { DATABASE_MIGRATION_URL = urls.DATABASE_URL } = urls;
  if (beside === undefined) {
    await withClient(DATABASE_MIGRATION_URL, (client) => migrate(client, serviceRole));
    return urls;
  }
  const owned = { ...urls, DATABASE_URL: DATABASE_MIGRATION_URL };
  const settings = { ...settingsOfProcesses, DATABASE_URL: DATABASE_MIGRATION_URL };
  const migration = launchProgram({
    name: 'migration of the other release',
    file: 'server/migrate.ts',
    release: beside,
    settings,
  });
  const how = await migration.ended;
  if (how !== 0) throw new StackError(`The other release can't migrate: ${migration.lines.join(' ')}`);
  await withClient(DATABASE_MIGRATION_URL, migrate);
  return owned;
}

async function healProcess(each: RestartableProcess): Promise<void> {
  await each.exclusively(async () => {
    each.kill('SIGCONT');
    each.failpoint.disarm();
    await rm(each.clockFile, { force: true });
    if (each.alive()) each.kill('SIGWINCH');
    else await each.restart();
  });
}

async function startProxies(
  urls: Urls,
  elasticsearchPort: number,
  apiPorts: readonly number[],
  random: Random,
  closings: AsyncDisposableStack,
): Promise<Readonly<Record<ProxiedPart, Proxy>>> {
  const local = (port: number): Target => ({ host: '127.0.0.1', port });
  const targets: Record<ProxiedPart, readonly Target[]> = {
    postgres: [targetOf(urls.DATABASE_URL)],
    redis: [targetOf(urls.REDIS_URL)],
    elasticsearch: [local(elasticsearchPort)],
    temporal: [targetOf(`tcp://${urls.TEMPORAL_ADDRESS}`)],
    api: apiPorts.map(local),
  };
  const proxies = {} as Record<ProxiedPart, Proxy>;
  for (const part of Object.keys(targets) as ProxiedPart[]) {
    proxies[part] = await startProxy(targets[part], random);
    closings.defer(proxies[part].close);
  }
  return proxies;
}

function settingsThrough(
  proxies: Readonly<Record<ProxiedPart, Proxy>>,
  urls: Urls,
): Readonly<Record<string, string>> {
  return {
    ...settingsOfProcesses,
    DATABASE_URL: throughPort(urls.DATABASE_URL, proxies.postgres.port),
    REDIS_URL: throughPort(urls.REDIS_URL, proxies.redis.port),
    ELASTICSEARCH_URL: throughPort(urls.ELASTICSEARCH_URL, proxies.elasticsearch.port),
    TEMPORAL_ADDRESS: `127.0.0.1:${proxies.temporal.port}`,
  };
}

async function prepareProcesses(
  varDir: string,
  releases: readonly string[],
  ports: readonly number[],
  settings: Readonly<Record<string, string>>,
  deaths: string[],
  closings: AsyncDisposableStack,
): Promise<readonly RestartableProcess[]> {
  const watchdog = startWatchdog();
  closings.defer(() => {
    watchdog.close();
  });
  const dir = path.join(varDir, 'processes');
  await mkdir(dir, { recursive: true });
  const bundles = new Map<string, string>();
  // An upgrade begins with the older processes, so the other release comes first.
  for (const release of releases.toReversed()) bundles.set(release, await bundleWorkflows(dir, release));
  const processes = ports.map((port, at) => {
    const program = at < apiCount ? 'server' : 'worker';
    const own = { [program === 'server' ? 'PORT' : 'WORKER_PORT']: String(port) };
    return createRestartableProcess({
      ...{ program, port, dir, watchdog, bundles },
      name: program === 'server' ? `api-${at + 1}` : `worker-${at - apiCount + 1}`,
      onDeath: (notice) => deaths.push(notice),
      settings: { ...settings, ...own },
    });
  });
  closings.defer(async () => {
    await Promise.all(processes.map((each) => each.stop()));
  });
  return processes;
}

/** Bundles the workflows of a release once, as each of its workers would at its start. Gives the file. */
async function bundleWorkflows(dir: string, release: string): Promise<string> {
  const file = path.join(dir, `workflows-${path.basename(release)}.js`);
  await ensureBundle(file, {
    workflowsPath: path.join(release, 'src/workflows/index.ts'),
    workflowInterceptorModules: [path.join(release, 'src/workflows/foreignInput.ts')],
  });
  return file;
}
