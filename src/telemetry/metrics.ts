// What the API process counts, for Prometheus at /metrics. Names end in their unit, counters in _total; nothing that
// names a wallet or an owner is ever a label.
import { Counter, Gauge, Registry } from 'prom-client';

export interface Metrics {
  readonly lockBypassed: () => void;
  /** An attempt at a batch that did not commit. */
  readonly batchTrouble: (trouble: string) => void;
  readonly commandRefused: (code: string) => void;
  /** The exposition text, and its media type. */
  readonly exposition: () => Promise<{ readonly text: string; readonly mediaType: string }>;
}

interface QueueDepth {
  readonly waiting: number;
  readonly inFlight: number;
}

/** `refusalCodes`: every code that `commandRefused` may be told. */
export function createMetrics(depth: () => QueueDepth, refusalCodes: readonly string[]): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const lockBypassed = new Counter({
    name: 'wallet_lock_bypassed_total',
    help: 'Batches that went on without the Redis lock, because Redis did not answer.',
    registers,
  });
  const troubles = new Counter({
    name: 'wallet_batch_troubles_total',
    help: 'Attempts at a batch that did not commit: conflict, refused, fault, unknown or noConnection.',
    labelNames: ['trouble'],
    registers,
  });
  const refused = new Counter({
    name: 'wallet_commands_refused_total',
    help: 'Commands answered with 503, by code.',
    labelNames: ['code'],
    registers,
  });
  // Present from the start, so that a rate over them has a beginning.
  for (const trouble of ['conflict', 'refused', 'fault', 'unknown', 'noConnection'])
    troubles.inc({ trouble }, 0);
  for (const code of refusalCodes) refused.inc({ code }, 0);
  new Gauge({
    name: 'wallet_commands_waiting',
    help: 'Commands in the queue of this process.',
    registers,
    collect() {
      this.set(depth().waiting);
    },
  });
  new Gauge({
    name: 'wallet_commands_in_flight',
    help: 'Commands in batches under way in this process.',
    registers,
    collect() {
      this.set(depth().inFlight);
    },
  });
  return {
    lockBypassed: () => {
      lockBypassed.inc();
    },
    batchTrouble: (trouble) => {
      troubles.inc({ trouble });
    },
    commandRefused: (code) => {
      refused.inc({ code });
    },
    exposition: async () => ({ text: await registry.metrics(), mediaType: registry.contentType }),
  };
}
