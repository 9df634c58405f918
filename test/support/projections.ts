// Gives a test file its own database and index prefix, with both projections over them.
import { randomBytes } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import type { Pool } from 'pg';
import { inject } from 'vitest';
import { activitySignal } from '../../src/activities/heartbeats.ts';
import { createPool } from '../../src/eventStore/database.ts';
import { drainBatch, type DrainPass } from '../../src/projections/drain/drainBatch.ts';
import { ledgerProjection } from '../../src/projections/ledger/ledgerSink.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { createElasticsearch } from '../../src/projections/readModel/elasticsearch.ts';
import {
  createReadModelQueries,
  type ReadModelQueries,
} from '../../src/projections/readModel/readModelQueries.ts';
import { createReadModelProjection } from '../../src/projections/readModel/readModelSink.ts';
import { createTestDatabase } from './database.ts';

export interface ProjectionFixture {
  readonly databaseUrl: string;
  readonly pool: Pool;
  readonly elasticsearch: Client;
  readonly indexPrefix: string;
  readonly readModel: Projection;
  readonly ledger: Projection;
  readonly queries: ReadModelQueries;
  readonly close: () => Promise<void>;
}

export async function createProjectionFixture(): Promise<ProjectionFixture> {
  const database = await createTestDatabase();
  const pool = testPool(database.url);
  const elasticsearch = createElasticsearch(
    { ELASTICSEARCH_URL: inject('elasticsearchUrl'), ELASTICSEARCH_TIMEOUT_MS: 10_000 },
    activitySignal,
  );
  const indexPrefix = `test-${randomBytes(6).toString('hex')}-`;
  return {
    databaseUrl: database.url,
    pool,
    elasticsearch,
    indexPrefix,
    readModel: createReadModelProjection({ pool, elasticsearch, indexPrefix }),
    ledger: ledgerProjection,
    queries: createReadModelQueries({ elasticsearch, indexPrefix, timeoutMs: 10_000 }),
    close: async () => {
      await elasticsearch.indices.delete({ index: `${indexPrefix}wallets-000001`, ignore_unavailable: true });
      await elasticsearch.close();
      await pool.end();
      await database.drop();
    },
  };
}

export function testPool(url: string): Pool {
  const limits = {
    DATABASE_CONNECTIONS_MAX: 4,
    DATABASE_CONNECT_TIMEOUT_MS: 10_000,
    DATABASE_STATEMENT_TIMEOUT_MS: 10_000,
  };
  // Dropping the database ends idle connections, which is expected here.
  return createPool(
    { DATABASE_URL: url, ...limits },
    'wallet-test',
    () => undefined,
    'projections',
    activitySignal,
  );
}

/** Drains until nothing is left. Gives the sum of the passes. */
export async function drainAll(
  pool: Pool,
  projection: Projection,
  batchSizeMax = 100,
): Promise<Omit<DrainPass, 'from' | 'parkedEvents'>> {
  let sum = { processed: 0, parked: 0 };
  for (;;) {
    const pass = await drainBatch(pool, projection, batchSizeMax);
    sum = { processed: sum.processed + pass.processed, parked: sum.parked + pass.parked };
    if (pass.processed === 0) return { ...sum, position: pass.position };
  }
}
