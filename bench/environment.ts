// The environment of a benchmark: a stack with seeded databases, and the processes under load. They are
// started as a deployment starts them, with LOG_LEVEL=warn. The ceiling and the synchronous API are programs
// of the benchmarks.
import {
  type Environment,
  type RunningProcess,
  settingsOf,
  withEnvironment,
} from '../harness/environment.ts';
import { nameOfDatabase, withClient } from '../harness/databases.ts';
import { accessSettings, addHarnessKey } from '../harness/keys.ts';
import type { PartName } from '../stack/part.ts';
import { freePorts } from '../stack/ports.ts';
import { createDatabases, type Databases } from './database/databases.ts';
import type { SetClock } from './year/setClock.ts';

export interface BenchEnvironment extends Environment {
  readonly databases: Databases;
  /** True if the processes ask for keys. Every load sends one anyway. */
  readonly keys: boolean;
  /** The clock of PostgreSQL and the processes, if the benchmark sets it. */
  readonly clock?: SetClock;
}

export interface BenchProcess extends RunningProcess {
  readonly url: string;
}

export type Settings = Readonly<Record<string, string>>;

export function withBenchEnvironment<T>(
  parts: readonly PartName[],
  keys: boolean,
  work: (environment: BenchEnvironment) => Promise<T>,
  clock?: SetClock,
): Promise<T> {
  return withEnvironment(
    'bench',
    parts,
    (environment) =>
      work({
        ...environment,
        ...{ keys, databases: createDatabases(environment.stack.adminUrls.DATABASE_URL) },
        ...(clock === undefined ? {} : { clock }),
      }),
    clock?.postgresEnvironment,
  );
}

/** The API on that database. Nothing listens at its address of Elasticsearch, because no command needs it. */
export async function launchApi(
  environment: BenchEnvironment,
  databaseUrl: string,
  settings: Settings = {},
): Promise<BenchProcess> {
  const { urls } = environment.stack;
  const [nobody = 0] = await freePorts(1);
  return launch(environment, 'api', 'server/main.ts', '/readyz', {
    DATABASE_URL: databaseUrl,
    REDIS_URL: urls.REDIS_URL,
    REDIS_KEY_PREFIX: `${nameOfDatabase(databaseUrl)}:`,
    ELASTICSEARCH_URL: `http://127.0.0.1:${nobody}`,
    ...settings,
  });
}

/** The worker on that database. The ids of its workflows begin with the database's name. */
export function launchWorker(
  environment: BenchEnvironment,
  databaseUrl: string,
  settings: Settings = {},
): Promise<BenchProcess> {
  const own = { ...projectionSettings(environment, databaseUrl), ...settings };
  return launch(environment, 'worker', 'worker/main.ts', '/readyz', own);
}

/**
 * Settings that an API and a worker on one database share. They keep them apart from those of another
 * database.
 */
export function projectionSettings({ stack }: BenchEnvironment, databaseUrl: string): Settings {
  return settingsOf(stack.urls, databaseUrl, nameOfDatabase(databaseUrl));
}

/** The API that writes read model and ledger before it answers: bench/projections/syncServer.ts. */
export function launchSyncApi(environment: BenchEnvironment, databaseUrl: string): Promise<BenchProcess> {
  const settings = projectionSettings(environment, databaseUrl);
  return launch(environment, 'sync-api', 'bench/projections/syncServer.ts', '/', settings);
}

export function launchCeiling(environment: BenchEnvironment): Promise<BenchProcess> {
  return launch(environment, 'ceiling', 'bench/ceilingServer.ts', '/', {});
}

async function launch(
  environment: BenchEnvironment,
  name: string,
  file: string,
  readyPath: string,
  settings: Settings,
): Promise<BenchProcess> {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const { DATABASE_URL } = settings;
  if (environment.keys && DATABASE_URL !== undefined) await withClient(DATABASE_URL, addHarnessKey);
  const listening = {
    ...accessSettings(environment.keys),
    PORT: String(port),
    WORKER_PORT: String(port),
    LOG_LEVEL: 'warn',
  };
  const clocked = environment.clock?.processOf(name);
  const running = await environment.launch({
    ...{ name, file, readyUrl: url + readyPath, preloads: clocked?.preloads ?? [] },
    settings: { ...listening, ...clocked?.settings, ...settings },
  });
  return { ...running, url };
}
