// Runs a stack at a terminal until a signal asks it to stop or a process dies. Always stops everything at the
// end.
import { StackError } from './part.ts';
import type { Stack } from './stack.ts';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
// One Ctrl-C arrives twice, from the terminal and through npm. Only a later signal counts as a second Ctrl-C.
const SAME_REQUEST_MS = 500;

interface StopSignals {
  /** Aborted by the first request to stop. */
  readonly stop: AbortSignal;
  /** Aborted by the second request: kill instead of waiting. */
  readonly hurry: AbortSignal;
}

export interface Foreground {
  readonly start: (signals: StopSignals) => Promise<Stack>;
  /** Starts the processes that need the parts. Resolves when all of them are ready. */
  readonly continue?: (stack: Stack, signal: AbortSignal) => Promise<void>;
  readonly say: (line: string) => void;
}

/** Resolves to the exit code: 0 after a request to stop, 1 if something failed or died. */
export async function runInForeground(options: Foreground): Promise<number> {
  const { say } = options;
  const signals = listen(say);
  const asked = new Promise<undefined>((resolve) => {
    signals.stop.addEventListener('abort', () => {
      resolve(undefined);
    });
  });
  let stack: Stack | undefined;
  try {
    stack = await options.start(signals);
    const notice = await Promise.race([asked, stack.supervisor.died, continued(options, stack, signals)]);
    if (notice === undefined) return 0;
    console.error(notice);
    return 1;
  } catch (error) {
    if (signals.stop.aborted) return 0;
    if (!(error instanceof StackError)) throw error;
    console.error(error.message);
    return 1;
  } finally {
    await stack?.close();
    if (stack !== undefined || signals.stop.aborted) say('Everything is stopped.');
  }
}

/** Rejects if the rest cannot be started, and otherwise never settles. */
async function continued(options: Foreground, stack: Stack, signals: StopSignals): Promise<undefined> {
  await options.continue?.(stack, signals.stop);
  return new Promise(() => undefined);
}

function listen(say: (line: string) => void): StopSignals {
  const stop = new AbortController();
  const hurry = new AbortController();
  let askedAt: number | undefined;
  const ask = () => {
    const now = performance.now();
    if (askedAt === undefined) {
      askedAt = now;
      say('Stopping everything …');
      stop.abort(new StackError('Asked to stop.'));
    } else if (now - askedAt > SAME_REQUEST_MS) {
      hurry.abort();
    }
  };
  for (const signal of stopSignals) process.on(signal, ask);
  // The launcher has ended. Without it no signal from the terminal would arrive.
  process.on('disconnect', ask);
  process.channel?.unref();
  // Writing to a closed terminal fails. That must not prevent the stop.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  return { stop: stop.signal, hurry: hurry.signal };
}
