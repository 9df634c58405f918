// What the worker process counts: what became of the events that its projections took, and what verifications found.
// How far a recovery has come is told by the workflows themselves, through the Temporal SDK.
import { Counter } from 'prom-client';
import type { MetricsRegistry } from './registry.ts';

export interface WorkerMetrics {
  /** A pass of a drain: events it passed, of which some were parked. */
  readonly passed: (projection: string, pass: { processed: number; parked: number }) => void;
  /** A drain that ended: parked events that its retries got through. */
  readonly drained: (projection: string, resolved: number) => void;
  /** A drain that threw, because a store is away or refuses; Temporal tries it again. */
  readonly drainFailed: (projection: string) => void;
  /** Differences between the event store and what was made from it, by the place where they were found. */
  readonly violationsFound: (invariant: string, count: number) => void;
}

interface WorkerMetricsDeps {
  readonly projections: readonly string[];
  readonly invariants: readonly string[];
}

export function createWorkerMetrics({ registry }: MetricsRegistry, deps: WorkerMetricsDeps): WorkerMetrics {
  const registers = [registry];
  const items = new Counter({
    name: 'wallet_projection_items_total',
    help: 'Events that a projection was given: taken (ok), set aside (parked), taken by a later retry (retried).',
    labelNames: ['projection', 'result'],
    registers,
  });
  const passes = new Counter({
    name: 'wallet_projection_passes_total',
    help: 'Looks of a projection behind its checkpoint, empty ones included: it stands still where this does.',
    labelNames: ['projection'],
    registers,
  });
  const failures = new Counter({
    name: 'wallet_projection_drain_failures_total',
    help: 'Drains that ended with an error and are tried again.',
    labelNames: ['projection'],
    registers,
  });
  const violations = new Counter({
    name: 'wallet_invariant_violations_total',
    help: 'Differences from the event store that verifications found, by where.',
    labelNames: ['invariant'],
    registers,
  });
  // Present from the start, so that a rate over them has a beginning.
  for (const projection of deps.projections) {
    for (const result of ['ok', 'parked', 'retried']) items.inc({ projection, result }, 0);
    passes.inc({ projection }, 0);
    failures.inc({ projection }, 0);
  }
  for (const invariant of deps.invariants) violations.inc({ invariant }, 0);
  return {
    passed: (projection, { processed, parked }) => {
      passes.inc({ projection });
      items.inc({ projection, result: 'ok' }, processed - parked);
      items.inc({ projection, result: 'parked' }, parked);
    },
    drained: (projection, resolved) => {
      items.inc({ projection, result: 'retried' }, resolved);
    },
    drainFailed: (projection) => {
      failures.inc({ projection });
    },
    violationsFound: (invariant, count) => {
      violations.inc({ invariant }, count);
    },
  };
}
