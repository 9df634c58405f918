import { afterAll, beforeAll, expect, it } from 'vitest';
import { valueOf, type WalletClient } from 'wallet-service/client';
import { createTestApi, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { createLossyClient, type LossyClient } from '../support/lossyClient.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
let client: WalletClient;
let lose: LossyClient['lose'];

beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
  ({ client, lose } = createLossyClient(api));
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

it('amounts go in and come out digit for digit', async () => {
  const created = await client.createWallet({
    walletId: 'exact',
    ownerId: 'owner-1',
    initialBalance: '9007199254740993.01',
  });
  expect(valueOf(created).balance).toBe('9007199254740993.01');
  const read = await client.getWallet({ walletId: 'exact', minVersion: 1 });
  expect(valueOf(read).balance).toBe('9007199254740993.01');
});

it('a command whose answer got lost takes effect once', async () => {
  lose(1);
  const credited = await client.creditWallet({ walletId: 'exact', amount: '0.01' });
  expect(credited).toMatchObject({
    ok: true,
    value: { balance: '9007199254740993.02', version: 2 },
    facts: { attempts: 2, replayed: true, version: 2 },
  });
});

it('a refusal is a value with its code', async () => {
  const refused = await client.debitWallet({ walletId: 'exact', amount: '1.00' }, { ifMatch: 1 });
  expect(refused).toMatchObject({ ok: false, problem: { code: 'VERSION_MISMATCH', currentVersion: 2 } });
});
