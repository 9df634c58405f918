// Collects the metrics of the worker process for /metrics: its projections, its webhooks, its connections,
// the backlog, and the Temporal SDK's own metrics.
import type { Activities } from '../src/activities/activities.ts';
import type { Config } from '../src/config/config.ts';
import { createPool } from '../src/eventStore/database.ts';
import { readBacklog } from '../src/projections/backlog.ts';
import { projectionNames } from '../src/projections/registry.ts';
import type { Difference } from '../src/projections/verify/differences.ts';
import {
  addBacklogGauges,
  addPoolGauges,
  backlogPoolLimits,
  type PoolCounts,
} from '../src/telemetry/databaseGauges.ts';
import type { Log } from '../src/telemetry/log.ts';
import { createMetricsRegistry, type Exposition } from '../src/telemetry/registry.ts';
import { addWebhookGauges } from '../src/telemetry/webhookGauges.ts';
import { createWorkerMetrics, type WorkerMetrics } from '../src/telemetry/workerMetrics.ts';
import { createSecretBox } from '../src/webhooks/secretBox.ts';
import { readWebhookCounts } from '../src/webhooks/webhookCounts.ts';
import { withTemporalMetrics } from './temporalMetrics.ts';

interface WorkerExpositionDeps {
  /** By the label of the gauges. */
  readonly pools: Readonly<Record<string, PoolCounts>>;
  readonly temporalPort: number;
}

interface WorkerExposition {
  readonly metrics: WorkerMetrics;
  readonly exposition: () => Promise<Exposition>;
  readonly close: () => Promise<void>;
}

/** A record, so that a new kind of difference does not compile until it is counted. */
const invariants: Readonly<Record<Difference['where'] | 'not_listed', true>> = {
  document: true,
  'wallet row': true,
  'wallet state': true,
  stream: true,
  ledger: true,
  outbox: true,
  log: true,
  record: true,
  transfer: true,
  not_listed: true,
};

export function createWorkerExposition(
  config: Config,
  log: Log,
  { pools, temporalPort }: WorkerExpositionDeps,
): WorkerExposition {
  const registry = createMetricsRegistry();
  const metrics = createWorkerMetrics(registry, {
    projections: projectionNames,
    invariants: Object.keys(invariants).map(invariantLabel),
  });
  addPoolGauges(registry, pools);
  const onFailure = (error: unknown) => {
    log.debug({ err: error }, 'the backlog could not be read for /metrics');
  };
  const backlogPool = createPool(
    { ...config, ...backlogPoolLimits },
    'wallet-worker-metrics',
    onFailure,
    'reads',
  );
  addBacklogGauges(registry, () => readBacklog(backlogPool), onFailure);
  const heads = createSecretBox(config)?.heads ?? [];
  addWebhookGauges(registry, () => readWebhookCounts(backlogPool, heads), onFailure);
  const exposition = withTemporalMetrics(registry, temporalPort, (error) => {
    log.debug({ err: error }, "the Temporal SDK's metrics could not be fetched");
  });
  return { metrics, exposition, close: () => backlogPool.end() };
}

function invariantLabel(where: string): string {
  return where.replace(' ', '_');
}

interface Found {
  /** Only the first ones; `differencesCount` counts all. */
  readonly differences: readonly Difference[];
  readonly differencesCount: number;
}

/** The activities. Differences that a verification finds are counted in the metrics. */
export function watchVerifications(activities: Activities, metrics: WorkerMetrics): Activities {
  const counted = async <T extends Found>(found: Promise<T>): Promise<T> => {
    const { differences, differencesCount } = await found;
    for (const { where } of differences) metrics.violationsFound(invariantLabel(where), 1);
    metrics.violationsFound('not_listed', differencesCount - differences.length);
    return found;
  };
  return {
    ...activities,
    verifyWallets: (argument) => counted(activities.verifyWallets(argument)),
    verifyLog: (argument) => counted(activities.verifyLog(argument)),
  };
}
