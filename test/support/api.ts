// The API for a test: the real application on the test's own database, with the real Redis and Elasticsearch.
// Tests call it without a socket.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { inject } from 'vitest';
import { localCaller } from '../../src/access/caller.ts';
import { createTenantExists } from '../../src/access/tenants.ts';
import { createIssueKey } from '../../src/access/issueKey.ts';
import type { App } from '../../src/api/context.ts';
import { createApi } from '../../src/api/app.ts';
import type { ApiDeps } from '../../src/api/deps.ts';
import type { ServedFeed } from '../../src/api/events/eventStreams.ts';
import { readersMaxOf } from '../../src/api/events/readerPlaces.ts';
import { createAddressOf } from '../../src/api/http/clientAddress.ts';
import type { ServedWebhooks } from '../../src/api/webhooks/webhookRequests.ts';
import { createAddressGuard } from '../../src/webhooks/addressGuard.ts';
import { createSecretBox } from '../../src/webhooks/secretBox.ts';
import { createCommandIdCover } from '../../src/api/wallets/commandIdCover.ts';
import { createReadModelAccess } from '../../src/api/wallets/readModelAccess.ts';
import { createRecentVersions } from '../../src/api/wallets/recentVersions.ts';
import { createAuditLog } from '../../src/audit/auditLog.ts';
import { createRefusalCounts } from '../../src/audit/countRefusals.ts';
import { type CommandPathDeps, createCommandPath } from '../../src/commands/commandPath.ts';
import type { CommandQueue } from '../../src/commands/commandQueue.ts';
import { archiveSettingsAt } from '../../src/archive/archiveTimes.ts';
import { type Config, readConfig } from '../../src/config/config.ts';
import { unwalledReads } from '../../src/eventStore/tenantReads.ts';
import { createPool } from '../../src/eventStore/database.ts';
import { conditions } from '../../src/health/conditions/conditions.ts';
import { createFactGatherer } from '../../src/health/gatherFacts.ts';
import { createHealth } from '../../src/health/health.ts';
import { createOwnFailures } from '../../src/health/ownFailures.ts';
import { connectRedis } from '../../src/locks/redisConnection.ts';
import { createWalletLocks } from '../../src/locks/walletLocks.ts';
import { createElasticsearch } from '../../src/projections/readModel/elasticsearch.ts';
import { createFeedCursors } from '../../src/feed/feedCursors.ts';
import { createFeedTail } from '../../src/feed/feedTail.ts';
import { createWakeUps, type WakeUps } from '../../src/projections/drain/wakeUp.ts';
import { createReadModelQueries } from '../../src/projections/readModel/readModelQueries.ts';
import { connectRecoveries } from '../../src/temporal/connectRecoveries.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { describeVersion } from '../../src/telemetry/version.ts';

/** A pepper for keys that tests make. */
export const testPeppers = [{ id: 'p1', secret: Buffer.alloc(32, 'pepper') }];
const testKeys = { issueKey: createIssueKey(testPeppers, 'test', randomBytes), keysChanged: ignore };

const unwatched = { onFailure: ignore, monotonicMs: () => performance.now() };

/** No metrics, no traces. */
const unmeasured = {
  requestAnswered: ignore,
  traces: undefined,
  monotonicMs: () => performance.now(),
  metrics: () => Promise.resolve({ text: '', mediaType: 'text/plain' }),
  commandCounts: () => Promise.resolve({ answered: 0, refused: 0, buckets: [] as [] }),
};

export interface TestApi {
  readonly app: App;
  readonly pool: Pool;
  readonly redis: Redis;
  readonly commands: CommandQueue;
  readonly counted: { bypassed: number; conflicts: number; failures: number; appended: number };
  readonly close: () => Promise<void>;
}

/** Settings of one test file. Everything in a shared store begins with a prefix that no other file uses. */
export function testConfig(databaseUrl: string, more: Readonly<Record<string, string>> = {}): Config {
  const prefix = `test-${randomUUID().slice(0, 8)}-`;
  return readConfig({
    DATABASE_URL: databaseUrl,
    REDIS_URL: inject('redisUrl'),
    ELASTICSEARCH_URL: inject('elasticsearchUrl'),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    // Tests of access ask for keys; all others call without.
    ACCESS: 'open',
    TEMPORAL_TASK_QUEUE: `${prefix}wallet`,
    REDIS_KEY_PREFIX: prefix,
    ELASTICSEARCH_INDEX_PREFIX: prefix,
    SCHEDULE_ID_PREFIX: prefix,
    // These limits are long, so that a slow machine does not look like a failed Redis or PostgreSQL.
    REDIS_COMMAND_TIMEOUT_MS: '2000',
    DATABASE_CONNECT_TIMEOUT_MS: '10000',
    READ_TIMEOUT_MS: '5000',
    // Above every sum of waits that a test sets.
    SHUTDOWN_GRACE_MS: '120000',
    LOG_LEVEL: 'silent',
    PORT: '0',
    WORKER_PORT: '0',
    ...more,
  });
}

const noSuspensions = { isSuspended: () => false, refresh: () => Promise.resolve() };

const secretBox = createSecretBox({ WEBHOOK_SECRETS_KEY: [Buffer.alloc(32, 'key')] });
const webhookHeads = secretBox?.heads ?? [];

/** Tests name commands by the ids inside. */
const uncovered = createCommandIdCover(() => ({ secret: Buffer.alloc(32), shownSince: null }));

/** An API with the state of one process. Several on one database behave as several processes. */
export function createTestApi(
  config: Config,
  replaced: Partial<CommandPathDeps> = {},
  replacedInApi: Partial<ApiDeps> = {},
  replacedInFeed: Partial<ServedFeed> = {},
): TestApi {
  const elasticsearch = createElasticsearch(config);
  const commits = createWakeUps();
  const { pool, redis, commands, counted } = createCommands(config, replaced, commits.notify);
  const feed = { ...createTestFeed(config, pool, commits), ...replacedInFeed };
  const temporal = connectRecoveries(config);
  const stopping = new AbortController();
  const audit = createAuditLog(pool);
  const app = createApi({
    audit,
    refusals: createRefusalCounts({ refused: audit.refused, onFailure: ignore }),
    addressOf: createAddressOf(config.TRUSTED_PROXIES),
    rates: undefined,
    submit: commands.submit,
    refuses: commands.refuses,
    onUnavailable: ignore,
    pool,
    ...{ reads: unwalledReads(pool), feed },
    readModel: createReadModelQueries({
      elasticsearch,
      indexPrefix: config.ELASTICSEARCH_INDEX_PREFIX,
      timeoutMs: config.READ_TIMEOUT_MS,
    }),
    readModelAccess: createReadModelAccess({ breakerOpenMs: config.READ_BREAKER_OPEN_MS, ...unwatched }),
    ...{ recoveries: temporal.recoveries, archive: () => archiveSettingsAt(config, new Date()) },
    temporal: config,
    webhooks: testWebhooks(config),
    stopping: stopping.signal,
    health: createHealth({
      gather: createFactGatherer({
        ...{ pool, redis, elasticsearch, config, webhookHeads, recoveries: temporal.recoveries },
        ownFailures: createOwnFailures(() => performance.now()),
      }),
      conditions,
      monotonicMs: () => performance.now(),
    }),
    readiness: () => Promise.resolve({ ready: true, status: 'ok', parts: {}, needed: [] }),
    version: describeVersion('', 0, new Date()),
    ...unmeasured,
    ...{ newId: () => randomUUID(), authenticate: () => localCaller, isFamiliar: () => true, ...testKeys },
    commandIdCover: uncovered,
    ...{ tenantExists: createTenantExists(pool), suspensions: noSuspensions },
    recentVersions: createRecentVersions({
      keptMs: config.READ_OWN_WRITES_MS,
      walletsMax: 1_000,
      monotonicMs: () => performance.now(),
    }),
    ...{ pageSizeMax: config.PAGE_SIZE_MAX, minVersionWaitMaxMs: config.READ_MIN_VERSION_WAIT_MS },
    corsOrigins: config.CORS_ORIGINS,
    bodyBytesMax: config.REQUEST_BODY_BYTES_MAX,
    readsInFlightMax: config.READS_IN_FLIGHT_MAX,
    log: createLog(config.LOG_LEVEL, 'server'),
    ...replacedInApi,
  });
  return {
    ...{ app, pool, redis, commands, counted },
    close: async () => {
      stopping.abort();
      await commands.close();
      await feed.tail.close();
      redis.disconnect();
      await Promise.all([pool.end(), elasticsearch.close(), temporal.close()]);
    },
  };
}

/** Receivers are not asked: a test event is delivered. */
function testWebhooks(config: Config): ServedWebhooks {
  return {
    box: secretBox,
    guard: createAddressGuard(config),
    deliver: () => Promise.resolve({ outcome: 'delivered', status: 200, reason: null, ms: 1 }),
    endpointsPerTenantMax: config.WEBHOOK_ENDPOINTS_MAX,
  };
}

/** The feed, which hears of the commits of its own process alone. It polls for those of others. */
function createTestFeed(config: Config, pool: Pool, commits: WakeUps): ServedFeed {
  return {
    tail: createFeedTail({
      ...{ pool, commits, show: (id) => id, now: Date.now },
      ...{ listen: () => ignore, onFailure: ignore, onWorked: ignore, onPassed: ignore },
      monotonicMs: () => performance.now(),
    }),
    cursors: createFeedCursors(Buffer.alloc(32)),
    watch: { opened: ignore, closed: ignore, sent: ignore, ended: ignore },
    readersMax: readersMaxOf(config),
    readersPerTenantMax: config.EVENT_READERS_PER_TENANT_MAX,
    readersPerCallerMax: config.EVENT_READERS_PER_CALLER_MAX,
  };
}

/** The command path, which counts its bypassed locks, conflicts, failures and appends. */
function createCommands(config: Config, replaced: Partial<CommandPathDeps>, committed: () => void) {
  const counted = { bypassed: 0, conflicts: 0, failures: 0, appended: 0 };
  const pool = createPool(config, 'wallet-test', ignore);
  const redis = connectRedis(config.REDIS_URL, config.REDIS_COMMAND_TIMEOUT_MS, ignore);
  const locks = createWalletLocks(redis, {
    keyPrefix: config.REDIS_KEY_PREFIX,
    token: randomUUID(),
    lockTtlMs: config.LOCK_TTL_MS,
    breakerOpenMs: config.REDIS_BREAKER_OPEN_MS,
    onBypass: () => (counted.bypassed += 1),
    now: () => performance.now(),
  });
  const commands = createCommandPath(config, {
    pool,
    locks,
    processId: randomUUID(),
    onAppended: () => {
      counted.appended += 1;
      committed();
    },
    onFailedAttempt: (failure) => {
      if (failure === 'conflict') counted.conflicts += 1;
      else counted.failures += 1;
    },
    ...replaced,
  });
  return { pool, redis, commands, counted };
}

function ignore(): void {
  return;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as it was sent. Only here do amounts keep their digits. */
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** Sends a POST with a JSON body. A string is sent as it is. */
export async function post(
  api: Pick<TestApi, 'app'>,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  method = 'POST',
): Promise<ApiAnswer> {
  const response = await api.app.request(path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return readAnswer(response);
}

export async function get(
  api: Pick<TestApi, 'app'>,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiAnswer> {
  return readAnswer(await api.app.request(path, { headers }));
}

export async function readAnswer(response: Response): Promise<ApiAnswer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: JSON.parse(text) as Record<string, unknown>,
  };
}
