// What the API process shows at /metrics, put together: its own counts and times, its connections, and the backlog of
// the projections, which it tells as well as the worker does, for the time when no worker is there to tell it.
import { unavailableReasons } from '../src/commands/submission.ts';
import type { Config } from '../src/config/config.ts';
import type { Command } from '../src/domain/commands.ts';
import { createBacklogReading } from '../src/projections/backlog.ts';
import { type ApiMetrics, createApiMetrics } from '../src/telemetry/apiMetrics.ts';
import { addBacklogGauges, addPoolGauges, type PoolCounts } from '../src/telemetry/databaseGauges.ts';
import type { Log } from '../src/telemetry/log.ts';
import { createMetricsRegistry, type Exposition } from '../src/telemetry/registry.ts';

interface ApiExposition {
  readonly metrics: ApiMetrics;
  readonly exposition: () => Promise<Exposition>;
  readonly close: () => Promise<void>;
}

interface ApiExpositionDeps {
  readonly depth: () => { readonly waiting: number; readonly inFlight: number };
  readonly pools: Readonly<Record<string, PoolCounts>>;
}

/** A record, so that a new command does not compile until it is counted. */
const commands: Readonly<Record<Command['type'], true>> = {
  CreateWallet: true,
  CreditWallet: true,
  DebitWallet: true,
  TransferFunds: true,
};

export function createApiExposition(config: Config, log: Log, deps: ApiExpositionDeps): ApiExposition {
  const figures = createMetricsRegistry();
  const metrics = createApiMetrics(figures, {
    depth: deps.depth,
    refusalCodes: unavailableReasons,
    commands: Object.keys(commands),
  });
  addPoolGauges(figures, deps.pools);
  const backlog = createBacklogReading(config, 'wallet-api-metrics', (error) => {
    log.debug({ err: error }, 'the backlog could not be read for /metrics');
  });
  addBacklogGauges(figures, backlog.latest);
  return { metrics, exposition: figures.exposition, close: backlog.close };
}
