import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createElasticsearch } from '../../src/projections/readModel/elasticsearch.ts';
import { createReadModelProjection } from '../../src/projections/readModel/readModelSink.ts';
import { firstWalletsIndex } from '../../src/projections/readModel/readModelIndex.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { drainAll } from '../support/projections.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
/** Acknowledges the commands. */
let own: TestApi;
/** Another process on the same stores. It remembers nothing of its own. */
let other: TestApi;
let catchUp: () => Promise<unknown>;
const opened: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const config = testConfig(database.url, { READ_MIN_VERSION_WAIT_MS: '50', READ_OWN_WRITES_MS: '60000' });
  own = createTestApi(config);
  other = createTestApi({ ...config, READ_OWN_WRITES_MS: 0 });
  const elasticsearch = createElasticsearch(config);
  const indexPrefix = config.ELASTICSEARCH_INDEX_PREFIX;
  opened.push(
    own.close,
    other.close,
    () => elasticsearch.close(),
    () => elasticsearch.indices.delete({ index: firstWalletsIndex(indexPrefix), ignore_unavailable: true }),
  );
  const readModel = createReadModelProjection({ pool: own.pool, elasticsearch, indexPrefix });
  await readModel.prepare?.();
  catchUp = async () => {
    await drainAll(own.pool, readModel);
    // Lists show a document only after a refresh.
    await elasticsearch.indices.refresh({ index: firstWalletsIndex(indexPrefix) });
  };
});
afterAll(async () => {
  for (const close of opened.reverse()) await close();
  await database.drop();
});

let walletId: string;
let receiverId: string;
let wallets = 0;
/** Two wallets that the read model shows at version 1. */
beforeEach(async () => {
  wallets += 1;
  walletId = `w${wallets}`;
  receiverId = `r${wallets}`;
  for (const id of [walletId, receiverId]) {
    await post(own, '/wallets', { walletId: id, ownerId: `o${wallets}`, initialBalance: '10.00' });
  }
  await catchUp();
});

it('a read with minVersion is never answered by a read model below that version', async () => {
  await post(other, `/wallets/${walletId}/credit`, '{"amount":1}');

  const lagging = await get(other, `/wallets/${walletId}`);
  expect(lagging.headers.get('x-read-source')).toBe('read-model');
  expect(lagging.body).toMatchObject({ version: 1 });
  const asked = await get(other, `/wallets/${walletId}?minVersion=2`);
  expect(asked.headers.get('x-read-source')).toBe('event-store');
  expect(asked.body).toMatchObject({ version: 2 });

  await catchUp();
  const caughtUp = await get(other, `/wallets/${walletId}?minVersion=2`);
  expect(caughtUp.headers.get('x-read-source')).toBe('read-model');
  expect(caughtUp.body).toMatchObject({ version: 2 });
});

describe('a process never shows a wallet older than its own answer', () => {
  const transfer = () => JSON.stringify({ toWalletId: receiverId, amount: '1.00' });
  const key = () => ({ 'idempotency-key': `key-of-${walletId}` });
  const answers: Readonly<Record<string, () => Promise<unknown>>> = {
    'to a credit': () => post(own, `/wallets/${walletId}/credit`, '{"amount":1}'),
    'to a debit': () => post(own, `/wallets/${walletId}/debit`, '{"amount":1}'),
    'to the sender of a transfer': () => post(own, `/wallets/${walletId}/transfer`, transfer()),
    'to the receiver of a transfer': async () => {
      [walletId, receiverId] = [receiverId, walletId];
      await post(own, `/wallets/${receiverId}/transfer`, JSON.stringify({ toWalletId: walletId, amount: 1 }));
    },
    'to a command that another process carried out': async () => {
      await post(other, `/wallets/${walletId}/transfer`, transfer(), key());
      const replay = await post(own, `/wallets/${walletId}/transfer`, transfer(), key());
      expect(replay.headers.get('idempotent-replayed')).toBe('true');
    },
    'that a command was committed': async () => {
      const { headers } = await post(other, `/wallets/${walletId}/credit`, '{"amount":1}', key());
      const outcome = await get(own, `/commands/${headers.get('command-id')}`);
      expect(outcome.body).toMatchObject({ outcome: 'committed' });
    },
  };
  it.each(Object.keys(answers))('%s', async (name) => {
    await answers[name]?.();
    expect((await get(other, `/wallets/${walletId}`)).body).toMatchObject({ version: 1 });

    const read = await get(own, `/wallets/${walletId}`);
    expect(read.body).toMatchObject({ version: 2 });
    expect(read.headers.get('x-read-source')).toBe('event-store');
    expect((await get(own, `/wallets/${walletId}?minVersion=1`)).body).toMatchObject({ version: 2 });
    // Whichever process is asked, a list shows what the read model shows, so it never goes back.
    for (const process of [own, other]) {
      const list = await get(process, `/wallets?ownerId=o${wallets}`);
      expect(list.headers.get('x-read-source')).toBe('read-model');
      expect((list.body.wallets as object[]).find((one) => 'id' in one && one.id === walletId)).toMatchObject(
        {
          version: 1,
        },
      );
    }

    await catchUp();
    const caughtUp = await get(own, `/wallets/${walletId}`);
    expect(caughtUp.headers.get('x-read-source')).toBe('read-model');
    expect(caughtUp.body).toMatchObject({ version: 2 });
  });

  it('and asks the read model for every other wallet', async () => {
    await post(own, `/wallets/${walletId}/credit`, '{"amount":1}');
    const read = await get(own, `/wallets/${receiverId}`);
    expect(read.headers.get('x-read-source')).toBe('read-model');
  });

  it('but a refused command changes nothing about reads', async () => {
    await post(own, `/wallets/${walletId}/debit`, '{"amount":999}', key());
    await post(own, `/wallets/${walletId}/debit`, '{"amount":999}', key());
    expect((await get(own, `/wallets/${walletId}`)).headers.get('x-read-source')).toBe('read-model');
  });
});
