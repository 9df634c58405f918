// Connects the API process to PostgreSQL, Redis and Elasticsearch.
import type { Config } from '../src/config/config.ts';
import { createPool } from '../src/eventStore/database.ts';
import { unwalledReads, walledReads } from '../src/eventStore/tenantReads.ts';
import { connectRedis } from '../src/locks/redisConnection.ts';
import { createElasticsearch } from '../src/projections/readModel/elasticsearch.ts';
import type { Log } from '../src/telemetry/log.ts';
import type { Outages } from './watchOutages.ts';

export type Stores = ReturnType<typeof connectStores>;

/**
 * Separate pools, so that reads that wait for a connection never delay commands. The command pool has one
 * connection for each lane, and one for the readiness probe, which reports on the commands. Reads of tenants
 * have a pool of their own if there is a read role.
 */
export function connectStores(config: Config, log: Log, { redis: outage }: Outages) {
  const onIdleError = (error: Error) => {
    log.warn({ err: error }, 'an idle database connection broke');
  };
  const commandPool = createPool(
    { ...config, DATABASE_CONNECTIONS_MAX: config.COMMAND_LANES + 1 },
    'wallet-commands',
    onIdleError,
    'commands',
  );
  const readPool = createPool(config, 'wallet-reads', onIdleError, 'reads');
  // Without a read role both kinds of reads share their connections.
  const tenantPool =
    config.DATABASE_READ_ROLE === undefined
      ? readPool
      : createPool(config, 'wallet-tenant-reads', onIdleError, 'tenantReads');
  const reads = tenantPool === readPool ? unwalledReads(readPool) : walledReads(tenantPool);
  const { REDIS_URL, REDIS_COMMAND_TIMEOUT_MS } = config;
  const redis = connectRedis(REDIS_URL, REDIS_COMMAND_TIMEOUT_MS, outage.failed, outage.worked);
  const elasticsearch = createElasticsearch(config);
  const close = async () => {
    redis.disconnect();
    const pools = new Set([commandPool, readPool, tenantPool]);
    await Promise.all([...[...pools].map((pool) => pool.end()), elasticsearch.close()]);
  };
  return { commandPool, readPool, tenantPool, reads, redis, elasticsearch, close };
}
