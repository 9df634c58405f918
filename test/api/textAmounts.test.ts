import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amountMembers, withTextAmounts } from '../../src/api/http/textAmounts.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { document, locations } from '../support/openApi.ts';

/** No double has these digits. */
const large = '9007199254740993.01';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

describe('under /v1', () => {
  it('amounts are text digit for digit, and without /v1 the same answers have JSON numbers', async () => {
    const key = { 'idempotency-key': 'make-large' };
    const body = { walletId: 'large', ownerId: 'o', initialBalance: large };
    const made = await post(api, '/v1/wallets', body, key);
    expect(made).toMatchObject({ status: 201, body: { id: 'large', balance: large, version: 1 } });
    expect(made.headers.get('location')).toBe('/v1/wallets/large');

    const repeated = await api.app.request('/wallets', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...key },
      body: JSON.stringify(body),
    });
    expect(repeated.headers.get('idempotent-replayed')).toBe('true');
    expect(await repeated.text()).toContain(`"balance":${large},`);

    const outcome = await get(api, `/v1/commands/${made.headers.get('command-id')}`);
    expect(outcome.body).toMatchObject({ outcome: 'committed', body: { balance: large, version: 1 } });
  });

  it('every path, refusal and header is that of the same path without /v1', async () => {
    for (const path of ['/wallets/nobody', '/wallets/large/credit', '/wallets?limit=0']) {
      const [plain, prefixed] = [await get(api, path), await get(api, `/v1${path}`)];
      const withoutId = ({ requestId, ...rest }: Record<string, unknown>) => [typeof requestId, rest];
      expect(prefixed.status, path).toBe(plain.status);
      expect(withoutId(prefixed.body), path).toEqual(withoutId(plain.body));
      expect(prefixed.headers.get('allow')).toBe(plain.headers.get('allow'));
    }
  });

  it('there is no second path to what a gateway may deny', async () => {
    for (const path of [
      '/admin/parts',
      '/%61dmin/parts',
      '/console',
      '/metrics',
      '/livez',
      '/v1/wallets/large',
    ])
      expect(await get(api, `/v1${path}`), path).toMatchObject({
        status: 404,
        body: { code: 'ROUTE_NOT_FOUND' },
      });
  });

  it('text that looks like an amount stays as it is', async () => {
    const description = '{"amount":1.50,"balance":2} \\"amount\\":3';
    await post(api, '/v1/wallets', { walletId: 'texts', ownerId: 'o', initialBalance: '1' });
    await post(api, '/v1/wallets/texts/credit', { amount: '1', description });
    const { body } = await get(api, '/v1/wallets/texts/events?order=desc&limit=1');
    expect(body.events).toMatchObject([{ amount: '1.00', balance: '2.00', version: 2, description }]);
  });
});

it('other numbers keep every digit, at any depth', () => {
  const json =
    '{"a":[{"position":9223372036854775807,"amount":0.10,"list":[1.50,{"balance":-3}]}],"amount":"1.0"}';
  expect(withTextAmounts(json)).toBe(
    '{"a":[{"position":9223372036854775807,"amount":"0.10","list":[1.50,{"balance":"-3"}]}],"amount":"1.0"}',
  );
});

describe('the OpenAPI document', () => {
  const decimals = new Set<string>();
  const others = new Set<string>();
  const collect = (value: unknown, name = ''): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('format' in value && value.format === 'decimal') {
      decimals.add(name);
      expect('type' in value && [value.type].flat().filter((type) => type !== 'null')).toEqual(['string']);
    } else if ('type' in value && /number|integer/.test(String(value.type))) {
      others.add(name);
      // What has no other bound would be 32 bits wide, or a float, in many generated clients.
      expect(value, name).toMatchObject({ format: expect.stringMatching(/^(int64|double)$/) as unknown });
    }
    for (const [member, one] of Object.entries(value)) {
      if (!/^(examples?|x-codeSamples)$/.test(member)) collect(one, Array.isArray(value) ? name : member);
    }
  };
  collect(document);

  it('describes every amount as text, and every other number as a wide integer', () => {
    // The others are of requests: a member of a body, and the schemas of query parameters.
    const inAnswers = [...decimals].filter((name) => name !== 'initialBalance' && name !== 'schema');
    expect(inAnswers.sort()).toEqual([...amountMembers].sort());
    expect([...others].filter((name) => inAnswers.includes(name))).toEqual([]);
  });

  it('names every operation with an amount under /v1', () => {
    for (const [id, { method, path }] of locations) {
      const resolved = JSON.stringify(document.paths[path]?.[method]);
      if (/"(?:Wallet|Event|LedgerEntry|TrialBalance|BalanceAt)"|decimal/.test(resolved))
        expect(path, id).toMatch(/^\/v1\//);
    }
  });
});
