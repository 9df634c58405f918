// Decides whether the API process is ready: it needs a PostgreSQL that takes its writes, and nothing else.
// Operations succeed without the other parts. Without Redis it decides without the lock, and without
// Elasticsearch it reads from the event store. Without Temporal only the projections fall behind.
import type { Client } from '@elastic/elasticsearch';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { checkWritable } from '../src/eventStore/checkWritable.ts';
import { assertLevelKnown } from '../src/eventStore/processReports.ts';
import { assertServerFit } from '../src/eventStore/serverFacts.ts';
import { createReadiness, type Readiness } from '../src/telemetry/readiness.ts';

interface ReadinessDeps {
  readonly pool: Pool;
  readonly redis: Redis;
  readonly elasticsearch: Client;
  readonly isStopping: () => boolean;
  readonly isDraining: () => boolean;
}

const requestTimeoutMs = 1_000;

export function createApiReadiness(deps: ReadinessDeps): () => Promise<Readiness> {
  const { pool, redis, elasticsearch } = deps;
  const processState = () => {
    if (deps.isStopping()) return 'is shutting down';
    return deps.isDraining() ? 'is draining' : 'ok';
  };
  return createReadiness(processState, {
    postgres: {
      needed: true,
      ask: async () => {
        await assertServerFit(pool, 'commands');
        await checkWritable(pool);
        await assertLevelKnown(pool);
      },
    },
    redis: { needed: false, ask: () => redis.ping() },
    elasticsearch: {
      needed: false,
      ask: () => elasticsearch.cluster.health({}, { requestTimeout: requestTimeoutMs, maxRetries: 0 }),
    },
  });
}
