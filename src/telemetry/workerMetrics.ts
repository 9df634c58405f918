// The metrics that the worker process records itself. They count the events that its projections took or
// parked, the differences that verifications found, and the deliveries of webhooks. Workflows record the
// progress of a recovery, through the Temporal SDK.
import { Counter, Gauge } from 'prom-client';
import type { MetricsRegistry } from './registry.ts';
import { createWebhookMetrics, type WebhookMetrics } from './webhookMetrics.ts';

export interface WorkerMetrics {
  /** A pass of a drain: the events it passed, and how many of them it parked. */
  readonly passed: (projection: string, pass: { processed: number; parked: number }) => void;
  /** The pages that a drain of the projection has in hand now. */
  readonly pagesInHand: (projection: string, pages: number) => void;
  /** A drain that ended: the parked events that its retries resolved. */
  readonly drained: (projection: string, resolved: number) => void;
  /** A drain that threw, because a store does not answer or refuses. Temporal retries it. */
  readonly drainFailed: (projection: string) => void;
  /** Differences between the event store and the data made from it, by the place of the difference. */
  readonly violationsFound: (invariant: string, count: number) => void;
  readonly webhooks: WebhookMetrics;
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
    help: 'Passes of a projection over the events after its checkpoint, empty ones included. If this stands still, so does the projection.',
    labelNames: ['projection'],
    registers,
  });
  const pagesInHand = new Gauge({
    name: 'wallet_projection_pages_in_hand',
    help: 'Pages of events that a projection is writing now. If it stays at DRAIN_PAGES_MAX, the projection has a backlog.',
    labelNames: ['projection'],
    registers,
  });
  const failures = new Counter({
    name: 'wallet_projection_drain_failures_total',
    help: 'Drains that ended with an error and are retried.',
    labelNames: ['projection'],
    registers,
  });
  const violations = new Counter({
    name: 'wallet_invariant_violations_total',
    help: 'Differences from the event store that verifications found, by place.',
    labelNames: ['invariant'],
    registers,
  });
  // Every series exists from the start: a rate needs a first sample.
  for (const projection of deps.projections) {
    for (const result of ['ok', 'parked', 'retried']) items.inc({ projection, result }, 0);
    passes.inc({ projection }, 0);
    pagesInHand.set({ projection }, 0);
    failures.inc({ projection }, 0);
  }
  for (const invariant of deps.invariants) violations.inc({ invariant }, 0);
  return {
    passed: (projection, { processed, parked }) => {
      passes.inc({ projection });
      items.inc({ projection, result: 'ok' }, processed - parked);
      items.inc({ projection, result: 'parked' }, parked);
    },
    pagesInHand: (projection, pages) => {
      pagesInHand.set({ projection }, pages);
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
    webhooks: createWebhookMetrics(registers),
  };
}
