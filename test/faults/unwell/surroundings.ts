// Starts what the two installations need. The first has its own PostgreSQL and Redis, and a proxy in front of
// Elasticsearch. The second has its own Temporal. The parts that they share stay well.
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client as Elasticsearch } from '@elastic/elasticsearch';
import { Redis } from 'ioredis';
import { Client as Postgres, Pool } from 'pg';
import { type Config, readConfig } from '../../../src/config/config.ts';
import { migrate } from '../../../src/eventStore/migrate.ts';
import { withClient } from '../../../harness/databases.ts';
import { freshStackOptions, withoutAddresses } from '../../../harness/environment.ts';
import { forwardTo, type Proxy, throughPort } from '../../../harness/proxy/proxy.ts';
import { onPath } from '../../../stack/onPath.ts';
import type { PartName } from '../../../stack/part.ts';
import { cacheDirOf } from '../../../stack/paths.ts';
import { startStack, type Stack } from '../../../stack/stack.ts';
import { serviceRole } from '../../../stack/postgresRoles.ts';
import { startOwnPostgres } from '../../support/ownPostgres.ts';
import { startTestReceiver } from '../../support/webhookLane.ts';
import { startInstallation } from './installation.ts';
import { prepareSmallDisk } from './smallDisk.ts';
import type { StoreSurroundings } from './storeWays.ts';
import type { WorkSurroundings } from './workWays.ts';

/** Parts that nobody makes unwell. */
export interface SharedParts {
  readonly databaseUrl: string;
  /** The same database for its superuser. */
  readonly adminDatabaseUrl: string;
  /** Another migrated database. */
  readonly otherDatabaseUrl: string;
  readonly redisUrl: string;
  readonly elasticsearchUrl: string;
  readonly temporalAddress: string;
}

type Closings = AsyncDisposableStack;

const limits = {
  ACCESS: 'open',
  LOG_LEVEL: 'info',
  PORT: '0',
  WORKER_PORT: '0',
  SHUTDOWN_NOTICE_MS: '0',
  DRAIN_INTERVAL_S: '2',
  DRAIN_BUDGET_MS: '5000',
};

function configOf(name: string, urls: Readonly<Record<string, string>>): Config {
  return readConfig({
    ...limits,
    ...urls,
    REDIS_KEY_PREFIX: `${name}:`,
    ELASTICSEARCH_INDEX_PREFIX: `${name}-`,
    TEMPORAL_TASK_QUEUE: name,
    SCHEDULE_ID_PREFIX: `${name}-`,
  });
}

/** The installation whose stores become unwell. */
export async function startStoreSurroundings(
  shared: SharedParts,
  name: string,
  closings: Closings,
): Promise<StoreSurroundings> {
  const [own, stack, passage] = await Promise.all([
    startOwnPostgres(`${name}-postgres`),
    startParts(name, ['redis'], closings),
    startPassage(shared.elasticsearchUrl, closings),
  ]);
  closings.defer(own.close);
  await withClient(own.migrationUrl, (client) => migrate(client, serviceRole));
  const postgres = await connectAsSuperuser(own.url);
  const disk = await prepareSmallDisk(
    postgres.client(),
    own.varDir,
    path.join(own.varDir, 'postgres', 'cluster'),
  );
  closings.defer(async () => {
    await postgres.end();
    await own.stop();
    await disk.close();
  });
  const redis = new Redis(stack.adminUrls.REDIS_URL, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  const elasticsearch = new Elasticsearch({ node: shared.elasticsearchUrl });
  closings.defer(async () => {
    redis.disconnect();
    await elasticsearch.close();
  });
  const config = configOf(name, {
    DATABASE_URL: own.serviceUrl,
    REDIS_URL: stack.urls.REDIS_URL,
    ELASTICSEARCH_URL: throughPort(shared.elasticsearchUrl, passage.port),
    TEMPORAL_ADDRESS: shared.temporalAddress,
  });
  const environment = { REDIS_URL: stack.adminUrls.REDIS_URL, DATABASE_URL: own.url };
  const tools = { folders: await toolFolders(), environment };
  const installation = await startInstallation(config, tools, closings);
  return {
    ...{ installation, redis, elasticsearch, passage, smallDisk: disk },
    postgres: { query: (text: string) => postgres.client().query(text) },
    restartPostgres: {
      stop: async () => {
        await postgres.end();
        await own.stop();
      },
      start: async () => {
        await own.start();
        await postgres.connect();
      },
    },
    restartRedis: partControls(stack, 'redis'),
    redisAsCluster: async (isCluster) => {
      const { stop, start } = partControls(stack, 'redis');
      const dir = path.join(stack.varDir, 'redis');
      const file = path.join(dir, 'redis.conf');
      const line = 'cluster-enabled yes\n';
      await stop();
      const text = await readFile(file, 'utf8');
      await writeFile(file, isCluster ? `${text}${line}` : text.replace(line, ''));
      await start();
    },
  };
}

/** The installation whose work stands still. */
export async function startWorkSurroundings(
  shared: SharedParts,
  name: string,
  closings: Closings,
): Promise<WorkSurroundings> {
  const stack = await startParts(name, ['temporal'], closings);
  const config = configOf(name, {
    DATABASE_URL: shared.databaseUrl,
    REDIS_URL: shared.redisUrl,
    ELASTICSEARCH_URL: shared.elasticsearchUrl,
    TEMPORAL_ADDRESS: stack.urls.TEMPORAL_ADDRESS,
    WEBHOOK_SECRETS_KEY: randomBytes(32).toString('base64'),
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
  });
  const receiver = await startTestReceiver();
  closings.defer(receiver.close);
  const tools = { folders: await toolFolders(), environment: {} };
  const installation = await startInstallation(config, tools, closings);
  const pool = new Pool({ connectionString: shared.adminDatabaseUrl, max: 2 });
  pool.on('error', () => undefined);
  closings.defer(() => pool.end());
  return {
    ...{ installation, pool, receiver, frozen: [], foreign: [] },
    otherConfig: { ...config, DATABASE_URL: shared.otherDatabaseUrl },
    restartTemporal: {
      ...partControls(stack, 'temporal'),
      empty: () => emptyFolder(path.join(stack.varDir, 'temporal')),
    },
  };
}

type StartedStack = Stack & { readonly varDir: string };

async function startParts(
  name: string,
  parts: readonly PartName[],
  closings: Closings,
): Promise<StartedStack> {
  const environment = withoutAddresses(process.env);
  const options = await freshStackOptions(`${name}-stack`, environment, () => undefined);
  closings.defer(() => rm(options.varDir, { recursive: true, force: true }));
  const { signal } = new AbortController();
  const stack = await startStack({ ...options, parts, signal });
  closings.defer(stack.close);
  return { ...stack, varDir: options.varDir };
}

function partControls({ supervisor }: Stack, part: PartName) {
  return { stop: () => supervisor.stop(part), start: () => supervisor.start(part) };
}

async function startPassage(url: string, closings: Closings) {
  let proxy: Proxy | undefined = await forwardTo(url);
  const { port } = proxy;
  const stop = async () => {
    await proxy?.close();
    proxy = undefined;
  };
  closings.defer(stop);
  return {
    ...{ port, stop },
    start: async () => {
      proxy = await forwardTo(url, port);
    },
  };
}

async function connectAsSuperuser(url: string) {
  let client: Postgres;
  const connect = async () => {
    client = new Postgres({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
  };
  await connect();
  return { connect, client: () => client, end: () => client.end() };
}

async function emptyFolder(dir: string): Promise<void> {
  for (const name of await readdir(dir)) await rm(path.join(dir, name), { recursive: true, force: true });
}

/** Folders of `temporal` and `redis-cli`, which the stack has obtained, unless they are on PATH. */
async function toolFolders(): Promise<readonly string[]> {
  const cacheDir = cacheDirOf(process.env);
  const missing = ['temporal', 'redis-cli'].filter((name) => onPath(name, process.env) === undefined);
  const kept = await readdir(cacheDir).catch(() => []);
  return kept
    .filter((name) => missing.some((tool) => name.startsWith(tool === 'temporal' ? 'temporal' : 'redis')))
    .map((name) => path.join(cacheDir, name));
}
