import { afterAll, beforeAll, expect, it } from 'vitest';
import { createElasticsearch } from '../../src/projections/readModel/elasticsearch.ts';
import { createReadModelProjection } from '../../src/projections/readModel/readModelSink.ts';
import { firstWalletsIndex } from '../../src/projections/readModel/readModelIndex.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { drainAll } from '../support/projections.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
const opened: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  for (const close of opened.reverse()) await close();
  await database.drop();
});

it('a read with minVersion is never answered by a read model below that version', async () => {
  const config = testConfig(database.url, { READ_MIN_VERSION_WAIT_MS: '50' });
  api = createTestApi(config);
  opened.push(api.close);
  const elasticsearch = createElasticsearch(config);
  const indexPrefix = config.ELASTICSEARCH_INDEX_PREFIX;
  opened.push(
    () => elasticsearch.close(),
    () => elasticsearch.indices.delete({ index: firstWalletsIndex(indexPrefix), ignore_unavailable: true }),
  );
  const readModel = createReadModelProjection({ pool: api.pool, elasticsearch, indexPrefix });
  await post(api, '/wallets', { walletId: 'w', ownerId: 'o', initialBalance: '10.00' });
  await readModel.prepare?.();
  await drainAll(api.pool, readModel);
  await post(api, '/wallets/w/credit', '{"amount":1}');

  const behind = await get(api, '/wallets/w');
  expect(behind.headers.get('x-read-source')).toBe('read-model');
  expect(behind.body).toMatchObject({ version: 1 });
  const own = await get(api, '/wallets/w?minVersion=2');
  expect(own.headers.get('x-read-source')).toBe('event-store');
  expect(own.body).toMatchObject({ version: 2 });

  await drainAll(api.pool, readModel);
  const caughtUp = await get(api, '/wallets/w?minVersion=2');
  expect(caughtUp.headers.get('x-read-source')).toBe('read-model');
  expect(caughtUp.body).toMatchObject({ version: 2 });
});
