// The event feed through the typed client: one endless list over connections that end and break.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createWalletClient,
  valueOf,
  WalletConnectionError,
  WalletProblemError,
} from 'wallet-service/client';
import { createTestApi, post, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';

const wallets = 30;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
  for (let wallet = 1; wallet <= wallets; wallet += 1)
    await post(api, '/wallets', { walletId: `w-${wallet}`, ownerId: 'o-1' });
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

/** A client whose connections break after a few bytes, each in another place. */
function clientOf(bytesMax: number) {
  const asked: string[] = [];
  const client = createWalletClient({
    url: 'http://wallets',
    retries: { delayMinMs: 1, delayMaxMs: 2 },
    random: () => 0,
    fetch: async (url, init) => {
      asked.push(url as string);
      const { body, status, headers } = await api.app.request(url, init);
      return new Response(body?.pipeThrough(brokenAfter(bytesMax)) ?? null, { status, headers });
    },
  });
  return { client, asked };
}

function brokenAfter(bytesMax: number): TransformStream<Uint8Array, Uint8Array> {
  let left = bytesMax;
  return new TransformStream({
    transform: (chunk, controller) => {
      controller.enqueue(chunk.slice(0, left));
      left -= chunk.length;
      if (left < 0) controller.error(new TypeError('the connection broke'));
    },
  });
}

it.each([1_500, 2_000, 3_333, Infinity])(
  'gives each event once and in order, although connections break after %d bytes',
  async (bytesMax) => {
    const { client, asked } = clientOf(bytesMax);
    const ids: string[] = [];
    for await (const event of client.events({ types: 'wallet.created.v1' })) {
      ids.push(event.id);
      if (ids.length === wallets) break;
    }
    expect(ids).toEqual(Array.from({ length: wallets }, (_, index) => `w-${index + 1}@1`));
    expect(asked.length > 1).toBe(bytesMax !== Infinity);
  },
);

it.each([3_300, 3_900, 4_500])(
  'gives an event and its alerts once, although connections break between them after %d bytes',
  async (bytesMax) => {
    const walletId = `alerting-${bytesMax}`;
    await post(api, '/wallets', { walletId, ownerId: 'o-2', initialBalance: '10.00' });
    const rule = (name: string) => ({ name, field: 'balance', op: 'below', amount: '9.50' });
    const alerts = ['one', 'two', 'three'].map(rule);
    await post(api, `/wallets/${walletId}/alerts`, { alerts }, {}, 'PUT');
    for (const way of ['debit', 'credit', 'debit'])
      await post(api, `/wallets/${walletId}/${way}`, { amount: '1.00' });
    const wanted = ['1', '2', '3', '3:01', '3:02', '3:03', '4', '5', '5:01', '5:02', '5:03'];
    const { client, asked } = clientOf(bytesMax);
    const found: { readonly id: string; readonly cursor: string }[] = [];
    for await (const { id, cursor } of client.events({ walletId })) {
      found.push({ id, cursor });
      if (found.length === wanted.length) break;
    }
    expect(found.map(({ id }) => id)).toEqual(wanted.map((version) => `${walletId}@${version}`));
    expect(asked.length).toBeGreaterThan(1);
    // A program that ends at an alert begins again with its event.
    const { cursor = '' } = found.find(({ id }) => id.endsWith('@3:02')) ?? {};
    const again = valueOf(await client.listEvents({ walletId, after: cursor, limit: 1 }));
    expect(again.events.map(({ id }) => id)).toEqual(
      ['3', '3:01', '3:02', '3:03'].map((version) => `${walletId}@${version}`),
    );
  },
);

it('goes on after the cursor of an event', async () => {
  const { client } = clientOf(Infinity);
  let cursor = '';
  for await (const event of client.events()) {
    ({ cursor } = event);
    if (event.id === 'w-7@1') break;
  }
  const rest = valueOf(await client.listEvents({ after: cursor, limit: 1 }));
  expect(rest.events.map(({ id }) => id)).toEqual(['w-8@1']);
});

it('throws a refusal, the end of its patience, and the abort of its caller', async () => {
  const { client } = clientOf(Infinity);
  await expect(client.events({ after: 'no cursor' }).next()).rejects.toThrow(WalletProblemError);
  const broken = createWalletClient({
    url: 'http://wallets',
    fetch: () => Promise.reject(new TypeError('nobody is there')),
  });
  await expect(broken.events({}, { giveUpAfterMs: 0 }).next()).rejects.toThrow(WalletConnectionError);
  const left = new AbortController();
  const waiting = client.events({ after: 'latest' }, { signal: left.signal }).next();
  left.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
