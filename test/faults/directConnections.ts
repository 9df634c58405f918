// Connections of the fault bench to the stores. No fault of a proxy touches them.
import type { Client as Elasticsearch } from '@elastic/elasticsearch';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createElasticsearch } from '../../src/projections/readModel/elasticsearch.ts';
import type { Urls } from '../../stack/part.ts';

export interface DirectConnections {
  /** Breaks when PostgreSQL is killed. Ask again then. */
  readonly database: Pool;
  readonly redis: Redis;
  readonly elasticsearch: Elasticsearch;
  readonly temporal: TemporalClient;
}

export async function connectDirectly(
  urls: Urls,
  closings: AsyncDisposableStack,
): Promise<DirectConnections> {
  const database = new Pool({ connectionString: urls.DATABASE_URL, max: 8, connectionTimeoutMillis: 5_000 });
  // PostgreSQL is killed on purpose. A running query fails for its caller, and an idle connection is
  // replaced.
  database.on('error', () => undefined);
  database.on('connect', (client) => client.on('error', () => undefined));
  closings.defer(() => database.end());
  const redis = new Redis(urls.REDIS_URL, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  closings.defer(() => {
    redis.disconnect();
  });
  const elasticsearch = createElasticsearch({
    ELASTICSEARCH_URL: urls.ELASTICSEARCH_URL,
    ELASTICSEARCH_TIMEOUT_MS: 10_000,
  });
  closings.defer(() => elasticsearch.close());
  const connection = await Connection.connect({ address: urls.TEMPORAL_ADDRESS });
  closings.defer(() => connection.close());
  return { database, redis, elasticsearch, temporal: new TemporalClient({ connection }) };
}
