import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { eventSchema } from '../../src/api/wallets/eventSchemas.ts';
import { appendRows, unknownEvent } from '../support/appendEvents.ts';
import { createTestDatabase } from '../support/database.ts';
import { someTime } from '../support/walletStream.ts';

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

let wallets = 0;
async function createWallet(initialBalance: string, more: object = {}): Promise<string> {
  wallets += 1;
  const walletId = `wallet-${wallets}`;
  const { status } = await post(api, '/wallets', { walletId, ownerId: 'owner-1', initialBalance, ...more });
  expect(status).toBe(201);
  return walletId;
}

describe('the life of two wallets', () => {
  it('is answered with exact snapshots at every step', async () => {
    const [a, b] = [await createWallet('100.00'), await createWallet('100.00')];
    const credited = await post(api, `/wallets/${a}/credit`, '{"amount":50.00,"description":"top-up"}');
    expect(credited).toMatchObject({
      status: 200,
      body: { id: a, ownerId: 'owner-1', version: 2, currency: 'USD' },
    });
    expect(credited.text).toContain('"balance":150.00,');
    expect(credited.headers.get('etag')).toBe('"2"');
    const debited = await post(api, `/wallets/${a}/debit`, '{"amount":25.00}');
    expect(debited.text).toContain(
      '"balance":125.00,"held":0.00,"available":125.00,"status":"active","version":3',
    );
    const moved = await post(api, `/wallets/${a}/transfer`, `{"toWalletId":"${b}","amount":25.00}`);
    expect(moved).toMatchObject({
      status: 200,
      body: { fromWallet: { id: a, version: 4 }, toWallet: { id: b, version: 2 } },
    });
    expect(moved.text).toMatch(/"balance":100\.00.*"balance":125\.00/);
  });

  it('starts with 201, a Location and version 1, empty if no balance is given', async () => {
    const created = await post(api, '/wallets', { ownerId: 'owner-1' });
    expect(created).toMatchObject({ status: 201, body: { version: 1, ownerId: 'owner-1' } });
    expect(created.headers.get('location')).toBe(`/wallets/${String(created.body.id)}`);
    expect(created.text).toContain('"balance":0.00');
  });

  it('keeps digits that a double does not have, in and out', async () => {
    const id = await createWallet('9007199254740993.00');
    expect((await get(api, `/wallets/${id}`)).text).toContain('"balance":9007199254740993.00,');
  });

  it('has the decimals of its currency', async () => {
    const yen = await createWallet('5', { currency: 'JPY' });
    expect((await post(api, `/wallets/${yen}/credit`, '{"amount":1}')).text).toContain('"balance":6,');
    const dinar = await createWallet('5', { currency: 'KWD' });
    expect((await post(api, `/wallets/${dinar}/credit`, '{"amount":"0.001"}')).text).toContain(
      '"balance":5.001,',
    );
  });
});

describe('a refusal', () => {
  it.each([
    ['an id that is taken', '/wallets', { walletId: 'A', ownerId: 'o' }, 409, 'WALLET_ALREADY_EXISTS'],
    ['an unknown wallet', '/wallets/nobody/credit', { amount: 1 }, 404, 'WALLET_NOT_FOUND'],
    [
      'an unknown receiver',
      '/wallets/A/transfer',
      { amount: 1, toWalletId: 'nobody' },
      404,
      'WALLET_NOT_FOUND',
    ],
    ['more than there is', '/wallets/A/debit', { amount: 5000 }, 422, 'INSUFFICIENT_FUNDS'],
    [
      'a transfer of more than there is',
      '/wallets/A/transfer',
      { amount: 5000, toWalletId: 'B' },
      422,
      'INSUFFICIENT_FUNDS',
    ],
    ['a transfer to itself', '/wallets/A/transfer', { amount: 1, toWalletId: 'A' }, 422, 'SAME_WALLET'],
    [
      'a transfer between currencies',
      '/wallets/A/transfer',
      { amount: 1, toWalletId: 'B' },
      422,
      'CURRENCY_MISMATCH',
    ],
  ])('of %s is a problem document and changes nothing', async (_, path, body, status, code) => {
    const a = await createWallet('100.00');
    const b = await createWallet('100.00', code === 'CURRENCY_MISMATCH' ? { currency: 'EUR' } : {});
    const real = (text: string) => text.replaceAll(/\bA\b/g, a).replaceAll(/\bB\b/g, b);
    const refused = await post(api, real(path), real(JSON.stringify(body)));
    expect(refused).toMatchObject({
      status,
      body: { code, status, requestId: expect.any(String) as string },
    });
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.headers.get('x-request-id')).toBe(refused.body.requestId);
    for (const id of [a, b])
      expect((await get(api, `/wallets/${id}`)).text).toContain(
        '"balance":100.00,"held":0.00,"available":100.00,"status":"active","version":1',
      );
  });

  it.each([
    ['{"amount":1.234}', '/amount'],
    ['{"amount":0}', '/amount'],
    ['{"amount":-1}', '/amount'],
    ['{"amount":1e2}', '/amount'],
    ['{"amount":"01"}', '/amount'],
    ['{"amount":null}', '/amount'],
    ['{"amount":[1]}', '/amount'],
    ['{}', '/amount'],
    ['{"amount":1,"amount":2}', '/amount'],
    ['{"amount":1,"other":2}', '/other'],
    ['{"amount":1,"a/b~c":2}', '/a~1b~0c'],
    ['{"amount":1,"description":7}', '/description'],
    ['{"amount":1,"description":"\\u0000"}', '/description'],
    ['{"amount":1,"description":"\\ud800"}', '/description'],
    [`{"amount":1,"description":"${'x'.repeat(501)}"}`, '/description'],
    ['[]', ''],
  ])('of the body %s points at its field', async (body, pointer) => {
    const id = await createWallet('1.00');
    const refused = await post(api, `/wallets/${id}/credit`, body);
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toEqual([expect.objectContaining({ pointer })]);
  });

  it('tells malformed JSON and bytes that are no text from a wrong field', async () => {
    expect(await post(api, '/wallets', '{"ownerId":')).toMatchObject({
      status: 400,
      body: { code: 'MALFORMED_JSON' },
    });
    const response = await api.app.request('/wallets', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d),
    });
    expect(await response.json()).toMatchObject({ status: 400, code: 'MALFORMED_JSON' });
  });

  it('of another media type is 415, of a large body 413, of an unknown place 404, of a wrong method 405', async () => {
    expect(await post(api, '/wallets', '{}', { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
    });
    expect(await post(api, '/wallets', `{"ownerId":"${'x'.repeat(20_000)}"}`)).toMatchObject({
      status: 413,
      body: { code: 'BODY_TOO_LARGE' },
    });
    expect(await get(api, '/nothing')).toMatchObject({ status: 404, body: { code: 'ROUTE_NOT_FOUND' } });
    expect(await get(api, '/wallets/x/credit')).toMatchObject({
      status: 405,
      body: { code: 'METHOD_NOT_ALLOWED' },
    });
  });

  it('of a bad id names the field or the parameter', async () => {
    expect(await post(api, '/wallets', { walletId: 'a b', ownerId: 'o' })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/walletId' }] },
    });
    expect(await get(api, '/wallets/a%20b')).toMatchObject({
      status: 400,
      body: { errors: [{ parameter: 'walletId' }] },
    });
  });
});

describe('an Idempotency-Key', () => {
  it('gives the same request the same answer, byte for byte, and does it once', async () => {
    const id = await createWallet('10.00');
    const first = await post(api, `/wallets/${id}/credit`, '{"amount":1,"description":"x"}', {
      'idempotency-key': `k-${id}`,
    });
    const again = await post(api, `/wallets/${id}/credit`, '{ "description":"x", "amount":1 }', {
      'idempotency-key': `"k-${id}"`,
    });
    expect(again.text).toBe(first.text);
    expect(again.status).toBe(first.status);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('etag')).toBe('"2"');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect((await get(api, `/wallets/${id}`)).text).toContain(
      '"balance":11.00,"held":0.00,"available":11.00,"status":"active","version":2',
    );
  });

  it('keeps a refusal of the domain, though the wallet could pay by now', async () => {
    const id = await createWallet('1.00');
    const key = { 'idempotency-key': `poor-${id}` };
    const refused = await post(api, `/wallets/${id}/debit`, '{"amount":5}', key);
    expect(refused.status).toBe(422);
    await post(api, `/wallets/${id}/credit`, '{"amount":100}');
    const again = await post(api, `/wallets/${id}/debit`, '{"amount":5}', key);
    expect(again.text).toBe(refused.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('does not keep a mistake in the request: the corrected one may use the key', async () => {
    const id = await createWallet('1.00');
    const key = { 'idempotency-key': `typo-${id}` };
    expect(await post(api, `/wallets/${id}/credit`, '{"amount":1.001}', key)).toMatchObject({ status: 400 });
    expect(await post(api, `/wallets/${id}/credit`, '{"amount":1.00}', key)).toMatchObject({ status: 200 });
  });

  it('does not keep a version mismatch: the request with the right version may use the key', async () => {
    const id = await createWallet('1.00');
    const send = (ifMatch: string) =>
      post(api, `/wallets/${id}/credit`, '{"amount":1}', {
        'idempotency-key': `seen-${id}`,
        'if-match': ifMatch,
      });
    expect(await send('"9"')).toMatchObject({ status: 412 });
    expect(await send('"1"')).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await send('"1"')).toMatchObject({ status: 200, body: { version: 2 } });
  });

  it('belongs to one request: another path or body under it is refused', async () => {
    const id = await createWallet('10.00');
    const key = { 'idempotency-key': `one-${id}` };
    await post(api, `/wallets/${id}/credit`, '{"amount":1}', key);
    for (const [path, body] of [
      ['credit', '{"amount":2}'],
      ['debit', '{"amount":1}'],
    ] as const) {
      expect(await post(api, `/wallets/${id}/${path}`, body, key)).toMatchObject({
        status: 422,
        body: { code: 'IDEMPOTENCY_KEY_REUSED' },
      });
    }
    expect((await get(api, `/wallets/${id}`)).text).toContain(
      '"balance":11.00,"held":0.00,"available":11.00,"status":"active","version":2',
    );
  });

  it.each(['', 'ü', 'x'.repeat(256), '"half'])('must be 1 to 255 printable characters: %j', async (key) => {
    const refused = await post(
      api,
      '/wallets',
      { ownerId: 'o' },
      { 'idempotency-key': encodeURI(key) === key ? key : '\u00fc' },
    );
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ header: 'Idempotency-Key' }] } });
  });
});

describe('If-Match', () => {
  it('lets only the version pass that the caller saw', async () => {
    const id = await createWallet('10.00');
    const refused = await post(api, `/wallets/${id}/credit`, '{"amount":1}', { 'if-match': '"7"' });
    expect(refused).toMatchObject({ status: 412, body: { code: 'VERSION_MISMATCH', currentVersion: 1 } });
    expect(await post(api, `/wallets/${id}/credit`, '{"amount":1}', { 'if-match': '"1"' })).toMatchObject({
      status: 200,
    });
    expect(await post(api, `/wallets/${id}/credit`, '{"amount":1}', { 'if-match': '*' })).toMatchObject({
      status: 200,
    });
    const send = (ifMatch: string) =>
      post(api, `/wallets/${id}/credit`, '{"amount":1}', { 'if-match': ifMatch });
    expect(await send('W/"2"')).toMatchObject({ status: 412 });
    expect(await send('"1", "3"')).toMatchObject({ status: 200, body: { version: 4 } });
    expect(await send('3')).toMatchObject({ status: 400, body: { errors: [{ header: 'If-Match' }] } });
  });

  it.each(['W/"1"', '"1-gzip"', '"1;gzip"', 'W/"1-br"'])(
    'knows its own tag as a gateway changed it: %s',
    async (tag) => {
      const id = await createWallet('10.00');
      const send = () => post(api, `/wallets/${id}/credit`, '{"amount":1}', { 'if-match': tag });
      expect(await send()).toMatchObject({ status: 200 });
      expect(await send()).toMatchObject({ status: 412, body: { currentVersion: 2 } });
    },
  );
});

describe('a request is refused if it has', () => {
  it('an object in place of an amount, or a wallet id that clients read as a parent folder', async () => {
    const id = await createWallet('1.00');
    const refused = await post(api, `/wallets/${id}/credit`, '{"amount":{"source":"5.00"}}');
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/amount' }] } });
    for (const walletId of ['.', '..']) {
      expect(await post(api, '/wallets', { walletId, ownerId: 'o' })).toMatchObject({ status: 400 });
    }
  });

  it('another charset or a content encoding', async () => {
    for (const header of [
      { 'content-type': 'application/json; charset=iso-8859-1' },
      { 'content-encoding': 'gzip' },
    ]) {
      expect(await post(api, '/wallets', '{"ownerId":"o"}', header)).toMatchObject({ status: 415 });
    }
    const utf8 = { 'content-type': 'application/json; charset=UTF-8' };
    expect(await post(api, '/wallets', '{"ownerId":"o"}', utf8)).toMatchObject({ status: 201 });
  });

  it('a parameter given twice, or a number that is not plain', async () => {
    for (const query of ['limit=1&limit=2', 'limit=1e1', 'limit=0x10', 'limit=']) {
      expect(await get(api, `/wallets?${query}`)).toMatchObject({
        status: 400,
        body: { errors: [{ parameter: 'limit' }] },
      });
    }
  });
});

describe('a problem document', () => {
  it('has a type that can be read, as can the table of all codes', async () => {
    const problem = await get(api, '/wallets/nobody');
    const page = await get(api, String(problem.body.type));
    expect(page).toMatchObject({ status: 200, body: { code: 'WALLET_NOT_FOUND', status: 404 } });
    const table = (await get(api, '/problems')).body.problems as { code: string }[];
    expect(table.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['INSUFFICIENT_FUNDS', 'OUTCOME_UNKNOWN']),
    );
    expect(await get(api, '/problems/nothing')).toMatchObject({ status: 404 });
  });

  it('for a wrong method names the right ones', async () => {
    const refused = await get(api, '/wallets/x/credit');
    expect(refused.headers.get('allow')).toBe('OPTIONS, POST');
    expect(await get(api, '/wallets/')).toMatchObject({ status: 404 });
  });
});

describe('reading', () => {
  it('answers from the event store if the read model lacks the wallet, and says so', async () => {
    const id = await createWallet('10.00');
    const read = await get(api, `/wallets/${id}`);
    expect(read).toMatchObject({ status: 200, body: { id, version: 1 } });
    expect(read.headers.get('x-read-source')).toBe('event-store');
    expect(await get(api, '/wallets/nobody')).toMatchObject({
      status: 404,
      body: { code: 'WALLET_NOT_FOUND' },
    });
  });

  it('lists the wallets of an owner page by page, each once', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1)
      ids.push(await createWallet('1.00', { ownerId: 'owner-of-five' }));
    const seen: unknown[] = [];
    let cursor = '';
    for (let page = 0; page < 3; page += 1) {
      const { body, status } = await get(api, `/wallets?ownerId=owner-of-five&limit=2${cursor}`);
      expect(status).toBe(200);
      seen.push(...(body.wallets as { id: string }[]).map(({ id }) => id));
      cursor = `&cursor=${String(body.nextCursor)}`;
      expect(body.nextCursor === null).toBe(page === 2);
    }
    expect(seen).toEqual(ids.sort());
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=%00', 'other=1', 'ownerId='])(
    'refuses the query %s',
    async (query) => {
      expect(await get(api, `/wallets?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_FAILED' },
      });
    },
  );

  it('of a wallet that was just changed waits for the read model a bounded time, or asks the event store at once', async () => {
    const id = await createWallet('10.00');
    for (const query of ['minVersion=1', 'consistency=strong']) {
      const read = await get(api, `/wallets/${id}?${query}`);
      expect(read.headers.get('x-read-source')).toBe('event-store');
      expect(read.body).toMatchObject({ id, version: 1 });
    }
    expect(await get(api, `/wallets/${id}?minVersion=0`)).toMatchObject({ status: 400 });
    expect(await get(api, `/wallets/${id}?consistency=weak`)).toMatchObject({ status: 400 });
  });

  it("shows a wallet's history in order, page by page, with exact amounts", async () => {
    const [id, other] = [await createWallet('9007199254740993.00'), await createWallet('1.00')];
    await post(api, `/wallets/${id}/credit`, '{"amount":0.01,"description":"one cent"}');
    await post(api, `/wallets/${id}/transfer`, JSON.stringify({ toWalletId: other, amount: '1.00' }));
    const first = await get(api, `/wallets/${id}/events?limit=2`);
    expect(first.body).toMatchObject({
      events: [
        { type: 'WalletCreated', version: 1 },
        { type: 'WalletCredited', version: 2, description: 'one cent' },
      ],
    });
    expect(first.text).toContain('"amount":0.01');
    expect(first.text).toContain('"balance":9007199254740993.01');
    const second = await get(api, `/wallets/${id}/events?limit=2&cursor=${String(first.body.nextCursor)}`);
    expect(second.body).toMatchObject({
      events: [{ type: 'TransferSent', version: 3, toWalletId: other }],
      nextCursor: null,
    });
    expect(await get(api, '/wallets/nobody/events')).toMatchObject({ status: 404 });
  });

  it("shows a wallet's history backwards on request, page by page, to its first event", async () => {
    const id = await createWallet('1.00');
    await post(api, `/wallets/${id}/credit`, '{"amount":2}');
    await post(api, `/wallets/${id}/credit`, '{"amount":3}');
    const path = `/wallets/${id}/events?order=desc&limit=2`;
    const first = await get(api, path);
    expect(first.body).toMatchObject({ events: [{ version: 3 }, { version: 2 }] });
    const second = await get(api, `${path}&cursor=${String(first.body.nextCursor)}`);
    expect(second.body).toMatchObject({ events: [{ version: 1 }], nextCursor: null });
    expect(await get(api, `/wallets/${id}/events?order=newest`)).toMatchObject({ status: 400 });
  });
});

describe('a history with an event that this release cannot read', () => {
  const readable = { schemaVersion: 1, occurredAt: someTime };
  const credit = { currency: 'USD', amountMinor: '100', balanceMinor: '200', description: '' };
  const credited = (data: unknown, schemaVersion = 1) => ({
    ...readable,
    ...{ type: 'WalletCredited', schemaVersion, data: JSON.stringify(data) },
  });
  const withoutData = { ...readable, data: '{}' };
  const badRows = [
    [
      'the type of a newer release',
      { ...withoutData, type: 'WalletPainted' },
      'unknown type "WalletPainted"',
    ],
    [
      'a hostile type',
      { ...withoutData, type: `\u001b[2J\u202e${'x'.repeat(5_000)}` },
      'unknown type "\\u001b[2J\\u202exxx',
    ],
    [
      'the name of a member of objects',
      { ...withoutData, type: 'constructor' },
      'unknown type "constructor"',
    ],
    ['the name of the mark itself', { ...withoutData, type: 'Unreadable' }, 'unknown type "Unreadable"'],
    ['a newer schema', credited(credit, 2), 'schema version 2 is newer than 1'],
    ['a schema of long ago', credited(credit, 0), 'no upcaster from schema version 0'],
    ['no data', credited(null), 'its data is not an object'],
    ['a text for data', credited('secret'), 'its data is not an object'],
    ['a list for data', credited(['secret']), 'WalletCredited.currency is not a string'],
    ['a missing member', credited({ ...credit, description: undefined }), 'description is not a string'],
    ['an amount of JSON', credited({ ...credit, amountMinor: 100 }), 'amountMinor is not a string'],
    ['a negative amount', credited({ ...credit, amountMinor: '-1' }), 'amountMinor is not an amount'],
    ['a fraction', credited({ ...credit, balanceMinor: '1.5' }), 'balanceMinor is not an amount'],
    ['an unknown currency', credited({ ...credit, currency: 'QQQ' }), 'unknown currency "QQQ"'],
  ] as const;

  it.each(badRows)('marks %s at its place, among the good events', async (_, row, reason) => {
    const id = await createWallet('1.00');
    await appendRows(api.pool, [
      { ...row, walletId: id, version: 2 },
      { ...credited(credit), walletId: id, version: 3 },
    ]);
    const mark = {
      type: 'Unreadable',
      position: expect.any(Number) as number,
      version: 2,
      movementId: `${id}@2`,
      occurredAt: someTime.toISOString(),
      recordedType: expect.any(String) as string,
      reason: expect.stringContaining(reason) as string,
    };
    for (const prefix of ['', '/v1']) {
      const { status, body, text } = await get(api, `${prefix}/wallets/${id}/events`);
      expect(status, text).toBe(200);
      const events = body.events as { readonly type: string; readonly version: number }[];
      expect(events).toMatchObject([
        { type: 'WalletCreated', version: 1 },
        mark,
        { type: 'WalletCredited', version: 3 },
      ]);
      expect(events[1]).toEqual(mark);
      expect(eventSchema.safeParse(events[1]).error).toBeUndefined();
      expect(text.length).toBeLessThan(2_000);
      expect(text).not.toContain('secret');
    }
    const newest = await get(api, `/wallets/${id}/events?order=desc&limit=2`);
    expect(newest.body.events).toMatchObject([{ version: 3 }, mark]);
  });

  it('still refuses a balance and a movement that need the event', async () => {
    const id = await createWallet('1.00');
    await appendRows(api.pool, [unknownEvent(id, 2)]);
    await api.pool.query('update wallets set version = 2 where id = $1', [id]);
    for (const path of [`/wallets/${id}/balance?at=9999-01-01T00:00:00Z`, `/movements/${id}@2`])
      expect(await get(api, path), path).toMatchObject({ status: 500, body: { code: 'EVENT_UNREADABLE' } });
  });
});

describe('GET /commands/:id', () => {
  it('returns the outcome of a command with the stored answer, or says that nothing is known', async () => {
    const id = await createWallet('10.00');
    const done = await post(api, `/wallets/${id}/credit`, '{"amount":1}', {
      'idempotency-key': `asked-${id}`,
    });
    const asked = await get(api, `/commands/${String(done.headers.get('command-id'))}`);
    expect(asked).toMatchObject({ status: 200, body: { outcome: 'committed', status: 200 } });
    expect(asked.text.endsWith(`"body":${done.text}}`)).toBe(true);
    const refused = await post(api, `/wallets/${id}/debit`, '{"amount":100}', {
      'idempotency-key': `refused-${id}`,
    });
    expect(await get(api, `/commands/${String(refused.headers.get('command-id'))}`)).toMatchObject({
      body: { outcome: 'refused', status: 422 },
    });
    expect(await get(api, '/commands/00000000-0000-4000-8000-000000000000')).toMatchObject({
      status: 200,
      body: { outcome: 'unknown' },
    });
    expect(await get(api, '/commands/x')).toMatchObject({ status: 400 });
  });
});
