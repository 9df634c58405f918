// Starts the local stack: checks everything that could prevent a start, starts the chosen parts side by
// side, and returns their addresses. `npm start`, `npm test` and the tests of the stack all use it.
import { mkdir, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { controlPath, serveControls } from './control.ts';
import { guardPort, hiddenAddress, type GuardedPort } from './guardedPort.ts';
import {
  StackError,
  partNames,
  type AdminUrls,
  type Part,
  type Ground,
  type PartName,
  type Site,
  type Urls,
} from './part.ts';
import { adminUrlsOf, isExternal, parts as allParts, urlsOf } from './parts.ts';
import { cacheDirOf, given, type Environment } from './paths.ts';
import { takenPorts, type PortName, type Ports } from './ports.ts';
import { closeOldFiles, makePrivate } from './privateFolder.ts';
import type { Progress } from './progress.ts';
import { ensureSecrets } from './secrets.ts';
import { claimState } from './state.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';
import { startWatchdog } from './watchdog.ts';

const DISK_FREE_MIN_BYTES = 1_073_741_824;
const EXTERNAL_CONNECT_TIMEOUT_MS = 5_000;

export interface StackOptions {
  /** The parts of this stack. A part with an address in the environment is used and not started. */
  readonly parts: readonly PartName[];
  readonly varDir: string;
  readonly ports: Ports;
  /** Other ports that must be free. */
  readonly reserve?: readonly PortName[];
  readonly environment: Environment;
  /** Variables that PostgreSQL gets besides. */
  readonly postgresEnvironment?: Environment;
  readonly progress: Progress;
  /** Abandons the start. */
  readonly signal: AbortSignal;
  /** Makes the stop kill instead of wait. */
  readonly hurry?: AbortSignal;
  readonly diskFreeMinBytes?: number;
  /**
   * Starts a dead process again and says so. Tests and benches leave it out, because a death falsifies
   * them.
   */
  readonly sayRestart?: (line: string) => void;
}

export interface Stack {
  readonly urls: Urls;
  /** Addresses with all rights, for tests. The service never gets them. */
  readonly adminUrls: AdminUrls;
  /** For the hashes of API keys of this installation. */
  readonly apiKeyPeppers: string;
  /** For the stored secrets of webhooks of this installation. */
  readonly webhookSecretsKey: string;
  readonly supervisor: Supervisor;
  /** Stops everything and releases the folder. */
  readonly close: () => Promise<void>;
}

/** Throws StackError if something is missing or a part does not start. Then nothing is left running. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { environment, ports, varDir, progress } = options;
  const wanted = partNames.filter((name) => options.parts.includes(name)).map((name) => allParts[name]);
  const own = wanted.filter((part) => !isExternal(part, environment));
  const external = wanted.filter((part) => isExternal(part, environment));
  makePrivate(varDir);
  const secrets = ensureSecrets(varDir);
  const urls = urlsOf(ports, environment, secrets);
  const control = controlPath(varDir);
  const published = { control, urls: { ...urls, API_URL: `http://127.0.0.1:${ports.api}` } };
  const stateFile = await claimState(varDir, { ...published, processes: {} });

  const watchdog = startWatchdog();
  // If one part fails, the others are abandoned, so that nothing is obtained or started after the error.
  const giveUp = new AbortController();
  const signal = AbortSignal.any([options.signal, giveUp.signal]);
  const supervisor = createSupervisor({
    logDir: path.join(varDir, 'log'),
    watchdog,
    onChange,
    signal,
    ...(options.sayRestart && { sayRestart: options.sayRestart }),
  });
  let stopControls = () => Promise.resolve();
  let guard: GuardedPort | undefined;
  const uiInner = await hiddenAddress();

  function onChange(): void {
    stateFile.write({ ...published, processes: supervisor.processes() });
  }

  async function close(): Promise<void> {
    await stopControls();
    await guard?.close();
    await supervisor.stopAll(options.hurry ?? new AbortController().signal);
    watchdog.close();
    stateFile.release();
  }

  async function startPart(part: Part): Promise<void> {
    const site: Site = { ...siteOf(part.name, options, signal), uiInner, secrets };
    const program = await part.prepare(site);
    signal.throwIfAborted();
    const startedAt = performance.now();
    await supervisor.launch({ name: part.name, rank: 'part', program });
    progress.say(`${part.name}: ready after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  }

  try {
    await refuseObstacles(own, external, options, signal);
    stopControls = await serveControls(control, supervisor);
    closeOldFiles(varDir);
    if (own.includes(allParts.temporal)) guard = await guardPort(ports.temporalUi, uiInner);
    await allSettledOrFirstError(
      own.map((part) => startPart(part)),
      () => {
        giveUp.abort();
      },
    );
    signal.throwIfAborted();
  } catch (error) {
    giveUp.abort();
    await close();
    throw error;
  }
  const { apiKeyPeppers, webhookSecretsKey } = secrets;
  const adminUrls = adminUrlsOf(ports, environment, secrets);
  return { urls, adminUrls, apiKeyPeppers, webhookSecretsKey, supervisor, close };
}

function siteOf(name: PartName, options: StackOptions, signal: AbortSignal): Ground {
  const { environment, postgresEnvironment, ports, progress, varDir } = options;
  return {
    port: ports[name],
    dataDir: path.join(varDir, name),
    cacheDir: cacheDirOf(environment),
    environment: name === 'postgres' ? { ...environment, ...postgresEnvironment } : environment,
    progress,
    signal,
  };
}

/** Reports everything that prevents a start, all at once, before anything is obtained or started. */
async function refuseObstacles(
  own: readonly Part[],
  external: readonly Part[],
  options: StackOptions,
  signal: AbortSignal,
): Promise<void> {
  const names: PortName[] = own.map((part) => part.name);
  if (names.includes('temporal')) names.push('temporalUi');
  const found = await Promise.all([
    takenPorts([...names, ...(options.reserve ?? [])], options.ports),
    lackOfSpace(options),
    ...own.map((part) => part.lacks(siteOf(part.name, options, signal))),
    ...external.map((part) => unreachable(part, options.environment)),
  ]);
  const obstacles = found.flat();
  if (obstacles.length > 0) throw new StackError(obstacles.join('\n'));
}

async function lackOfSpace(options: StackOptions): Promise<readonly string[]> {
  const needed = options.diskFreeMinBytes ?? DISK_FREE_MIN_BYTES;
  const folders = [
    { folder: options.varDir, variable: 'WALLET_VAR_DIR' },
    { folder: cacheDirOf(options.environment), variable: 'WALLET_CACHE_DIR' },
  ];
  const sentences: string[] = [];
  for (const { folder, variable } of folders) {
    await mkdir(folder, { recursive: true });
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize >= needed) continue;
    const megabytes = (bytes: number) => `${Math.floor(bytes / 1_048_576)} MiB`;
    sentences.push(
      `Only ${megabytes(bavail * bsize)} of disk space are free for ${folder}, ${megabytes(needed)} are needed; free some or set ${variable} to a folder elsewhere.`,
    );
  }
  return sentences;
}

async function unreachable(part: Part, environment: Environment): Promise<readonly string[]> {
  const address = given(environment, part.urlVariable) ?? '';
  const url = URL.parse(address.includes('://') ? address : `tcp://${address}`);
  const sentence = `${part.urlVariable} is set, so ${part.name} is not started`;
  if (url === null) return [`${sentence}, but its value is no address.`];
  const standardPorts: Readonly<Record<string, number>> = {
    'postgres:': 5_432,
    'postgresql:': 5_432,
    'redis:': 6_379,
    'rediss:': 6_379,
    'http:': 80,
    'https:': 443,
  };
  const port = url.port === '' ? (standardPorts[url.protocol] ?? 0) : Number(url.port);
  if (await accepts(url.hostname.replace(/^\[|\]$/g, ''), port)) return [];
  return [
    `${sentence}, but nothing answers at ${url.hostname}:${port}; start it or unset ${part.urlVariable}.`,
  ];
}

async function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: EXTERNAL_CONNECT_TIMEOUT_MS });
    const finish = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', finish(true));
    socket.once('timeout', finish(false));
    socket.once('error', finish(false));
  });
}

/** Waits for all. The first failure calls `giveUp` and is thrown after the others have ended. */
async function allSettledOrFirstError(work: readonly Promise<void>[], giveUp: () => void): Promise<void> {
  let first: { readonly error: unknown } | undefined;
  await Promise.all(
    work.map((promise) =>
      promise.catch((error: unknown) => {
        first ??= { error };
        giveUp();
      }),
    ),
  );
  if (first !== undefined) throw first.error;
}
