// The processes under load, as a deployment starts them: server/main.ts with its settings in the environment, and
// the ceiling, which is bench/ceilingServer.ts.
import { freePorts } from '../stack/ports.ts';
import type { Program } from '../stack/part.ts';
import { root } from '../stack/paths.ts';
import type { Stack } from '../stack/stack.ts';

const READY_WITHIN_MS = 60_000;
const READY_TIMEOUT_MS = 3_000;
// Longer than SHUTDOWN_NOTICE_MS and SHUTDOWN_GRACE_MS, after which a server ends by itself.
const STOP_WITHIN_MS = 30_000;

export interface BenchProcess {
  readonly name: string;
  readonly url: string;
  readonly pid: () => number;
  readonly stop: () => Promise<void>;
}

export type Settings = Readonly<Record<string, string>>;

let launched = 0;

/** The API on that database. Nothing listens at the address of Elasticsearch, because no command asks it. */
export async function launchApi(
  stack: Stack,
  databaseUrl: string,
  settings: Settings = {},
): Promise<BenchProcess> {
  const [port = 0, nobody = 0] = await freePorts(2);
  return launch(stack, 'api', 'server/main.ts', port, '/readyz', {
    LOG_LEVEL: 'warn',
    DATABASE_URL: databaseUrl,
    REDIS_URL: stack.urls.REDIS_URL,
    REDIS_KEY_PREFIX: `${databaseNameOf(databaseUrl)}:`,
    ELASTICSEARCH_URL: `http://127.0.0.1:${nobody}`,
    ...settings,
  });
}

/** The worker on that database and with those settings; its workflows stand under ids of the database's name. */
export async function launchWorker(
  stack: Stack,
  databaseUrl: string,
  settings: Settings = {},
): Promise<BenchProcess> {
  const [port = 0] = await freePorts(1);
  return launch(stack, 'worker', 'worker/main.ts', port, '/readyz', {
    ...projectionSettings(stack, databaseUrl),
    LOG_LEVEL: 'warn',
    WORKER_PORT: String(port),
    ...settings,
  });
}

/** What an API and a worker on one database share, apart from those of another database on the same stack. */
export function projectionSettings(stack: Stack, databaseUrl: string): Settings {
  const name = databaseNameOf(databaseUrl);
  return {
    DATABASE_URL: databaseUrl,
    REDIS_URL: stack.urls.REDIS_URL,
    REDIS_KEY_PREFIX: `${name}:`,
    ELASTICSEARCH_URL: stack.urls.ELASTICSEARCH_URL,
    ELASTICSEARCH_INDEX_PREFIX: `${name}-`,
    TEMPORAL_ADDRESS: stack.urls.TEMPORAL_ADDRESS,
    TEMPORAL_TASK_QUEUE: name,
    SCHEDULE_ID_PREFIX: `${name}-`,
  };
}

export function databaseNameOf(databaseUrl: string): string {
  return new URL(databaseUrl).pathname.slice(1);
}

/** The API that writes read model and ledger before it answers: bench/projections/syncServer.ts. */
export async function launchSyncApi(stack: Stack, databaseUrl: string): Promise<BenchProcess> {
  const [port = 0] = await freePorts(1);
  return launch(stack, 'sync-api', 'bench/projections/syncServer.ts', port, '/', {
    ...projectionSettings(stack, databaseUrl),
    LOG_LEVEL: 'warn',
  });
}

export async function launchCeiling(stack: Stack): Promise<BenchProcess> {
  const [port = 0] = await freePorts(1);
  return launch(stack, 'ceiling', 'bench/ceilingServer.ts', port, '/', {});
}

async function launch(
  stack: Stack,
  kind: string,
  file: string,
  port: number,
  readyPath: string,
  settings: Settings,
): Promise<BenchProcess> {
  launched += 1;
  const name = `${kind}-${launched}`;
  const url = `http://127.0.0.1:${port}`;
  const program: Program = {
    command: process.execPath,
    args: [file],
    environment: { PATH: process.env.PATH, PORT: String(port), ...settings },
    directory: root,
    stopSignal: 'SIGTERM',
    stopWithinMs: STOP_WITHIN_MS,
    readyWithinMs: READY_WITHIN_MS,
    isReady: async (signal) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
      return (await fetch(url + readyPath, { signal: limit })).ok;
    },
  };
  await stack.supervisor.launch({ name, rank: 'application', program });
  return {
    name,
    url,
    pid: () => stack.supervisor.processes()[name]?.pid ?? 0,
    stop: () => stack.supervisor.stop(name),
  };
}
