// Gathers the facts from every part at the same time, each within a deadline. Never rejects, because a part
// that does not answer is a fact, too.
import type { Client } from '@elastic/elasticsearch';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { Config } from '../config/config.ts';
import { archiveSettingsAt } from '../archive/archiveTimes.ts';
import { withinDeadline } from '../deadline.ts';
import type { Recoveries } from '../temporal/recoveries.ts';
import type { Facts, Reading } from './facts.ts';
import { readElasticsearchFacts } from './facts/elasticsearchFacts.ts';
import { readPostgresFacts } from './facts/postgresFacts.ts';
import { readRedisFacts } from './facts/redisFacts.ts';
import type { OwnFailures } from './ownFailures.ts';

export interface FactSources {
  readonly pool: Pool;
  readonly redis: Redis;
  readonly elasticsearch: Client;
  readonly recoveries: Pick<Recoveries, 'temporalHealth'>;
  readonly ownFailures: Pick<OwnFailures, 'facts'>;
  /** How the secrets of webhooks begin that this process can read. Empty without a key. */
  readonly webhookHeads: readonly Buffer[];
  readonly config: Pick<
    Config,
    | 'REDIS_KEY_PREFIX'
    | 'ELASTICSEARCH_INDEX_PREFIX'
    | 'DATABASE_READ_ROLE'
    | 'ARCHIVE_URL'
    | 'ARCHIVE_AFTER_DAYS'
    | 'ARCHIVE_GRACE_DAYS'
  >;
}

/** Longest wait for one part. */
const answerWithinMs = 4_000;

export function createFactGatherer(sources: FactSources): () => Promise<Facts> {
  const { pool, redis, elasticsearch, recoveries, ownFailures, webhookHeads, config } = sources;
  const { ELASTICSEARCH_INDEX_PREFIX: indexPrefix, DATABASE_READ_ROLE: readRole } = config;
  return async () => {
    const [postgres, redisFacts, elasticsearchFacts, temporal] = await Promise.all([
      reading(() =>
        readPostgresFacts(pool, indexPrefix, {
          ...{ readRole, webhookHeads },
          archive: archiveSettingsAt(config, new Date()),
        }),
      ),
      reading(() => readRedisFacts(redis, config.REDIS_KEY_PREFIX)),
      reading(() => readElasticsearchFacts(elasticsearch, indexPrefix)),
      reading(recoveries.temporalHealth),
    ]);
    return {
      atMs: Date.now(),
      process: ownFailures.facts(),
      ...{ postgres, redis: redisFacts, elasticsearch: elasticsearchFacts, temporal },
    };
  };
}

async function reading<T>(read: () => Promise<T>): Promise<Reading<T>> {
  const startedAt = performance.now();
  const answeredInMs = () => Math.round(performance.now() - startedAt);
  try {
    const tooLate = `does not answer within ${answerWithinMs} ms`;
    const value = await withinDeadline(answerWithinMs, twice(read), tooLate);
    return { answered: true, answeredInMs: answeredInMs(), value };
  } catch (error) {
    const reason = error instanceof Error && error.message !== '' ? error.message : 'does not answer';
    return { answered: false, answeredInMs: answeredInMs(), reason };
  }
}

/** One lost answer is not an outage: a process that was busy for a moment loses answers, too. */
async function twice<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch {
    return read();
  }
}
