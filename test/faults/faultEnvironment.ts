// Where faults are injected: a local stack of its own with every part, three API and two worker processes as a
// deployment runs them, and a proxy in front of each part, through which alone the processes reach it. The checker
// has connections of its own that no fault of a proxy touches.
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { Client as Elasticsearch } from '@elastic/elasticsearch';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { migrate } from '../../src/eventStore/migrate.ts';
import { createElasticsearch } from '../../src/projections/readModel/elasticsearch.ts';
import { partNames, type Urls } from '../../stack/part.ts';
import { root } from '../../stack/paths.ts';
import { freePorts, portNames, type Ports } from '../../stack/ports.ts';
import { createProgress } from '../../stack/progress.ts';
import { startStack, type Stack } from '../../stack/stack.ts';
import { startWatchdog, type Watchdog } from '../../stack/watchdog.ts';
import { type BulkFaults, startBulkFaults } from './bulkFaults.ts';
import { createSystemProcess, type SystemProcess } from './restartableProcess.ts';
import { type FaultProxy, type Random, startFaultProxy, type Target } from '../../harness/proxy.ts';

export type ApiProcess = SystemProcess;
export type WorkerProcess = SystemProcess;
export type ProxiedPart = 'postgres' | 'redis' | 'elasticsearch' | 'temporal' | 'api';

export interface Stand {
  readonly stack: Stack;
  readonly apis: readonly ApiProcess[];
  readonly workers: readonly WorkerProcess[];
  /** What the processes and the clients go through. `api` takes the API processes in turn, by connection. */
  readonly proxies: Readonly<Record<ProxiedPart, FaultProxy>>;
  /** What Elasticsearch itself may answer, put into its real replies; behind `proxies.elasticsearch`. */
  readonly bulkFaults: BulkFaults;
  readonly urls: Urls & {
    /** The API through its proxy. */
    readonly api: string;
  };
  /** Settings that all processes share. */
  readonly settings: Readonly<Record<string, string>>;
  /** Not through a proxy, like everything below. Breaks when PostgreSQL is killed: ask again. */
  readonly database: Pool;
  readonly redis: Redis;
  readonly elasticsearch: Elasticsearch;
  readonly temporal: TemporalClient;
  readonly redisKeyPrefix: string;
  readonly indexPrefix: string;
  /** Ends of processes that no strike asked for: each is a finding. */
  readonly deaths: readonly string[];
  /** Ends every fault: proxies pass, parts run, frozen processes go on, dead ones and those with a wrong clock start again. */
  readonly calm: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface StandOptions {
  readonly random: Random;
  readonly say: (line: string) => void;
  /** Gives the start up. */
  readonly signal?: AbortSignal;
  readonly apis?: number;
  readonly workers?: number;
  /** More settings of the processes, or others than the stand's. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Short limits, so that a fault and what follows it take less than a second. */
const settingsOfProcesses = {
  LOG_LEVEL: 'info',
  SHUTDOWN_NOTICE_MS: '0',
  DATABASE_CONNECT_TIMEOUT_MS: '1000',
  DATABASE_STATEMENT_TIMEOUT_MS: '900',
  LOCK_TTL_MS: '1000',
  LOCK_WAIT_MAX_MS: '300',
  REDIS_BREAKER_OPEN_MS: '200',
  ELASTICSEARCH_TIMEOUT_MS: '1000',
  READ_TIMEOUT_MS: '300',
  READ_BREAKER_OPEN_MS: '200',
  DRAIN_INTERVAL_S: '2',
  DRAIN_BUDGET_MS: '5000',
};

/** Elasticsearch is started a hundred times: code that is compiled a little runs soonest. */
const quickJava = { JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1' };

/** Starts everything, and takes everything down again where something does not start. */
export async function startStand(options: StandOptions): Promise<Stand> {
  const { random, say, apis = 3, workers = 2, signal = new AbortController().signal } = options;
  const varDir = path.join(root, 'var', `faults-${process.pid}-${randomBytes(3).toString('hex')}`);
  await using closings = new AsyncDisposableStack();
  closings.defer(() => rm(varDir, { recursive: true, force: true }));

  const stack = await startStack({
    parts: partNames,
    varDir,
    ports: await anyPorts(),
    environment: { ...withoutAddresses(process.env), ...quickJava },
    progress: createProgress(say),
    signal,
  });
  closings.defer(stack.close);
  const prefix = 'faults-';
  const direct = await connectDirectly(stack.urls, closings);
  await migrateAt(stack.urls.DATABASE_URL);

  const bulkFaults = await startBulkFaults(stack.urls.ELASTICSEARCH_URL, random);
  closings.defer(bulkFaults.close);
  const [...ports] = await freePorts(apis + workers);
  const targets: Record<ProxiedPart, readonly Target[]> = {
    postgres: [addressOf(stack.urls.DATABASE_URL)],
    redis: [addressOf(stack.urls.REDIS_URL)],
    elasticsearch: [{ host: '127.0.0.1', port: bulkFaults.port }],
    temporal: [addressOf(`tcp://${stack.urls.TEMPORAL_ADDRESS}`)],
    api: ports.slice(0, apis).map((port) => ({ host: '127.0.0.1', port })),
  };
  const proxies = {} as Record<ProxiedPart, FaultProxy>;
  for (const part of Object.keys(targets) as ProxiedPart[]) {
    proxies[part] = await startFaultProxy(targets[part], random);
    closings.defer(proxies[part].close);
  }
  const settings = {
    ...settingsOfProcesses,
    DATABASE_URL: throughProxy(stack.urls.DATABASE_URL, proxies.postgres),
    REDIS_URL: throughProxy(stack.urls.REDIS_URL, proxies.redis),
    ELASTICSEARCH_URL: `http://127.0.0.1:${proxies.elasticsearch.port}`,
    TEMPORAL_ADDRESS: `127.0.0.1:${proxies.temporal.port}`,
    REDIS_KEY_PREFIX: prefix,
    ELASTICSEARCH_INDEX_PREFIX: prefix,
    ...options.settings,
  };

  const watchdog: Watchdog = startWatchdog();
  closings.defer(() => {
    watchdog.close();
  });
  const dir = path.join(varDir, 'processes');
  await mkdir(dir, { recursive: true });
  const bundle = await bundleWorkflows(dir);
  const deaths: string[] = [];
  const processes = ports.map((port, at) => {
    const program = at < apis ? 'server' : 'worker';
    const name = program === 'server' ? `api-${at + 1}` : `worker-${at - apis + 1}`;
    const own = { [program === 'server' ? 'PORT' : 'WORKER_PORT']: String(port) };
    const onDeath = (notice: string) => deaths.push(notice);
    return createSystemProcess({
      ...{ name, program, port, dir, watchdog, onDeath },
      preloads: program === 'worker' ? ['readyBundle.ts'] : [],
      settings: { ...settings, ...own, TEST_WORKFLOW_BUNDLE: bundle },
    });
  });
  closings.defer(async () => {
    await Promise.all(processes.map((each) => each.stop()));
  });
  await Promise.all(processes.map((each) => each.restart()));
  say('faults: every process is ready');

  const owned = closings.move();
  return {
    stack,
    apis: processes.slice(0, apis),
    workers: processes.slice(apis),
    proxies,
    bulkFaults,
    urls: { ...stack.urls, api: `http://127.0.0.1:${proxies.api.port}` },
    settings,
    ...direct,
    redisKeyPrefix: prefix,
    indexPrefix: prefix,
    deaths,
    calm: async () => {
      for (const proxy of Object.values(proxies)) proxy.cure();
      bulkFaults.cure();
      // A strike that failed half-way may have left a part down.
      for (const name of partNames)
        if (stack.supervisor.processes()[name] === undefined) await stack.supervisor.start(name);
      await Promise.all(
        processes.map((each) =>
          each.exclusively(async () => {
            each.kill('SIGCONT');
            each.failpoint.disarm();
            await rm(each.clockFile, { force: true });
            if (each.alive()) each.kill('SIGUSR2');
            else await each.restart();
          }),
        ),
      );
    },
    close: () => owned.disposeAsync(),
  };
}

/** What each worker would bundle at its start. Gives the file. */
async function bundleWorkflows(dir: string): Promise<string> {
  const file = path.join(dir, 'workflows.js');
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(root, 'src/workflows/index.ts'),
    logger: new DefaultLogger('WARN'),
  });
  await writeFile(file, code);
  return file;
}

async function connectDirectly(urls: Urls, closings: AsyncDisposableStack) {
  const database = new Pool({ connectionString: urls.DATABASE_URL, max: 8, connectionTimeoutMillis: 5_000 });
  // PostgreSQL is killed on purpose: a query in hand tells who waits for it, and an idle connection is replaced.
  database.on('error', () => undefined);
  database.on('connect', (client) => client.on('error', () => undefined));
  closings.defer(() => database.end());
  const redis = new Redis(urls.REDIS_URL, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  closings.defer(() => {
    redis.disconnect();
  });
  const elasticsearch = createElasticsearch({
    ELASTICSEARCH_URL: urls.ELASTICSEARCH_URL,
    ELASTICSEARCH_TIMEOUT_MS: 10_000,
  });
  closings.defer(() => elasticsearch.close());
  const connection = await Connection.connect({ address: urls.TEMPORAL_ADDRESS });
  closings.defer(() => connection.close());
  return { database, redis, elasticsearch, temporal: new TemporalClient({ connection }) };
}

async function migrateAt(url: string): Promise<void> {
  const pool = new Pool({ connectionString: url, max: 1 });
  const client = await pool.connect();
  try {
    await migrate(client);
  } finally {
    client.release();
    await pool.end();
  }
}

/** An address in the environment may be somebody's real part; faults strike only our own. */
function withoutAddresses(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const addresses = ['DATABASE_URL', 'REDIS_URL', 'ELASTICSEARCH_URL', 'TEMPORAL_ADDRESS'];
  return { ...environment, ...Object.fromEntries(addresses.map((name) => [name, undefined])) };
}

async function anyPorts(): Promise<Ports> {
  const free = await freePorts(portNames.length);
  return Object.fromEntries(portNames.map((name, at) => [name, free[at]])) as Ports;
}

function addressOf(url: string): Target {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

function throughProxy(url: string, { port }: FaultProxy): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}
