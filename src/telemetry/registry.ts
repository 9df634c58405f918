// Holds the metrics of a process and writes them for /metrics, in the text format of Prometheus. They include
// those of Node.js, and gauges that are read at each scrape. Names end in their unit, and counters in _total.
// Invariant: no label names a wallet, an owner or a command id. Each value would be a series of its own.
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createSharedAnswer } from './sharedAnswer.ts';

/** A scrape this soon after another gets the same text. No scraper asks so often. */
const sharedMs = 1_000;

/** The body of an answer at /metrics. */
export interface Exposition {
  readonly text: string;
  readonly mediaType: string;
}

export interface MetricsRegistry {
  readonly registry: Registry;
  /**
   * Awaited before each scrape, for gauges that are read elsewhere. Must not throw, and must end within about
   * a second.
   */
  readonly beforeScrape: (refresh: () => Promise<void>) => void;
  readonly exposition: () => Promise<Exposition>;
}

/**
 * A registry that holds only the metrics of the process: processor, memory, event loop, garbage collection.
 */
export function createMetricsRegistry(): MetricsRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const refreshes: (() => Promise<void>)[] = [];
  const render = async (): Promise<Exposition> => {
    await Promise.all(refreshes.map((refresh) => refresh()));
    return { text: await registry.metrics(), mediaType: registry.contentType };
  };
  return {
    registry,
    beforeScrape: (refresh) => {
      refreshes.push(refresh);
    },
    exposition: createSharedAnswer(render, sharedMs),
  };
}
