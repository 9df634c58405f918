// The locks of wallets in Redis, as this API process takes them.
import { randomUUID } from 'node:crypto';
import type { Config } from '../src/config/config.ts';
import type { OwnFailures } from '../src/health/ownFailures.ts';
import { createWalletLocks, type WalletLocks } from '../src/locks/walletLocks.ts';
import type { Log } from '../src/telemetry/log.ts';
import type { Stores } from './connectStores.ts';
import type { CommandWatch } from './watchCommands.ts';
import type { Outages } from './watchOutages.ts';

export interface LockWiring {
  readonly config: Config;
  readonly log: Log;
  readonly stores: Stores;
  readonly watch: CommandWatch;
  readonly outages: Outages;
  readonly ownFailures: OwnFailures;
}

export function wireLocks({ config, log, stores, watch, outages, ownFailures }: LockWiring): WalletLocks {
  return createWalletLocks(stores.redis, {
    keyPrefix: config.REDIS_KEY_PREFIX,
    token: randomUUID(),
    lockTtlMs: config.LOCK_TTL_MS,
    breakerOpenMs: config.REDIS_BREAKER_OPEN_MS,
    onBypass: (reason) => {
      watch.metrics.lockBypassed();
      ownFailures.lockBypassed(reason);
      outages.redis.failed(reason);
      log.debug({ err: reason }, 'went on without the wallet lock');
    },
    onAnswered: outages.redis.worked,
    now: () => performance.now(),
  });
}
