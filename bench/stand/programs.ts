// The processes under load, as a deployment starts them: server/main.ts with its settings in the environment, and
// the ceiling, which is bench/ceilingServer.ts.
import { freePorts } from '../../stack/ports.ts';
import type { Program } from '../../stack/part.ts';
import { root } from '../../stack/paths.ts';
import type { Stack } from '../../stack/stack.ts';

const READY_WITHIN_MS = 60_000;
const READY_TIMEOUT_MS = 3_000;
// Longer than SHUTDOWN_GRACE_MS, after which a server ends by itself.
const STOP_WITHIN_MS = 20_000;

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
    REDIS_KEY_PREFIX: `${new URL(databaseUrl).pathname.slice(1)}:`,
    ELASTICSEARCH_URL: `http://127.0.0.1:${nobody}`,
    ...settings,
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
