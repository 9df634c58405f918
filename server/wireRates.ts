// Wires the limits of how often callers ask. In the open mode all callers are on this machine, so by default
// nothing is limited there.
import type { Redis } from 'ioredis';
import type { policyNames, Rates } from '../src/api/http/rateLimits.ts';
import type { Config } from '../src/config/config.ts';
import type { OwnFailures } from '../src/health/ownFailures.ts';
import { createCountInRedis } from '../src/rates/countInRedis.ts';
import { createLeases } from '../src/rates/leases.ts';
import type { ApiMetrics } from '../src/telemetry/apiMetrics.ts';
import type { Log } from '../src/telemetry/log.ts';

/** About 4 MB. */
const windowsMax = 20_000;

interface RateWiring {
  readonly config: Config;
  readonly log: Log;
  readonly redis: Redis;
  readonly metrics: ApiMetrics;
  readonly ownFailures: OwnFailures;
}

export function wireRates({ config, log, redis, metrics, ownFailures }: RateWiring): Rates | undefined {
  const isOn = config.RATE_LIMITS === 'on' || (config.RATE_LIMITS === 'auto' && config.ACCESS === 'keys');
  if (!isOn) return undefined;
  const quotas = {
    read: config.RATE_READS_MAX,
    command: config.RATE_COMMANDS_MAX,
    heavy: config.RATE_HEAVY_ROWS_MAX,
    failures: config.RATE_FAILURES_MAX,
  };
  const policy = (name: (typeof policyNames)[number]) => ({ name, quota: quotas[name] });
  return {
    leases: createLeases({
      count: createCountInRedis(redis, config.REDIS_KEY_PREFIX),
      onLocal: (error) => {
        metrics.rateCountedLocally();
        ownFailures.rateCountedLocally(error);
        log.debug({ err: error }, 'a rate is counted by this process alone');
      },
      monotonicMs: () => performance.now(),
      breakerOpenMs: config.REDIS_BREAKER_OPEN_MS,
      windowsMax,
    }),
    policies: {
      read: policy('read'),
      command: policy('command'),
      heavy: policy('heavy'),
      failures: policy('failures'),
    },
    onRefused: metrics.rateLimited,
  };
}
