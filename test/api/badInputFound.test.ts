// Defects that random bad input has found. Each has its own test here.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { watchersMax } from '../../src/api/console/consoleFeed.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { expectDescribed } from '../support/openApi.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
  await post(api, '/wallets', { walletId: 'w', ownerId: 'o', initialBalance: 1 });
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

it('an amount that is nested thousands deep is refused and causes no internal error', async () => {
  const amount = `${'['.repeat(7_000)}${']'.repeat(7_000)}`;
  const answer = await post(api, '/wallets/w/credit', `{"amount":${amount}}`);
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '' }] });
});

it('If-Match on the creation of a wallet is refused, not ignored', async () => {
  const answer = await post(api, '/wallets', { walletId: 'x', ownerId: 'o' }, { 'if-match': '"1"' });
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ header: 'If-Match' }] });
  expectDescribed('createWallet', answer.status, 'application/problem+json', answer.body);
  expect((await get(api, '/wallets/x')).status).toBe(404);
});

it.each(['constructor', '__proto__', 'toString'])(
  'a query parameter called %s is refused like any other',
  async (name) => {
    const answer = await get(api, `/wallets?${name}=1`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ errors: [{ parameter: name }] });
    const twice = await get(api, `/wallets?${name}=1&${name}=2`);
    expect(twice.body).toMatchObject({ errors: [{ parameter: name, detail: 'must be given once' }] });
  },
);

it.each(['/wallets', '/wallets/w/events', '/wallets/w/ledger', '/admin/failures', '/admin/recovery'])(
  '%s takes a limit in plain digits only',
  async (path) => {
    for (const limit of ['0x10', '1e1', '%2010', '10.0', '+10', ''])
      expect((await get(api, `${path}?limit=${limit}`)).status, limit).toBe(400);
    expect((await get(api, `${path}?limit=10`)).status).toBe(200);
  },
);

it("HEAD of the console's stream does not count as an open console", async () => {
  const stream = await api.app.request('/console/stream');
  for (let asked = 0; asked <= watchersMax; asked += 1) {
    const head = await api.app.request('/console/stream', { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-type')).toContain('text/event-stream');
  }
  if (stream.body === null) throw new Error('the stream has no body');
  const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('event: look')) text += (await reader.read()).value ?? '';
  expect(text).not.toContain('event: replaced');
  await reader.cancel();
});

it('a time whose offset leads out of the four-digit years is refused', async () => {
  for (const at of ['9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00%2B23:59']) {
    const answer = await get(api, `/wallets/w/balance?at=${at}`);
    expect(answer.body, at).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ parameter: 'at' }] });
  }
});

it('an id of a recovery that no path can name is refused', async () => {
  for (const id of ['%00', '%ff']) {
    const answer = await get(api, `/admin/recovery/${id}`);
    expect(answer.body, id).toMatchObject({ code: 'MALFORMED_REQUEST' });
  }
});

it('an id of a recovery that Temporal can not take is not found', async () => {
  for (const id of ['x'.repeat(1_001), 'x'.repeat(10_000)])
    for (const path of [id, `${id}/pause`]) {
      const answer =
        path === id
          ? await get(api, `/admin/recovery/${path}`)
          : await post(api, `/admin/recovery/${path}`, {});
      expect(answer.body, path.slice(0, 20)).toMatchObject({ code: 'RECOVERY_NOT_FOUND' });
    }
});
