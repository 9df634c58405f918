// Where benchmarks run: a local stack of their own with the parts they need, on free ports and a folder of its own,
// that is stopped and removed at the end, however the end comes.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { type PartName, StackError } from '../stack/part.ts';
import { root } from '../stack/paths.ts';
import { freePorts, portNames, type Ports } from '../stack/ports.ts';
import { createProgress } from '../stack/progress.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { createDatabases, type Databases } from '../bench/database/databases.ts';

/** One Ctrl-C reaches us from the terminal and again through npm; only a later one is a second Ctrl-C. */
const sameRequestMs = 500;

export interface Stand {
  readonly stack: Stack;
  readonly databases: Databases;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Runs `work` and takes everything down. Throws what `work` throws, and when one of the processes dies. */
export async function withStand<T>(
  parts: readonly PartName[],
  work: (stand: Stand) => Promise<T>,
): Promise<T> {
  const { stop, hurry } = listenToSignals();
  const varDir = path.join(root, 'var', `bench-${process.pid}`);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  // An address in the environment may be somebody's real database; benchmarks fill and drop only their own.
  const environment = {
    ...process.env,
    DATABASE_URL: undefined,
    REDIS_URL: undefined,
    ELASTICSEARCH_URL: undefined,
    TEMPORAL_ADDRESS: undefined,
  };
  let stack: Stack | undefined;
  try {
    stack = await startStack({
      parts,
      varDir,
      ports: await anyPorts(),
      environment,
      progress: createProgress(say),
      signal: stop,
      hurry,
    });
    const stand: Stand = { stack, databases: createDatabases(stack.urls.DATABASE_URL), signal: stop, say };
    return await Promise.race([work(stand), death(stack), asked(stop)]);
  } finally {
    await stack?.close();
    await rm(varDir, { recursive: true, force: true });
  }
}

async function anyPorts(): Promise<Ports> {
  const free = await freePorts(portNames.length);
  return Object.fromEntries(portNames.map((name, at) => [name, free[at]])) as Ports;
}

async function death(stack: Stack): Promise<never> {
  throw new StackError(await stack.supervisor.died);
}

async function asked(stop: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    stop.addEventListener('abort', () => {
      reject(stop.reason as Error);
    });
  });
}

function listenToSignals(): { readonly stop: AbortSignal; readonly hurry: AbortSignal } {
  const stop = new AbortController();
  const hurry = new AbortController();
  let askedAt: number | undefined;
  const ask = () => {
    askedAt ??= performance.now();
    if (!stop.signal.aborted) stop.abort(new StackError('Stopped before the end; nothing is written.'));
    else if (performance.now() - askedAt > sameRequestMs) hurry.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
  // The launcher that started us is gone, and with it whoever could have stopped us.
  process.on('disconnect', ask);
  process.channel?.unref();
  return { stop: stop.signal, hurry: hurry.signal };
}
