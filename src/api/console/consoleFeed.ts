// Looks at the stores every second and at Temporal every two while somebody watches, however many do, and hands each
// look to all of them. With nobody watching it asks nothing.
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ConsoleSnapshot, Sample, TemporalSnapshot } from './consoleSnapshot.ts';
import type { StoresAnswer } from './consoleStores.ts';

export interface ConsoleFeedDeps {
  readonly readStores: () => Promise<StoresAnswer>;
  readonly readTemporal: () => Promise<TemporalSnapshot | null>;
  readonly log: Logger;
  /** Aborted when the process begins to stop. */
  readonly stopping: AbortSignal;
}

export interface ConsoleWatcher {
  readonly onSnapshot: (look: ConsoleSnapshot) => void;
  /** The process stops; nothing comes any more. */
  readonly onEnd: () => void;
}

export interface ConsoleFeed {
  /** What the plots begin with. */
  readonly samples: () => readonly Sample[];
  /** False where the process stops, or enough are watching. */
  readonly hasRoom: () => boolean;
  /** Returns how to leave. */
  readonly watch: (watcher: ConsoleWatcher) => () => void;
}

/** Consoles that one process feeds at once. */
export const watchersMax = 32;
/** Ten minutes, at one a second. */
const samplesMax = 600;
const storesIntervalMs = 1_000;
const temporalIntervalMs = 2_000;

export function createConsoleFeed(deps: ConsoleFeedDeps): ConsoleFeed {
  const { log, stopping } = deps;
  const watchers = new Set<ConsoleWatcher>();
  let samples: readonly Sample[] = [];
  let temporal: TemporalSnapshot | null | undefined;
  let loops = new AbortController();

  const readStores = async () => {
    const stores = await deps.readStores();
    if (stores.sample !== null) samples = [...samples, stores.sample].slice(-samplesMax);
    const look: ConsoleSnapshot = { ...stores, ...(temporal === undefined ? {} : { temporal }) };
    for (const watcher of watchers) watcher.onSnapshot(look);
  };
  const readTemporal = async () => {
    temporal = await deps.readTemporal();
  };
  const start = () => {
    loops = new AbortController();
    void repeat(readStores, storesIntervalMs, loops.signal, log);
    void repeat(readTemporal, temporalIntervalMs, loops.signal, log);
  };
  stopping.addEventListener('abort', () => {
    loops.abort();
    for (const watcher of watchers) watcher.onEnd();
    watchers.clear();
  });

  return {
    samples: () => samples,
    hasRoom: () => !stopping.aborted && watchers.size < watchersMax,
    watch: (watcher) => {
      watchers.add(watcher);
      if (watchers.size === 1) start();
      return () => {
        if (watchers.delete(watcher) && watchers.size === 0) loops.abort();
      };
    },
  };
}

/** One after the other until `signal`. A look that fails is logged, and the next one is tried. */
async function repeat(
  work: () => Promise<void>,
  intervalMs: number,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      log.error({ err: error }, 'the console could not look');
    }
    // Rejects only when the signal ends it early.
    await pause(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}
