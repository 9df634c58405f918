// Runs the product's two processes, the API and the Temporal worker, on the addresses of the local stack.
// Migrations run first.
import { runToEnd } from './onPath.ts';
import { type Program, StackError, type Urls } from './part.ts';
import { given, root, type Environment } from './paths.ts';
import type { Ports } from './ports.ts';
import { readRole } from './postgresRoles.ts';

const READY_TIMEOUT_MS = 1_000;
const READY_WITHIN_MS = 120_000;
// Longer than a whole orderly stop: the shutdown notice, SHUTDOWN_GRACE_MS, and the closing of connections.
const STOP_WITHIN_MS = 35_000;

export interface ApplicationOptions {
  readonly urls: Urls;
  readonly ports: Ports;
  readonly environment: Environment;
  readonly apiKeyPeppers: string;
  readonly webhookSecretsKey: string;
  /** The processes ask for API keys. */
  readonly keys: boolean;
}

/** Open by default, because everything is on this machine. What the environment or an option says counts. */
export function asksForKeys(args: readonly string[], environment: Environment): boolean {
  const access = given(environment, 'ACCESS');
  const isAsked = args.includes('--keys');
  if (access === undefined) return isAsked;
  if (access !== 'keys' && access !== 'open')
    throw new StackError(`ACCESS must be keys or open, not "${access}".`);
  if (access === 'open' && isAsked)
    throw new StackError('ACCESS=open is set, so --keys has no effect: unset ACCESS, or leave --keys out.');
  return access === 'keys';
}

export async function migrate(options: ApplicationOptions, signal: AbortSignal): Promise<void> {
  await runToEnd(process.execPath, ['server/migrate.ts'], {
    directory: root,
    environment: environmentOf(options),
    signal,
  });
}

/** Makes the key of this installation, unless the file has it. Only this user can read the file. */
export async function ensureApiKey(
  options: ApplicationOptions,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  await runToEnd(
    process.execPath,
    ['server/keys.ts', 'create', '--name', 'local', '--operator', '--file', file],
    {
      directory: root,
      environment: { ...environmentOf(options), DATABASE_MIGRATION_URL: undefined },
      signal,
    },
  );
}

/** The processes by name, which are started side by side. */
export function applications(options: ApplicationOptions): readonly (readonly [string, Program])[] {
  const { ports, environment } = options;
  return [
    ['server', application(options, 'server', given(environment, 'HOST'), ports.api)],
    ['worker', application(options, 'worker', given(environment, 'WORKER_HOST'), ports.worker)],
  ];
}

function application(
  options: ApplicationOptions,
  folder: 'server' | 'worker',
  host: string | undefined,
  port: number,
): Program {
  const readyz = `http://${reachable(host)}:${port}/readyz`;
  return {
    command: process.execPath,
    args: [`${folder}/main.ts`],
    environment: { ...environmentOf(options), DATABASE_MIGRATION_URL: undefined },
    directory: root,
    stopSignal: 'SIGTERM',
    stopWithinMs: STOP_WITHIN_MS,
    readyWithinMs: READY_WITHIN_MS,
    isReady: async (signal) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
      return (await fetch(readyz, { signal: limit })).ok;
    },
  };
}

function environmentOf(options: ApplicationOptions): Environment {
  const { urls, ports, environment, apiKeyPeppers, webhookSecretsKey, keys } = options;
  // A PostgreSQL of somebody else has no such role, unless its owner says so.
  const own = given(environment, 'DATABASE_URL') === undefined ? { DATABASE_READ_ROLE: readRole } : {};
  return {
    ...own,
    ...environment,
    ...urls,
    ACCESS: keys ? 'keys' : 'open',
    API_KEY_PEPPERS: given(environment, 'API_KEY_PEPPERS') ?? apiKeyPeppers,
    WEBHOOK_SECRETS_KEY: given(environment, 'WEBHOOK_SECRETS_KEY') ?? webhookSecretsKey,
    API_KEY_KIND: given(environment, 'API_KEY_KIND') ?? 'test',
    PORT: String(ports.api),
    WORKER_PORT: String(ports.worker),
  };
}

// A process that listens on all addresses is reached through the loopback address.
function reachable(host: string | undefined): string {
  return host === undefined || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}
