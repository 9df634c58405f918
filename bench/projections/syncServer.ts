// The service without its outbox, for comparison. Commands take the same command path. Then the request
// itself writes read model and ledger through the sinks of the drain, before it answers. Both are written
// side by side and nothing waits for a refresh, which is the best case of this design.
import { Hono } from 'hono';
import { randomUUID } from 'node:crypto';
import type { Environment } from '../../src/api/context.ts';
import { createRecentVersions } from '../../src/api/wallets/recentVersions.ts';
import { addWalletCommandRoutes } from '../../src/api/wallets/walletCommandRoutes.ts';
import { createCommandPath } from '../../src/commands/commandPath.ts';
import type { Submission, SubmissionResult } from '../../src/commands/submission.ts';
import { readConfig } from '../../src/config/config.ts';
import { createPool, inDatabaseTransaction } from '../../src/eventStore/database.ts';
import { readStream } from '../../src/eventStore/read/readEvents.ts';
import { connectRedis } from '../../src/locks/redisConnection.ts';
import { createWalletLocks } from '../../src/locks/walletLocks.ts';
import { decodeEvents } from '../../src/projections/projectEvents.ts';
import { ledgerProjection } from '../../src/projections/ledger/ledgerSink.ts';
import { createElasticsearch } from '../../src/projections/readModel/elasticsearch.ts';
import { createReadModelProjection } from '../../src/projections/readModel/readModelSink.ts';
import { startHttpServer } from '../../src/http/httpServer.ts';
import { readCommandIdCover } from '../../harness/commandIdCover.ts';

const config = readConfig(process.env);
const onIdleError = (error: Error) => {
  console.error(error.message);
};
const commandPool = createPool(
  { ...config, DATABASE_CONNECTIONS_MAX: config.COMMAND_LANES + 1 },
  'wallet-commands',
  onIdleError,
);
const pool = createPool(config, 'wallet-sync', onIdleError);
const redis = connectRedis(config.REDIS_URL, config.REDIS_COMMAND_TIMEOUT_MS, onIdleError);
const elasticsearch = createElasticsearch(config);
const readModel = createReadModelProjection({
  pool,
  elasticsearch,
  indexPrefix: config.ELASTICSEARCH_INDEX_PREFIX,
});
const locks = createWalletLocks(redis, {
  keyPrefix: config.REDIS_KEY_PREFIX,
  token: randomUUID(),
  lockTtlMs: config.LOCK_TTL_MS,
  breakerOpenMs: config.REDIS_BREAKER_OPEN_MS,
  onBypass: () => undefined,
  now: () => performance.now(),
});
const commands = createCommandPath(config, {
  pool: commandPool,
  locks,
  processId: randomUUID(),
  onAppended: () => undefined,
  onFailedAttempt: (failure, error) => {
    console.error(failure, error);
  },
});

async function submit(submission: Submission): Promise<SubmissionResult> {
  const result = await commands.submit(submission);
  if (result.kind === 'answered' && !result.replayed && 'accepted' in result.outcome)
    await project(result.outcome.accepted);
  return result;
}

/** Projects the events that this command appended: the last one of each wallet in its answer. */
async function project(wallets: readonly { readonly id: string; readonly version: number }[]): Promise<void> {
  const streams = await Promise.all(wallets.map(({ id, version }) => readStream(pool, id, version - 1, 1)));
  const { events } = decodeEvents(streams.flat());
  const [ofReadModel, ofLedger] = await Promise.all([
    readModel.writes === 'before-checkpoint' ? readModel.project(events) : [],
    inDatabaseTransaction(pool, async (client) =>
      ledgerProjection.writes === 'with-checkpoint' ? ledgerProjection.map(events)(client) : [],
    ),
  ]);
  const [refusal] = [...ofReadModel, ...ofLedger];
  if (refusal !== undefined) throw new Error(`the projections refused an event: ${refusal.reason}`);
}

const app = new Hono<Environment>();
app.use(function requestId(c, next) {
  c.set('requestId', randomUUID());
  return next();
});
app.get('/', (c) => c.text('ready'));
addWalletCommandRoutes(app, {
  submit,
  refuses: commands.refuses,
  onUnavailable: () => undefined,
  newId: () => randomUUID(),
  commandIdCover: await readCommandIdCover(pool),
  // Nothing is read here.
  recentVersions: createRecentVersions({ keptMs: 0, walletsMax: 0, monotonicMs: () => 0 }),
});

await readModel.prepare?.();
const { server } = await startHttpServer(app.fetch, config);
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  process.exit(0);
});
