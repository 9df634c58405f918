// Takes a snapshot of the stores every second, of Temporal every two seconds, and of the health model every
// five. Every watching page gets the same snapshot. Without a watching page, only the stores are read, every
// ten seconds. So the plots know the last hour when an operator opens the console after a fault.
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ConditionSnapshot, ConsoleSnapshot, Sample, TemporalSnapshot } from './consoleSnapshot.ts';
import type { StoresAnswer } from './consoleStores.ts';
import { samplesAfter, sparseMs } from './samplesAfter.ts';

export interface ConsoleFeedDeps {
  readonly readStores: () => Promise<StoresAnswer>;
  readonly readTemporal: () => Promise<TemporalSnapshot | null>;
  /** Never later than the deadline of the slowest part. */
  readonly readConditions: () => Promise<readonly ConditionSnapshot[]>;
  /** How often the stores are read while no page watches. */
  readonly idleIntervalMs?: number;
  readonly log: Logger;
  /** Aborted when the process begins to stop. */
  readonly stopping: AbortSignal;
}

interface ConsoleWatcher {
  /** Of the client. Behind a gateway it is the gateway's. */
  readonly address: string;
  readonly onSnapshot: (snapshot: ConsoleSnapshot) => void;
  /** The process stops, or a newer page takes the place: this was the last call. */
  readonly onEnd: (reason: 'stopping' | 'replaced') => void;
}

export interface ConsoleFeed {
  /** The points with which the plots begin. */
  readonly samples: () => readonly Sample[];
  /** False if the process stops. */
  readonly isOpen: () => boolean;
  /** Ends the oldest watching page if there are too many. Returns the function that ends the watching. */
  readonly watch: (watcher: ConsoleWatcher) => () => void;
}

/** Pages that one process feeds at the same time. */
export const watchersMax = 32;
/** Pages of one address. Abandoned streams of one computer keep no other operator out. */
const watchersOfAddressMax = 16;
const storesIntervalMs = 1_000;
const temporalIntervalMs = 2_000;
/** A round asks Temporal about twenty questions, so the other views of Temporal keep their share. */
const conditionsIntervalMs = 5_000;

export function createConsoleFeed(deps: ConsoleFeedDeps): ConsoleFeed {
  const { log, stopping } = deps;
  const watchers = new Set<ConsoleWatcher>();
  let samples: readonly Sample[] = [];
  let temporal: TemporalSnapshot | null | undefined;
  let conditions: readonly ConditionSnapshot[] | undefined;
  let loops = new AbortController();
  loops.abort();

  const readStores = async () => {
    const stores = await deps.readStores();
    if (stores.sample !== null) samples = samplesAfter(samples, stores.sample);
    const snapshot: ConsoleSnapshot = {
      ...stores,
      ...(temporal === undefined ? {} : { temporal }),
      ...(conditions === undefined ? {} : { conditions }),
    };
    for (const watcher of watchers) watcher.onSnapshot(snapshot);
  };
  const readTemporal = async () => {
    temporal = await deps.readTemporal();
  };
  const readConditions = async () => {
    conditions = await deps.readConditions();
  };
  const start = () => {
    loops = new AbortController();
    void repeat(readStores, { intervalMs: storesIntervalMs }, loops.signal, log);
    void repeat(readTemporal, { intervalMs: temporalIntervalMs }, loops.signal, log);
    void repeat(readConditions, { intervalMs: conditionsIntervalMs }, loops.signal, log);
  };
  void repeat(
    async () => {
      if (!stopping.aborted && loops.signal.aborted) await readStores();
    },
    { intervalMs: deps.idleIntervalMs ?? sparseMs, isLater: true },
    stopping,
    log,
  );
  stopping.addEventListener('abort', () => {
    loops.abort();
    for (const watcher of watchers) watcher.onEnd('stopping');
    watchers.clear();
  });

  return {
    samples: () => samples,
    isOpen: () => !stopping.aborted,
    watch: (watcher) => {
      const oldest = givingWay(watchers, watcher.address);
      if (oldest !== undefined) {
        watchers.delete(oldest);
        oldest.onEnd('replaced');
      }
      watchers.add(watcher);
      if (loops.signal.aborted) start();
      return () => {
        if (watchers.delete(watcher) && watchers.size === 0) loops.abort();
      };
    },
  };
}

/** The oldest page that has to end before one more from this address begins. */
function givingWay(watchers: ReadonlySet<ConsoleWatcher>, address: string): ConsoleWatcher | undefined {
  const neighbours = [...watchers].filter((watcher) => watcher.address === address);
  if (neighbours.length >= watchersOfAddressMax) return neighbours[0];
  return watchers.size < watchersMax ? undefined : [...watchers][0];
}

/** Runs `work` again and again until `signal`. A failure is logged, and the next run is tried. */
async function repeat(
  work: () => Promise<void>,
  { intervalMs, isLater = false }: { readonly intervalMs: number; readonly isLater?: boolean },
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  // It keeps no process alive, and rejects only if the signal ends it early.
  const wait = () => pause(intervalMs, undefined, { signal, ref: !isLater }).catch(() => undefined);
  if (isLater) await wait();
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      log.error({ err: error }, 'the console could not take a snapshot');
    }
    await wait();
  }
}
