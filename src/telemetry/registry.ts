// What a process shows at /metrics, in the text format of Prometheus: its own figures, those of Node.js, and those that
// have to be asked for at each scrape. Names end in their unit, counters in _total; nothing that names a wallet, an
// owner or a command is ever a label.
import { collectDefaultMetrics, Registry } from 'prom-client';

/** Figures for Prometheus. */
export interface Exposition {
  readonly text: string;
  readonly mediaType: string;
}

export interface MetricsRegistry {
  readonly registry: Registry;
  /** Awaited before each scrape, for gauges that are read elsewhere. Must not throw, and must end within a second or so. */
  readonly beforeScrape: (refresh: () => Promise<void>) => void;
  readonly exposition: () => Promise<Exposition>;
}

/** An empty set of figures but for those of the process: processor, memory, event loop, garbage collection. */
export function createMetricsRegistry(): MetricsRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const refreshes: (() => Promise<void>)[] = [];
  return {
    registry,
    beforeScrape: (refresh) => {
      refreshes.push(refresh);
    },
    exposition: async () => {
      await Promise.all(refreshes.map((refresh) => refresh()));
      return { text: await registry.metrics(), mediaType: registry.contentType };
    },
  };
}
