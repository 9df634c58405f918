// Gathers the facts from every part at the same time, each within a deadline. Never rejects, because a part
// that does not answer is a fact, too.
import type { Client } from '@elastic/elasticsearch';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { Config } from '../config/config.ts';
import type { Schedules } from '../temporal/schedules.ts';
import type { Facts, Reading } from './facts.ts';
import { readElasticsearchFacts } from './facts/elasticsearchFacts.ts';
import { readPostgresFacts } from './facts/postgresFacts.ts';
import { readRedisFacts } from './facts/redisFacts.ts';
import { readTemporalFacts } from './facts/temporalFacts.ts';

export interface FactSources {
  readonly pool: Pool;
  readonly redis: Redis;
  readonly elasticsearch: Client;
  readonly recoveries: Pick<Schedules, 'temporalFacts' | 'schedule'>;
  readonly config: Pick<Config, 'REDIS_KEY_PREFIX' | 'ELASTICSEARCH_INDEX_PREFIX' | 'TEMPORAL_TASK_QUEUE'>;
}

/** Longest wait for one part. */
const answerWithinMs = 4_000;

export function createFactGatherer(sources: FactSources): () => Promise<Facts> {
  const { pool, redis, elasticsearch, recoveries, config } = sources;
  return async () => {
    const [postgres, redisFacts, elasticsearchFacts, temporal] = await Promise.all([
      reading(() => readPostgresFacts(pool)),
      reading(() => readRedisFacts(redis, config.REDIS_KEY_PREFIX)),
      reading(() => readElasticsearchFacts(elasticsearch, config.ELASTICSEARCH_INDEX_PREFIX)),
      reading(() => readTemporalFacts(recoveries, config.TEMPORAL_TASK_QUEUE)),
    ]);
    return { atMs: Date.now(), postgres, redis: redisFacts, elasticsearch: elasticsearchFacts, temporal };
  };
}

async function reading<T>(read: () => Promise<T>): Promise<Reading<T>> {
  const startedAt = performance.now();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`does not answer within ${answerWithinMs} ms`));
  }, answerWithinMs);
  const answeredInMs = () => Math.round(performance.now() - startedAt);
  try {
    const value = await Promise.race([read(), late]);
    return { answered: true, answeredInMs: answeredInMs(), value };
  } catch (error) {
    const reason = error instanceof Error && error.message !== '' ? error.message : 'does not answer';
    return { answered: false, answeredInMs: answeredInMs(), reason };
  } finally {
    clearTimeout(timer);
  }
}
