// Composition root of the API process: reads the settings, makes the connections, wires the command path and the
// HTTP application, and takes everything down in order.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { createApi } from '../src/api/app.ts';
import { createCommandPath } from '../src/commands/commandPath.ts';
import { readConfig } from '../src/config.ts';
import { createPool } from '../src/eventStore/database.ts';
import { assertSchemaVersion } from '../src/eventStore/migrate.ts';
import { connectRedis } from '../src/locks/redisConnection.ts';
import { createWalletLocks } from '../src/locks/walletLocks.ts';
import { createElasticsearch } from '../src/projections/readModel/elasticsearch.ts';
import { createReadModelQueries } from '../src/projections/readModel/readModelQueries.ts';
import { wakeUpChannel } from '../src/projections/wakeUp.ts';
import { createLog } from '../src/telemetry/log.ts';
import { createReadiness } from './readiness.ts';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.LOG_LEVEL, 'server');
  const pool = createPool(config, 'wallet-server', (error) => {
    log.warn({ err: error }, 'an idle database connection broke');
  });
  await assertSchemaVersion(pool);
  const redis = connectRedis(config.REDIS_URL, config.REDIS_COMMAND_TIMEOUT_MS, (error) => {
    log.debug({ err: error }, 'Redis does not answer');
  });
  const elasticsearch = createElasticsearch(config);

  const locks = createWalletLocks(redis, {
    keyPrefix: config.REDIS_KEY_PREFIX,
    lockTtlMs: config.LOCK_TTL_MS,
    breakerOpenMs: config.REDIS_BREAKER_OPEN_MS,
    onBypass: (reason) => {
      log.debug({ err: reason }, 'went on without the wallet lock');
    },
    now: () => performance.now(),
  });
  const commands = createCommandPath(config, {
    pool,
    locks,
    onAppended: () => {
      // Only a hint: the projections poll as well, so a lost one costs some milliseconds.
      redis.publish(wakeUpChannel(config), '').catch((error: unknown) => {
        log.debug({ err: error }, 'no wake-up for the projections');
      });
    },
    onConflict: () => {
      log.debug('an append lost to another process and runs again');
    },
  });

  let stopping = false;
  const api = createApi({
    submit: commands.submit,
    pool,
    readModel: createReadModelQueries({
      elasticsearch,
      indexPrefix: config.ELASTICSEARCH_INDEX_PREFIX,
      timeoutMs: config.READ_TIMEOUT_MS,
    }),
    onReadModelFailure: (error) => {
      log.warn({ err: error }, 'the read model does not answer; reading from the event store');
    },
    readiness: createReadiness({ pool, redis, elasticsearch, isStopping: () => stopping }),
    newId: () => randomUUID(),
    pageSizeMax: config.PAGE_SIZE_MAX,
    minVersionWaitMaxMs: config.READ_MIN_VERSION_WAIT_MS,
    bodyBytesMax: config.REQUEST_BODY_BYTES_MAX,
    log,
  });
  const server = serve({
    fetch: api.fetch,
    hostname: config.HOST,
    port: config.PORT,
    serverOptions: { requestTimeout: config.REQUEST_TIMEOUT_MS, keepAliveTimeout: keepAliveTimeoutMs },
  }) as Server;
  await once(server, 'listening');
  log.info({ address: server.address() }, 'server ready');

  await stopSignal();
  stopping = true;
  log.info('server stopping');
  const force = setTimeout(() => {
    log.error('work in hand did not end in time');
    process.exit(1);
  }, config.SHUTDOWN_GRACE_MS);
  await stopServer(server, commands.close);
  clearTimeout(force);
  redis.disconnect();
  await Promise.all([pool.end(), elasticsearch.close()]);
  log.info('server stopped');
}

/** Longer than the idle time of common load balancers, so that they, not we, close idle connections. */
const keepAliveTimeoutMs = 75_000;

const idleSweepMs = 20;

/**
 * Takes no new connection, answers every request that is in hand or still comes on an open one, and tells those
 * clients to close it; connections without a request are closed.
 */
async function stopServer(server: Server, closeCommands: () => Promise<void>): Promise<void> {
  const closed = once(server, 'close');
  server.prependListener('request', (_, response) => {
    response.shouldKeepAlive = false;
  });
  server.close();
  await closeCommands();
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, idleSweepMs);
  await closed;
  clearInterval(sweep);
}

async function stopSignal(): Promise<void> {
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
}

main().catch((error: unknown) => {
  createLog('info', 'server').fatal({ err: error }, 'server failed');
  process.exit(1);
});
