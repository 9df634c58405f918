// One process of the system under faults: started as a deployment starts it, at an address that stays the same over
// its restarts, killed and frozen at will. An end that nobody here asked for is remembered, because it is a finding.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { identify } from '../../stack/identity.ts';
import { root } from '../../stack/paths.ts';
import type { Watchdog } from '../../stack/watchdog.ts';

/** Starting is tried again this long: a process ends at once where PostgreSQL is away. */
const startWithinMs = 90_000;
const startPauseMs = 100;
const linesKeptMax = 50;

export interface SystemProcess {
  readonly name: string;
  readonly program: 'server' | 'worker';
  /** Base URL of what it listens on, not through a proxy. */
  readonly url: string;
  readonly pid: () => number;
  readonly alive: () => boolean;
  /** Sends the signal; false where the process is gone. */
  readonly kill: (signal: NodeJS.Signals) => boolean;
  /** The signal or the exit code with which the process that runs now ends. */
  readonly ended: () => Promise<NodeJS.Signals | number>;
  /** Kills it where it lives, starts it, and waits until it is ready. */
  readonly restart: () => Promise<void>;
  /** The same while the strike goes on elsewhere; it is held until then. */
  readonly restartMeanwhile: () => void;
  /** One strike at a time: runs `work` when those before it are done. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  /** Where the shift of its clock stands; SIGUSR2 makes it look, and write its time to `<file>.seen`. */
  readonly clockFile: string;
  /** Whether a strike has it now. */
  readonly isHeld: () => boolean;
  readonly failpoint: FailpointFile;
  /** Its last lines of log. */
  readonly lines: () => readonly string[];
  /** SIGTERM, and what it then ends with. */
  readonly stop: () => Promise<NodeJS.Signals | number>;
}

export interface Armed {
  readonly point: string;
  /** The how manieth passage from now on is struck; 1 is the next. */
  readonly passage: number;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

/** The file through which a process is told where to stop for ever, and says that it got there. */
export interface FailpointFile {
  readonly file: string;
  readonly arm: (armed: Armed) => void;
  /** True once the process has said that it is at the point. */
  readonly isReached: () => boolean;
  readonly disarm: () => void;
}

export interface ProcessOptions {
  readonly name: string;
  readonly program: 'server' | 'worker';
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  /** Modules of this folder that are loaded before the program. */
  readonly preloads: readonly string[];
  readonly dir: string;
  readonly watchdog: Watchdog;
  /** Hears of every end that was not asked for. */
  readonly onDeath: (notice: string) => void;
}

/** Prepares the process; `restart` starts it. */
export function createSystemProcess(options: ProcessOptions): SystemProcess {
  const { name, program, port, settings, preloads, dir, watchdog, onDeath } = options;
  const failpoint = createFailpointFile(path.join(dir, `${name}.crash`));
  const clockFile = path.join(dir, `${name}.clock`);
  const imports = ['compileCache.ts', 'shiftedClock.ts', ...preloads].map(
    (module) => `--import=${new URL(module, import.meta.url).href}`,
  );
  const logFile = path.join(dir, `${name}.log`);
  const lines: string[] = [];
  let child: ChildProcess | undefined;
  let ended: Promise<NodeJS.Signals | number> = Promise.resolve(0);
  let isWanted = false;
  let turn: Promise<unknown> = Promise.resolve();
  let held = 0;

  const alive = () => child?.exitCode === null && child.signalCode === null;

  function kill(signal: NodeJS.Signals): boolean {
    if (child === undefined || !alive()) return false;
    if (signal === 'SIGKILL' || signal === 'SIGTERM') isWanted = true;
    return child.kill(signal);
  }

  /** Resolves with true when it is ready, and with false when it ended before. */
  async function start(): Promise<boolean> {
    const started = spawn(process.execPath, [...imports, path.join(root, program, 'main.ts')], {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        ...settings,
        TEST_CRASH_POINT_FILE: failpoint.file,
        TEST_CLOCK_FILE: clockFile,
        TEST_COMPILE_CACHE: path.join(dir, 'compiled'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    await once(started, 'spawn');
    child = started;
    isWanted = false;
    lines.length = 0;
    const pid = started.pid ?? 0;
    watchdog.add({ ...(identify(pid) ?? { pid, startedAt: '' }), stopSignal: 'SIGKILL' });
    const ready = Promise.withResolvers<boolean>();
    const keep = (line: string) => {
      appendFileSync(logFile, `${line}\n`);
      lines.push(line);
      if (lines.length > linesKeptMax) lines.shift();
      if (line.includes(`"msg":"${program} ready"`)) ready.resolve(true);
    };
    createInterface({ input: started.stdout }).on('line', keep);
    createInterface({ input: started.stderr }).on('line', keep);
    let wasReady = false;
    ended = once(started, 'exit').then(([code, signal]: unknown[]) => {
      watchdog.remove(pid);
      ready.resolve(false);
      const how = (signal ?? code) as NodeJS.Signals | number;
      const isOurs = isWanted || failpoint.isReached();
      if (wasReady && !isOurs) onDeath(`${name} ended with ${how}:\n  ${lines.slice(-10).join('\n  ')}`);
      return how;
    });
    wasReady = await ready.promise;
    return wasReady;
  }

  async function restart(): Promise<void> {
    kill('SIGKILL');
    await ended;
    failpoint.disarm();
    const deadline = performance.now() + startWithinMs;
    while (!(await start())) {
      if (performance.now() > deadline) {
        throw new Error(`${name} does not start:\n  ${lines.slice(-10).join('\n  ')}`);
      }
      await pause(startPauseMs);
    }
  }

  async function exclusively<T>(work: () => Promise<T>): Promise<T> {
    held += 1;
    const mine = turn.then(work).finally(() => {
      held -= 1;
    });
    turn = mine.catch(() => undefined);
    return mine;
  }

  return {
    name,
    program,
    url: `http://127.0.0.1:${port}`,
    pid: () => child?.pid ?? 0,
    alive,
    kill,
    ended: () => ended,
    restart,
    restartMeanwhile: () => {
      exclusively(restart).catch((error: unknown) => {
        onDeath(String(error));
      });
    },
    exclusively,
    clockFile,
    isHeld: () => held > 0,
    failpoint,
    lines: () => lines,
    stop: async () => {
      kill('SIGCONT');
      kill('SIGTERM');
      return ended;
    },
  };
}

function createFailpointFile(file: string): FailpointFile {
  const reached = `${file}.reached`;
  let armings = 0;
  return {
    file,
    arm: (armed) => {
      rmSync(reached, { force: true });
      armings += 1;
      // In one step, so that a process never reads half of it.
      writeFileSync(`${file}.new`, JSON.stringify({ ...armed, arming: armings }));
      renameSync(`${file}.new`, file);
    },
    isReached: () => existsSync(reached),
    disarm: () => {
      rmSync(file, { force: true });
      rmSync(reached, { force: true });
    },
  };
}
