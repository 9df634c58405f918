// The real processes of the system, started as a deployment starts them, on the stack of the test run and with a
// database, prefixes and ports of their own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Config } from '../src/config/config.ts';

export interface LaunchedProcess {
  readonly child: ChildProcess;
  /** Every line that it logged. */
  readonly lines: readonly string[];
  /** Sends the signal, waits for the end and tells its exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
  /** Resolves with the line that says it is ready; rejects where it ends before. */
  readonly ready: Promise<string>;
}

export interface SystemProcess extends LaunchedProcess {
  /** Base URL of what it listens on. */
  readonly url: string;
}

const root = path.resolve(import.meta.dirname, '..');
const startWithinMs = 60_000;

/** Starts `server` or `worker` and does not wait for it. */
export function launchProcess(program: 'server' | 'worker', config: Config): LaunchedProcess {
  const settings = Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]));
  const child = spawn(process.execPath, [path.join(root, program, 'main.ts')], {
    cwd: root,
    env: { PATH: process.env.PATH, ...settings, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const ended = once(child, 'exit');
  const ready = Promise.withResolvers<string>();
  // Whoever does not wait for it need not handle its end.
  ready.promise.catch(() => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line.includes(`"msg":"${program} ready"`)) ready.resolve(line);
  });
  ended.then(
    () => {
      ready.reject(new Error(`the ${program} ended before it was ready:\n${lines.join('\n')}`));
    },
    (error: unknown) => {
      ready.reject(error);
    },
  );
  return {
    child,
    lines,
    ready: ready.promise,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
      return child.exitCode;
    },
  };
}

/** Starts `server` or `worker` and resolves when it says that it is ready. */
export async function startProcess(program: 'server' | 'worker', config: Config): Promise<SystemProcess> {
  const launched = launchProcess(program, config);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`the ${program} was not ready in time:\n${launched.lines.join('\n')}`));
  }, startWithinMs);
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
