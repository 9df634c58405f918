// The real processes of the system, started as a deployment starts them, on the stack of the test run and with a
// database, prefixes and ports of their own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Config } from '../../src/config.ts';

export interface SystemProcess {
  readonly child: ChildProcess;
  /** Base URL of what it listens on. */
  readonly url: string;
  /** Every line that it logged. */
  readonly lines: readonly string[];
  /** Sends the signal, waits for the end and tells its exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

const root = path.resolve(import.meta.dirname, '../..');
const startWithinMs = 60_000;

/** Starts `server` or `worker` and resolves when it says that it is ready. */
export async function startProcess(program: 'server' | 'worker', config: Config): Promise<SystemProcess> {
  const settings = Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]));
  const child = spawn(process.execPath, [path.join(root, program, 'main.ts')], {
    cwd: root,
    env: { PATH: process.env.PATH, ...settings, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const ended = once(child, 'exit');
  const address = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line.includes(`"msg":"${program} ready"`)) address.resolve(addressIn(line));
  });
  const timer = setTimeout(() => {
    address.reject(new Error(`the ${program} was not ready in time:\n${lines.join('\n')}`));
  }, startWithinMs);
  ended.then(
    () => {
      address.reject(new Error(`the ${program} ended before it was ready:\n${lines.join('\n')}`));
    },
    (error: unknown) => {
      address.reject(error);
    },
  );
  try {
    const url = await address.promise;
    return {
      child,
      url,
      lines,
      stop: async (signal = 'SIGTERM') => {
        if (child.exitCode === null && child.signalCode === null) child.kill(signal);
        await ended;
        return child.exitCode;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
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
