// A stack at a terminal: runs until somebody asks it to stop or a process dies, and always takes everything down.
import { StackError } from './part.ts';
import type { Stack } from './stack.ts';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
// One Ctrl-C reaches us from the terminal and again through npm; only a later one is a second Ctrl-C.
const SAME_REQUEST_MS = 500;

export interface StopSignals {
  /** Somebody asked to stop. */
  readonly stop: AbortSignal;
  /** They asked again: don't wait. */
  readonly hurry: AbortSignal;
}

export interface Foreground {
  readonly start: (signals: StopSignals) => Promise<Stack>;
  /** What runs on top of the started parts; ends when all of it is ready. */
  readonly continue?: (stack: Stack, signal: AbortSignal) => Promise<void>;
  readonly say: (line: string) => void;
}

/** Gives the exit code: 0 when asked to stop, 1 when something failed or died. */
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

/** Rejects when the rest can't be started; otherwise leaves the race to the others. */
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
  // The launcher that started us is gone, and with it whoever could have stopped us.
  process.on('disconnect', ask);
  process.channel?.unref();
  // A terminal that was closed can't be written to, which must not keep us from stopping.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  return { stop: stop.signal, hurry: hurry.signal };
}
