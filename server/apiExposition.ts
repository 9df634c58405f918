// Collects the metrics of the API process for /metrics: its own counts and times, its connections, the
// conditions of the health model, and the backlog. The worker shows the backlog too, but no worker may be
// running when it matters.
import { streamEnds } from '../src/api/events/eventStream.ts';
import { readerKinds } from '../src/api/events/readerPlaces.ts';
import { policyNames } from '../src/api/http/rateLimits.ts';
import type { Handover } from '../src/commands/handover/startHandover.ts';
import { unavailableReasons } from '../src/commands/submission.ts';
import type { Config } from '../src/config/config.ts';
import { commandTypes } from '../src/domain/commands.ts';
import { createPool } from '../src/eventStore/database.ts';
import { conditions } from '../src/health/conditions/conditions.ts';
import type { Health } from '../src/health/health.ts';
import { addHealthGauge } from '../src/health/healthGauge.ts';
import { readBacklog } from '../src/projections/backlog.ts';
import { type ApiMetrics, createApiMetrics } from '../src/telemetry/apiMetrics.ts';
import {
  addBacklogGauges,
  addPoolGauges,
  backlogPoolLimits,
  type PoolCounts,
} from '../src/telemetry/databaseGauges.ts';
import type { Log } from '../src/telemetry/log.ts';
import { createMetricsRegistry, type Exposition } from '../src/telemetry/registry.ts';
import { addWebhookGauges } from '../src/telemetry/webhookGauges.ts';
import { createSecretBox } from '../src/webhooks/secretBox.ts';
import { readWebhookCounts } from '../src/webhooks/webhookCounts.ts';

interface ApiExposition {
  readonly metrics: ApiMetrics;
  readonly exposition: () => Promise<Exposition>;
  /** Adds the conditions of the health model. */
  readonly showHealth: (health: Health) => void;
  readonly close: () => Promise<void>;
}

interface ApiExpositionDeps {
  readonly commands: () => Pick<Handover, 'depth' | 'isCommitter'>;
  readonly pools: Readonly<Record<string, PoolCounts>>;
}

export function createApiExposition(config: Config, log: Log, deps: ApiExpositionDeps): ApiExposition {
  const registry = createMetricsRegistry();
  const metrics = createApiMetrics(registry, {
    depth: () => deps.commands().depth(),
    isCommitter: () => deps.commands().isCommitter(),
    refusalCodes: unavailableReasons,
    ratePolicies: policyNames,
    feedNames: { kinds: readerKinds, ends: streamEnds },
    commands: commandTypes,
  });
  addPoolGauges(registry, deps.pools);
  const onFailure = (error: unknown) => {
    log.debug({ err: error }, 'the backlog could not be read for /metrics');
  };
  const pool = createPool({ ...config, ...backlogPoolLimits }, 'wallet-api-metrics', onFailure, 'reads');
  addBacklogGauges(registry, () => readBacklog(pool), onFailure);
  const heads = createSecretBox(config)?.heads ?? [];
  addWebhookGauges(registry, () => readWebhookCounts(pool, heads), onFailure);
  const showHealth = (health: Health) => {
    addHealthGauge(registry, {
      ...{ health, conditions, monotonicMs: () => performance.now() },
      onFailure: (error) => {
        log.error({ err: error }, 'the health model could not be judged for /metrics');
      },
    });
  };
  return { metrics, exposition: registry.exposition, showHealth, close: () => pool.end() };
}
