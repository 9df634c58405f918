// Runs one child process in its own process group, writes its output to a log file, and watches until it
// exits. A stop sends a signal first and kills after a bound.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, signalGroup, type Identity } from './identity.ts';
import { lastLines } from './log.ts';
import { StackError, type Program } from './part.ts';

const READY_POLL_MS = 50;
const LAST_LINES_SHOWN = 12;
// The last output of a process can still be in the pipe when its exit is reported.
const DRAIN_MAX_MS = 500;

interface Exit {
  /** In words: "exit code 1" or "signal SIGKILL". */
  readonly how: string;
}

export interface Running {
  readonly name: string;
  readonly program: Program;
  readonly logFile: string;
  readonly identity: Identity;
  readonly exited: Promise<Exit>;
  readonly hasExited: () => boolean;
}

/** Starts the process. `onOutput` receives a copy of its output. */
export async function startProcess(
  name: string,
  program: Program,
  logFile: string,
  onOutput?: (chunk: Buffer) => void,
): Promise<Running> {
  const log = openSync(logFile, 'a');
  // Without `onOutput` the process writes to the file directly, which goes on after this process has ended.
  const output = onOutput === undefined ? log : 'pipe';
  let child: ChildProcess;
  try {
    child = spawn(program.command, program.args, {
      cwd: program.directory,
      env: program.environment,
      detached: true,
      stdio: ['ignore', output, output],
      ...program.user,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
  } catch (error) {
    closeSync(log);
    throw new StackError(`${name} can't be started: ${String(error)}`, { cause: error });
  }
  const show = (chunk: Buffer) => {
    writeSync(log, chunk);
    onOutput?.(chunk);
  };
  child.stdout?.on('data', show);
  child.stderr?.on('data', show);
  let gone = false;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      gone = true;
      void Promise.race([once(child, 'close'), delay(DRAIN_MAX_MS)]).then(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        closeSync(log);
        resolve({ how: code === null ? `signal ${signal ?? 'unknown'}` : `exit code ${code}` });
      });
    });
  });
  const pid = child.pid ?? 0;
  const identity = identify(pid) ?? { pid, startedAt: '' };
  return { name, program, logFile, identity, exited, hasExited: () => gone };
}

/** Waits for a real connection. Throws StackError if the process exits first or takes too long. */
export async function untilReady(running: Running, signal: AbortSignal): Promise<void> {
  const { program } = running;
  const deadline = Date.now() + program.readyWithinMs;
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    if (running.hasExited()) {
      throw new StackError(await deathNotice(running, 'ended before it was ready'));
    }
    if (await program.isReady(signal).catch(() => false)) return;
    await delay(READY_POLL_MS);
  }
  throw new StackError(await deathNotice(running, `was not ready after ${program.readyWithinMs / 1_000} s`));
}

/** Signals the process, waits for its bound or until `hurry`, and kills the rest of its group. */
export async function stopProcess(running: Running, hurry: AbortSignal): Promise<void> {
  const { identity, program } = running;
  if (!running.hasExited()) {
    process.kill(identity.pid, program.stopSignal);
    const patience = AbortSignal.any([hurry, AbortSignal.timeout(program.stopWithinMs)]);
    await Promise.race([running.exited, aborted(patience)]);
  }
  // After an orderly exit, too: a child of the process may still run.
  signalGroup(identity.pid, 'SIGKILL');
  await running.exited;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}

/** A message with the event, the kind of exit and the last lines of the log. */
export async function deathNotice(running: Running, what: string): Promise<string> {
  const how = running.hasExited() ? ` (${(await running.exited).how})` : '';
  const lines = await lastLines(running.logFile, LAST_LINES_SHOWN);
  const words = lines.length === 0 ? 'Its log is empty.' : `Last lines of ${running.logFile}:`;
  return [`${running.name} ${what}${how}. ${words}`, ...lines.map((line) => `  ${line}`)].join('\n');
}
