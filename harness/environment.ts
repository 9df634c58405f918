// Starts a separate local stack, on free ports and with a new data folder. Benches, faults and planted
// bugs run on it. However the work ends, the stack is stopped and its folder removed.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { type PartName, StackError, type Urls } from '../stack/part.ts';
import { type Environment as Variables, root } from '../stack/paths.ts';
import { freePorts, portNames, type Ports } from '../stack/ports.ts';
import { createProgress, type Progress } from '../stack/progress.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { startWatchdog } from '../stack/watchdog.ts';
import { accessSettings } from './keys.ts';
import { type LaunchedProcess, type ProgramOptions, startProgram } from './processes.ts';

/**
 * One Ctrl-C arrives twice: from the terminal and again through npm. A second Ctrl-C comes later than this.
 */
const sameRequestMs = 500;
/** Longer than SHUTDOWN_NOTICE_MS plus SHUTDOWN_GRACE_MS, after which the processes end by themselves. */
const stopWithinMs = 30_000;

export interface Environment {
  readonly stack: Stack;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** Starts a process and waits for it. If it ends before it is stopped, the whole work fails. */
  readonly launch: (options: Launch) => Promise<RunningProcess>;
}

type Launch = Pick<ProgramOptions, 'name' | 'file' | 'settings' | 'preloads'> & {
  /** The process is ready as soon as this URL answers 200. */
  readonly readyUrl: string;
};

export interface RunningProcess {
  readonly name: string;
  readonly pid: () => number;
  /** Resolves with the signal or exit code of its end, which is wanted from now on and fails nothing. */
  readonly letEnd: () => Promise<NodeJS.Signals | number>;
  readonly stop: () => Promise<void>;
}

/**
 * Runs `work` and takes everything down. Throws the error of `work`, or StackError if a process dies.
 * `postgresEnvironment` holds variables that PostgreSQL gets besides.
 */
export async function withEnvironment<T>(
  name: string,
  parts: readonly PartName[],
  work: (environment: Environment) => Promise<T>,
  postgresEnvironment: Variables = {},
): Promise<T> {
  const { stop, hurry } = listenToSignals('Stopped before the end; nothing is written.');
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const options = await freshStackOptions(name, withoutAddresses(process.env), say);
  let stack: Stack | undefined;
  const processes = createProcesses();
  try {
    stack = await startStack({ ...options, parts, postgresEnvironment, signal: stop, hurry });
    const environment: Environment = { stack, signal: stop, say, launch: processes.launch };
    return await Promise.race([
      work(environment),
      failWith(Promise.race([stack.supervisor.died, processes.died])),
      rejectOnAbort(stop),
    ]);
  } finally {
    await processes.stopAll(hurry);
    await stack?.close();
    await rm(options.varDir, { recursive: true, force: true });
  }
}

/** A new data folder and free ports for one more stack on this machine. */
export async function freshStackOptions(
  name: string,
  environment: Variables,
  say: (line: string) => void,
): Promise<{ varDir: string; ports: Ports; environment: Variables; progress: Progress }> {
  const free = await freePorts(portNames.length);
  return {
    varDir: path.join(root, 'var', `${name}-${process.pid}`),
    ports: Object.fromEntries(portNames.map((port, at) => [port, free[at]])) as Ports,
    environment,
    progress: createProgress(say),
  };
}

/**
 * An address in the environment may be somebody's real store. Benches and faults may only touch their own.
 */
export function withoutAddresses(environment: Variables): Variables {
  const addresses: readonly (keyof Urls)[] = [
    'DATABASE_URL',
    'DATABASE_MIGRATION_URL',
    'REDIS_URL',
    'ELASTICSEARCH_URL',
    'TEMPORAL_ADDRESS',
  ];
  return { ...environment, ...Object.fromEntries(addresses.map((address) => [address, undefined])) };
}

/** All settings that keep the processes of one database apart from those of another on the same stack. */
export function settingsOf(urls: Urls, databaseUrl: string, name: string): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: databaseUrl,
    REDIS_URL: urls.REDIS_URL,
    ...accessSettings(false),
    REDIS_KEY_PREFIX: `${name}:`,
    ELASTICSEARCH_URL: urls.ELASTICSEARCH_URL,
    ELASTICSEARCH_INDEX_PREFIX: `${name}-`,
    TEMPORAL_ADDRESS: urls.TEMPORAL_ADDRESS,
    TEMPORAL_TASK_QUEUE: name,
    SCHEDULE_ID_PREFIX: `${name}-`,
  };
}

/** `stop` is aborted by the first signal with `sentence`, `hurry` by a second one. */
export function listenToSignals(sentence: string): {
  readonly stop: AbortSignal;
  readonly hurry: AbortSignal;
} {
  const stop = new AbortController();
  const hurry = new AbortController();
  let askedAt: number | undefined;
  const ask = () => {
    askedAt ??= performance.now();
    if (!stop.signal.aborted) stop.abort(new StackError(sentence));
    else if (performance.now() - askedAt > sameRequestMs) hurry.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
  // The launcher is gone, and with it the terminal that could have stopped us.
  process.on('disconnect', ask);
  process.channel?.unref();
  return { stop: stop.signal, hurry: hurry.signal };
}

function createProcesses() {
  const watchdog = startWatchdog();
  const death = Promise.withResolvers<string>();
  const running = new Map<string, LaunchedProcess>();
  const mayEnd = new Set<string>();
  let launched = 0;

  async function stop(name: string): Promise<void> {
    const found = running.get(name);
    running.delete(name);
    await found?.stop('SIGTERM', stopWithinMs);
  }

  return {
    died: death.promise,
    launch: async ({ readyUrl, ...options }: Launch): Promise<RunningProcess> => {
      launched += 1;
      const name = `${options.name}-${launched}`;
      const program = await startProgram({ ...options, name, watchdog, readyUrl });
      running.set(name, program);
      void program.ended.then((how) => {
        if (running.has(name) && !mayEnd.has(name))
          death.resolve(`${name} ended unexpectedly with ${how}:\n${program.lines.slice(-12).join('\n')}`);
      });
      const letEnd = async () => {
        mayEnd.add(name);
        const how = await program.ended;
        running.delete(name);
        return how;
      };
      return { name, pid: () => program.child.pid ?? 0, letEnd, stop: () => stop(name) };
    },
    /** A process that still runs when `hurry` is aborted is killed. */
    stopAll: async (hurry: AbortSignal) => {
      const all = [...running.values()];
      const killAll = () => {
        for (const { child } of all) child.kill('SIGKILL');
      };
      const stopped = Promise.all([...running.keys()].map(stop));
      if (hurry.aborted) killAll();
      hurry.addEventListener('abort', killAll);
      await stopped;
      watchdog.close();
    },
  };
}

async function failWith(notice: Promise<string>): Promise<never> {
  throw new StackError(await notice);
}

async function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}
