// Starts API and worker processes as a deployment starts them: the program with its settings in the
// environment. Benches, faults and tests all start their processes here. Each process gets its settings from
// its caller alone.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../src/config/config.ts';
import { identify } from '../stack/identity.ts';
import { root } from '../stack/paths.ts';
import type { Watchdog } from '../stack/watchdog.ts';

/** A process takes no setting from this one, but finds the same programs and the same compiled code. */
export const surroundings = {
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
};

const readyWithinMs = 60_000;
const readyPollMs = 50;
const readyTimeoutMs = 3_000;
const linesKeptMax = 10_000;

export interface ProgramOptions {
  readonly name: string;
  /** Relative to the repository, as `server/main.ts`. */
  readonly file: string;
  /** The folder of another release, if the program is not of this one. */
  readonly release?: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Modules that are loaded before the program. */
  readonly preloads?: readonly URL[];
  /** Kills the process if this one dies. Errors then go to `lines` too, instead of to this process's own. */
  readonly watchdog?: Watchdog;
  readonly onLine?: (line: string) => void;
}

export interface LaunchedProcess {
  readonly child: ChildProcess;
  /** Its last lines of log. */
  readonly lines: readonly string[];
  /** Resolves with the log line that says it is ready. Rejects if it ends first. */
  readonly ready: Promise<string>;
  /** The signal or the exit code with which it ends. */
  readonly ended: Promise<NodeJS.Signals | number>;
  /** Sends the signal and waits for the end. Gives the exit code, or null if a signal ended it. */
  readonly stop: (signal?: NodeJS.Signals, killAfterMs?: number) => Promise<number | null>;
}

export interface SystemProcess extends LaunchedProcess {
  /** Base URL at which it listens. */
  readonly url: string;
}

/** Starts a program and does not wait for it. */
export function launchProgram(options: ProgramOptions): LaunchedProcess {
  const { name, file, release = root, settings, preloads = [], watchdog, onLine } = options;
  const imports = preloads.map(({ href }) => `--import=${href}`);
  const child = spawn(process.execPath, [...imports, path.join(release, file)], {
    cwd: release,
    env: { ...surroundings, ...settings },
    stdio: ['ignore', 'pipe', watchdog === undefined ? 'inherit' : 'pipe'],
    detached: watchdog !== undefined,
  });
  const pid = child.pid ?? 0;
  watchdog?.add({ ...(identify(pid) ?? { pid, startedAt: '' }), stopSignal: 'SIGKILL' });
  const lines: string[] = [];
  const ready = Promise.withResolvers<string>();
  // A caller that does not wait for `ready` need not handle its rejection.
  ready.promise.catch(() => undefined);
  const keep = (line: string) => {
    onLine?.(line);
    lines.push(line);
    if (lines.length > linesKeptMax) lines.shift();
    if (/"msg":"(server|worker) ready"/.test(line)) ready.resolve(line);
  };
  for (const output of [child.stdout, child.stderr])
    if (output !== null) createInterface({ input: output }).on('line', keep);
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => {
    watchdog?.remove(pid);
    ready.reject(new Error(`the ${name} ended before it was ready:\n${lines.join('\n')}`));
    return (signal ?? code) as NodeJS.Signals | number;
  });
  ended.catch((error: unknown) => {
    ready.reject(error);
  });
  return { child, lines, ready: ready.promise, ended, stop: (...how) => stop(child, ended, ...how) };
}

async function stop(
  child: ChildProcess,
  ended: Promise<unknown>,
  signal: NodeJS.Signals = 'SIGTERM',
  killAfterMs?: number,
): Promise<number | null> {
  const isRunning = child.exitCode === null && child.signalCode === null;
  if (isRunning) child.kill(signal);
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  await ended;
  clearTimeout(timer);
  return child.exitCode;
}

/** Starts a program and waits until `readyUrl` answers: at LOG_LEVEL=warn no line says that it is ready. */
export async function startProgram(
  options: ProgramOptions & { readonly readyUrl: string },
): Promise<LaunchedProcess> {
  const launched = launchProgram(options);
  const end = new AbortController();
  launched.ready.catch((error: unknown) => {
    end.abort(error);
  });
  try {
    await untilAnswering(options.readyUrl, AbortSignal.any([end.signal, AbortSignal.timeout(readyWithinMs)]));
  } catch (error) {
    launched.child.kill('SIGKILL');
    throw new Error(`${options.name} did not become ready:\n${launched.lines.join('\n')}`, { cause: error });
  }
  return launched;
}

async function untilAnswering(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(readyTimeoutMs)]);
    // Until it listens each connection is refused.
    const answer = await fetch(url, { signal: limit }).catch(() => undefined);
    if (answer?.ok === true) return;
    await pause(readyPollMs, undefined, { signal });
  }
}

/** Of the workers that `launchProcess` started. Their schedules outlive them. */
export const schedulePrefixes = new Set<string>();

/** Runs of tests name a file here, with the workflows for all their workers. */
const { TEST_WORKFLOW_BUNDLE } = process.env;
const readyBundle = new URL('../test/faults/readyBundle.ts', import.meta.url);

/** Starts `server` or `worker` and does not wait for it. */
export function launchProcess(
  program: 'server' | 'worker',
  { OIDC_ROLES, WEBHOOK_SECRETS_KEY, ...config }: Config,
): LaunchedProcess {
  const settings = Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]));
  const roles = OIDC_ROLES.map(({ role, group }) => `${role}=${group}`).join(';');
  if (program === 'worker') schedulePrefixes.add(config.SCHEDULE_ID_PREFIX);
  const isBundled = program === 'worker' && TEST_WORKFLOW_BUNDLE !== undefined;
  return launchProgram({
    name: program,
    file: `${program}/main.ts`,
    preloads: isBundled ? [readyBundle] : [],
    settings: {
      ...(isBundled && { TEST_WORKFLOW_BUNDLE }),
      ...settings,
      OIDC_ROLES: roles,
      WEBHOOK_SECRETS_KEY: WEBHOOK_SECRETS_KEY.map((key) => key.toString('base64')).join(','),
      LOG_LEVEL: 'info',
    },
  });
}

/** Starts `server` or `worker` and resolves as soon as it says that it is ready. */
export async function startProcess(program: 'server' | 'worker', config: Config): Promise<SystemProcess> {
  const launched = launchProcess(program, config);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`the ${program} was not ready in time:\n${launched.lines.join('\n')}`));
  }, readyWithinMs);
  try {
    return { ...launched, url: addressIn(await Promise.race([launched.ready, late.promise])) };
  } catch (error) {
    launched.child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** `http://127.0.0.1:port` from the line with which a process says that it listens. */
function addressIn(line: string): string {
  const match = /"port":(\d+)/.exec(line);
  if (match?.[1] === undefined) throw new Error(`no port in ${line}`);
  return `http://127.0.0.1:${match[1]}`;
}
