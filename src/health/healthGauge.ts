// Shows every condition of the health model as a gauge, so that alerts read what doctor reads. A scrape
// starts a round of the model only if the last one is too old, and waits for it a second at most.
// Invariant: a condition is 1 while it holds and 0 after it. Without a recent judgement there is no value,
// because an old one would keep an alert from its beginning or its end.
import { Gauge } from 'prom-client';
import { withinDeadline } from '../deadline.ts';
import type { MetricsRegistry } from '../telemetry/registry.ts';
import { createSharedAnswer } from '../telemetry/sharedAnswer.ts';
import type { Condition } from './condition.ts';
import type { Health } from './health.ts';

interface HealthGaugeDeps {
  readonly health: Pick<Health, 'report'>;
  readonly conditions: readonly Condition[];
  readonly monotonicMs: () => number;
  /** A round never fails unless a condition itself throws. */
  readonly onFailure: (error: unknown) => void;
  /** Longest wait of a scrape for a round. */
  readonly waitMaxMs?: number;
}

/** A scrape of Prometheus comes every 15 seconds, so each starts a round. More scrapes start no more. */
const roundEveryMs = 5_000;
/** A round ends within a few seconds, so an older judgement means that no round ends. */
const judgementAgeMaxMs = 60_000;

export function addHealthGauge(
  { registry, beforeScrape }: MetricsRegistry,
  { health, conditions, monotonicMs, onFailure, waitMaxMs = 1_000 }: HealthGaugeDeps,
): void {
  const gauge = new Gauge({
    name: 'wallet_health_condition',
    help: '1 while a condition of the health model holds, else 0. docs/conditions.md describes each.',
    labelNames: ['condition', 'part', 'severity'],
    registers: [registry],
  });
  let held: { readonly names: ReadonlySet<string>; readonly atMs: number } | undefined;
  const judge = createSharedAnswer(
    async () => {
      try {
        const { findings } = await health.report();
        held = { names: new Set(findings.map(({ name }) => name)), atMs: monotonicMs() };
      } catch (error) {
        onFailure(error);
        throw error;
      }
    },
    roundEveryMs,
    monotonicMs,
  );

  beforeScrape(async () => {
    // A slow round is shown by the next scrape. Until then this one shows the judgement before it.
    await withinDeadline(waitMaxMs, judge(), 'too late').catch(() => undefined);
    gauge.reset();
    if (held === undefined || monotonicMs() - held.atMs >= judgementAgeMaxMs) return;
    for (const { name, part, severity } of conditions)
      gauge.set({ condition: name, part, severity }, held.names.has(name) ? 1 : 0);
  });
}
