// One process of the system under faults. It listens at one address over all its restarts, and can be killed
// and frozen. An end that no fault asked for is remembered, because it is a finding.
import { once } from 'node:events';
import { appendFileSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type LaunchedProcess, launchProgram } from '../../harness/processes.ts';
import { root } from '../../stack/paths.ts';
import type { Watchdog } from '../../stack/watchdog.ts';

/** A process ends at once if PostgreSQL is away, so starting is repeated for this long. */
const startWithinMs = 240_000;
const startPauseMs = 100;
const linesShown = 10;

export interface RestartableProcess {
  readonly name: string;
  readonly program: 'server' | 'worker';
  /** Base URL at which it listens, not through a proxy. */
  readonly url: string;
  readonly pid: () => number;
  readonly alive: () => boolean;
  /** Sends the signal. False if the process has ended. */
  readonly kill: (signal: NodeJS.Signals) => boolean;
  /** The signal or the exit code with which the current process ends. */
  readonly ended: () => Promise<NodeJS.Signals | number>;
  /** The folder of the release that it runs, or ran last. */
  readonly release: () => string;
  /** Kills it if it lives, starts it, and waits until it is ready. It stays with its release. */
  readonly restart: () => Promise<void>;
  /** Stops it in order and starts it as another release. Gives the signal or code with which it ended. */
  readonly replace: (release: string) => Promise<NodeJS.Signals | number>;
  /** Restarts it while the fault goes on elsewhere. No other fault has it until it is ready. */
  readonly restartMeanwhile: () => void;
  /** Runs `work` when earlier faults are done with this process: one fault at a time. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  /** Holds the shift of its clock. SIGWINCH makes the process read it and write its time to `<file>.seen`. */
  readonly clockFile: string;
  /** True while a fault has it. */
  readonly isHeld: () => boolean;
  readonly failpoint: FailpointFile;
  /** Sends SIGTERM and gives the signal or exit code with which it ends. */
  readonly stop: () => Promise<NodeJS.Signals | number>;
}

interface Armed {
  readonly point: string;
  /** The passage through the point at which the signal is sent, counted from now on. 1 is the next one. */
  readonly passage: number;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

/** A file tells a process at which point to end or stop. The process writes another file when it is there. */
interface FailpointFile {
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
  /** The workflows of each release, bundled, by its folder. The process begins as the first release. */
  readonly bundles: ReadonlyMap<string, string>;
  readonly dir: string;
  readonly watchdog: Watchdog;
  /** Called with every end that nothing here asked for. */
  readonly onDeath: (notice: string) => void;
}

/** The process as it runs now, and whether its end was asked for. */
interface Current {
  launched: LaunchedProcess;
  isEndWanted: boolean;
}

/** Prepares the process. `restart` starts it. */
export function createRestartableProcess(options: ProcessOptions): RestartableProcess {
  const { name, program, port, dir, onDeath } = options;
  const failpoint = createFailpointFile(path.join(dir, `${name}.crash`));
  const clockFile = path.join(dir, `${name}.clock`);
  let current: Current | undefined;
  let [release = root] = options.bundles.keys();

  const child = () => current?.launched.child;
  const alive = () => child()?.exitCode === null && child()?.signalCode === null;
  const ended = async () => current?.launched.ended ?? 0;

  function kill(signal: NodeJS.Signals): boolean {
    if (current === undefined || !alive()) return false;
    if (signal === 'SIGKILL' || signal === 'SIGTERM') current.isEndWanted = true;
    return current.launched.child.kill(signal);
  }

  async function restart(): Promise<void> {
    kill('SIGKILL');
    await ended();
    failpoint.disarm();
    const deadline = performance.now() + startWithinMs;
    for (;;) {
      current = await start(options, release, failpoint, clockFile);
      if (await isReady(current.launched)) break;
      if (performance.now() > deadline) throw new Error(`${name} does not start:\n  ${lastLines(current)}`);
      await pause(startPauseMs);
    }
    reportDeath(name, current, failpoint, onDeath);
  }

  async function stop(): Promise<NodeJS.Signals | number> {
    kill('SIGCONT');
    kill('SIGTERM');
    return ended();
  }

  const { exclusively, isHeld } = createTurns();
  return {
    ...{ name, program, failpoint, clockFile, alive, kill, ended, restart, stop, exclusively, isHeld },
    url: `http://127.0.0.1:${port}`,
    pid: () => child()?.pid ?? 0,
    release: () => release,
    replace: async (other) => {
      const how = await stop();
      release = other;
      await restart();
      return how;
    },
    restartMeanwhile: () => {
      exclusively(restart).catch((error: unknown) => {
        onDeath(String(error));
      });
    },
  };
}

async function start(
  { name, program, settings, bundles, dir, watchdog }: ProcessOptions,
  release: string,
  failpoint: FailpointFile,
  clockFile: string,
): Promise<Current> {
  const logFile = path.join(dir, `${name}.log`);
  const preloads = [
    'compileCache.ts',
    'shiftedClock.ts',
    ...(program === 'worker' ? ['readyBundle.ts'] : []),
  ];
  const launched = launchProgram({
    ...{ name, watchdog, release, file: `${program}/main.ts` },
    // A module that changes a package must have the package of its own release.
    preloads: preloads.map((module) => pathToFileURL(path.join(release, 'test/faults', module))),
    settings: {
      ...settings,
      TEST_WORKFLOW_BUNDLE: bundles.get(release) ?? '',
      TEST_CRASH_POINT_FILE: failpoint.file,
      TEST_CLOCK_FILE: clockFile,
      TEST_COMPILE_CACHE: path.join(dir, `compiled-${path.basename(release)}`),
    },
    onLine: (line) => {
      appendFileSync(logFile, `${line}\n`);
    },
  });
  await once(launched.child, 'spawn');
  return { launched, isEndWanted: false };
}

/** Resolves with false if the process ends before it is ready. */
async function isReady({ ready, ended }: LaunchedProcess): Promise<boolean> {
  return Promise.race([
    ready.then(
      () => true,
      () => false,
    ),
    ended.then(() => false),
  ]);
}

function reportDeath(
  name: string,
  current: Current,
  failpoint: FailpointFile,
  onDeath: (notice: string) => void,
): void {
  void current.launched.ended.then((how) => {
    if (current.isEndWanted || failpoint.isReached()) return;
    onDeath(`${name} ended with ${how}:\n  ${lastLines(current)}`);
  });
}

function lastLines({ launched }: Current): string {
  return launched.lines.slice(-linesShown).join('\n  ');
}

/** Runs one piece of work after the other. */
function createTurns(): Pick<RestartableProcess, 'exclusively' | 'isHeld'> {
  let turn: Promise<unknown> = Promise.resolve();
  let held = 0;
  return {
    isHeld: () => held > 0,
    exclusively: async (work) => {
      held += 1;
      const mine = turn.then(work).finally(() => {
        held -= 1;
      });
      turn = mine.catch(() => undefined);
      return mine;
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
      // Renamed into place, so that a process never reads half of it.
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
