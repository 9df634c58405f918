import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, expectTypeOf, it, onTestFinished, vi } from 'vitest';
import {
  createWalletClient,
  everyPage,
  fromMinorUnits,
  parseExactJson,
  toMinorUnits,
  UnexpectedAnswerError,
  valueOf,
  WalletConnectionError,
  WalletProblemError,
} from '../../../src/client/index.ts';

type Answer = Response | Error;
const json = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  new Response(body, {
    status,
    headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json', ...headers },
  });
const busy = (headers = {}) => json(503, '{"code":"QUEUE_FULL","detail":"full"}', headers);
const open = () => json(503, '{"code":"OUTCOME_UNKNOWN","detail":"It may have taken effect."}');
const page = (status: number) =>
  new Response('<h1>Log in</h1>', { status, headers: { 'content-type': 'text/html; charset=utf-8' } });
const lost = () => new TypeError('fetch failed');
const times = (count: number, answer: () => Answer) => Array.from({ length: count }, () => answer());

/** A client that receives these answers, with the requests that it sent and its pauses. */
function clientOver(...answers: Answer[]) {
  const sent: { url: string; method: string | undefined; headers: Headers; body: unknown }[] = [];
  const rests: number[] = [];
  let nowMs = 0;
  const client = createWalletClient({
    url: 'http://wallets/',
    random: () => 0.5,
    nowMs: () => nowMs,
    sleep: (ms) => {
      rests.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
    fetch: (url, init) => {
      sent.push({
        url: url as string,
        method: init?.method,
        headers: new Headers(init?.headers),
        body: init?.body,
      });
      const answer = answers.shift() ?? lost();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });
  return { client, sent, rests };
}

const caught = (call: Promise<unknown>): Promise<unknown> => call.catch((thrown: unknown) => thrown);
const credit = { walletId: 'wallet-001', amount: '10.00' };

describe('the client', () => {
  it('is not made in a runtime that is too old, and says which one is needed', () => {
    vi.stubGlobal('AbortSignal', {});
    onTestFinished(() => {
      vi.unstubAllGlobals();
    });
    expect(() => createWalletClient({ url: 'http://wallets' })).toThrow('needs Node.js 20.3 or newer');
  });

  it('sends the parameters and the body that the operation has, and the version as If-Match', async () => {
    const { client, sent } = clientOver(json(200, '{}'), json(200, '{}'));
    await client.creditWallet({ walletId: 'a:b', amount: '10.00' }, { idempotencyKey: 'k', ifMatch: 3 });
    await client.listWallets({ ownerId: 'owner-1', limit: 5 });
    expect(sent[0]).toMatchObject({
      url: 'http://wallets/v1/wallets/a%3Ab/credit',
      method: 'POST',
      body: '{"amount":"10.00"}',
    });
    expect(sent[0]?.headers.get('idempotency-key')).toBe('k');
    expect(sent[0]?.headers.get('if-match')).toBe('"3"');
    expect(sent[1]).toMatchObject({
      url: 'http://wallets/v1/wallets?ownerId=owner-1&limit=5',
      body: undefined,
    });
  });

  it('gives amounts digit for digit, and everything else as it is', async () => {
    const answer = '{"id":"a","balance":"9007199254740993.00","version":3}';
    const { client } = clientOver(json(200, answer, { etag: '"3"', 'x-read-source': 'read-model' }));
    const { value, facts } = okOf(await client.getWallet({ walletId: 'a' }));
    expect(value).toEqual({ id: 'a', balance: '9007199254740993.00', version: 3 });
    expect(facts).toMatchObject({ version: 3, readSource: 'read-model', attempts: 1 });
    expectTypeOf(value.balance).toEqualTypeOf<string>();
  });

  it('reads answers with amounts as JSON numbers digit for digit, or not at all', () => {
    const answer = '{"balance":9007199254740993.01,"version":3}';
    expect(parseExactJson(answer)).toEqual({ balance: '9007199254740993.01', version: 3 });
    const { parse } = JSON;
    // An older runtime gives the reviver only a name and a value.
    vi.spyOn(JSON, 'parse').mockImplementation(
      (text, reviver) => parse(text, reviver && ((name, value): unknown => reviver(name, value))) as unknown,
    );
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    expect(() => parseExactJson(answer)).toThrow('Node.js 21');
  });

  it('gives a request that asks the service to wait this much more time', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    onTestFinished(() => {
      timeout.mockRestore();
    });
    const { client, rests } = clientOver(busy({ 'retry-after': '40' }), json(200, '{"events":[]}'));
    expect(okOf(await client.listEvents({ wait: 30 })).value).toEqual({ events: [] });
    expect(timeout.mock.calls).toEqual([[45_000], [45_000]]);
    // The time of an ordinary call ends after 30 s.
    expect(rests).toEqual([40_000]);
  });

  it('gives the test of a webhook endpoint the time that its receiver has', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    onTestFinished(() => {
      timeout.mockRestore();
    });
    const failed = '{"outcome":"failed","statusClass":null,"reason":"timeout","ms":15000}';
    const { client } = clientOver(json(200, failed));
    const tested = await client.testWebhookEndpoint({ endpointId: 'whe_1' });
    expect(okOf(tested).value.reason).toBe('timeout');
    // 15 s of an ordinary attempt, and 15 s in which the service waits for the receiver.
    expect(timeout.mock.calls).toEqual([[30_000]]);
  });

  it('tries again under one key when the connection fails or the service is busy', async () => {
    const { client, sent, rests } = clientOver(lost(), busy(), json(200, '{"balance":"1.00"}'));
    const { facts } = okOf(await client.creditWallet(credit));
    const keys = new Set(sent.map(({ headers }) => headers.get('idempotency-key')));
    expect(keys.size).toBe(1);
    expect(facts).toMatchObject({ attempts: 3, idempotencyKey: [...keys][0] });
    expect(rests).toEqual([50, 100]);
  });

  it.each([
    ['Sun, 06 Nov 1994 08:49:40 GMT', 'Sun, 06 Nov 1994 08:49:37 GMT', 3_000],
    ['Sun, 06 Nov 1994 08:49:30 GMT', 'Sun, 06 Nov 1994 08:49:37 GMT', 50],
    ['soon', 'Sun, 06 Nov 1994 08:49:37 GMT', 50],
  ])("waits until Retry-After %s, by the answer's own clock %s", async (retryAfter, date, waited) => {
    const { client, rests } = clientOver(busy({ 'retry-after': retryAfter, date }), json(200, '{}'));
    await client.creditWallet(credit);
    expect(rests).toEqual([waited]);
  });

  it('never tries again before Retry-After says so', async () => {
    const { client, rests } = clientOver(busy({ 'retry-after': '2' }), json(200, '{}'));
    await client.creditWallet(credit);
    expect(rests).toEqual([2_000]);
  });

  it('gives up after a bounded number of attempts, with the last answer or with the key', async () => {
    const { client, sent } = clientOver(...times(9, busy));
    expect(await client.creditWallet(credit)).toMatchObject({ ok: false, problem: { code: 'QUEUE_FULL' } });
    expect(sent).toHaveLength(6);
    const failing = clientOver();
    const error = await caught(failing.client.creditWallet(credit, { idempotencyKey: 'mine' }));
    expect(error).toBeInstanceOf(WalletConnectionError);
    expect(error).toMatchObject({ idempotencyKey: 'mine' });
    expect(failing.sent).toHaveLength(6);
  });

  it('gives up at its total time', async () => {
    const { client, sent } = clientOver(busy({ 'retry-after': '20' }), busy({ 'retry-after': '20' }));
    expect((await client.creditWallet(credit)).ok).toBe(false);
    expect(sent).toHaveLength(2);
  });

  it('does not repeat a change that carries no key', async () => {
    const { client, sent } = clientOver(lost());
    await expect(client.startRecovery({ type: 'rebuildLedger' })).rejects.toThrow(WalletConnectionError);
    expect(sent).toHaveLength(1);
  });

  it('stops at once when its caller does', async () => {
    const { client, sent } = clientOver(lost());
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(client.getWallet({ walletId: 'a' }, { signal })).rejects.toThrow('enough');
    expect(sent).toHaveLength(1);
  });

  it('gives a refusal as a value, and throws it for those who ask', async () => {
    const refused = () => json(422, '{"code":"INSUFFICIENT_FUNDS","detail":"too little"}');
    const { client, sent } = clientOver(refused());
    const result = await client.debitWallet(credit);
    expect(result).toMatchObject({ ok: false, problem: { code: 'INSUFFICIENT_FUNDS' } });
    expect(() => valueOf(result)).toThrow(WalletProblemError);
    expect(sent).toHaveLength(1);
  });

  it.each<[string, () => Answer]>([
    ['whose connection broke', lost],
    ['that a gateway gave up', () => json(504, '{"code":"GATEWAY_TIMEOUT","detail":"late"}')],
    ['that a gateway lost', () => json(502, '{"code":"BAD_GATEWAY","detail":"lost"}')],
    ["that got a gateway's page", () => page(502)],
    ['that got a page for a refusal', () => page(503)],
    ['whose outcome the service did not know', open],
  ])('lets no refusal of the moment hide an earlier try %s', async (_, answer) => {
    const { client, sent } = clientOver(answer(), ...times(5, () => busy({ 'command-id': 'id-of-the-key' })));
    const error = await caught(client.debitWallet(credit));
    expect(sent).toHaveLength(6);
    expect(error).toBeInstanceOf(WalletConnectionError);
    expect(error).toMatchObject({
      idempotencyKey: sent[0]?.headers.get('idempotency-key'),
      message: expect.stringMatching(
        /QUEUE_FULL.* earlier try may have been carried out.* key ".+".*getCommand for id-of-the-key/,
      ) as unknown,
      cause: { problem: { code: 'QUEUE_FULL' } },
    });
  });

  it.each([408, 429, 500])('counts %i among the refusals of the moment', async (status) => {
    const { client } = clientOver(lost(), ...times(5, () => json(status, '{"code":"SOME","detail":"…"}')));
    await expect(client.debitWallet(credit)).rejects.toThrow('earlier try may have been carried out');
  });

  it('names getCommand for no change that has no command id', async () => {
    const { client } = clientOver(lost(), ...times(5, busy));
    await expect(client.createWebhookEndpoint({ url: 'https://hooks.example.com/' })).rejects.toThrow(
      /earlier try may have been carried out\..* under which it takes effect once\.$/,
    );
  });

  it('gives what became of the command under its key, whatever earlier tries ended with', async () => {
    const { client } = clientOver(lost(), open(), json(422, '{"code":"INSUFFICIENT_FUNDS","detail":"few"}'));
    expect(await client.debitWallet(credit)).toMatchObject({ problem: { code: 'INSUFFICIENT_FUNDS' } });
    const carriedOut = clientOver(page(502), busy(), json(200, '{"balance":"1.00"}'));
    expect(await carriedOut.client.debitWallet(credit)).toMatchObject({ value: { balance: '1.00' } });
  });

  it('gives OUTCOME_UNKNOWN as it is: it says itself that the outcome is open', async () => {
    const { client } = clientOver(lost(), ...times(5, open));
    expect(await client.debitWallet(credit)).toMatchObject({ problem: { code: 'OUTCOME_UNKNOWN' } });
  });

  it('gives the refusal of a read whatever earlier tries ended with', async () => {
    const { client } = clientOver(lost(), ...times(5, busy));
    expect(await client.getWallet({ walletId: 'a' })).toMatchObject({ problem: { code: 'QUEUE_FULL' } });
  });

  const notJson = expect.any(SyntaxError) as unknown;
  it.each<[string, unknown, () => Response]>([
    ["a gateway's page on each try", undefined, () => page(502)],
    ['a value that breaks off', notJson, () => json(200, '{"balance":')],
    ['a refusal that breaks off', notJson, () => json(422, '{"code":')],
    ['a refusal without a code', undefined, () => json(403, '{"title":"Forbidden"}')],
  ])('names the key that it made if the command gets %s', async (_, cause, answer) => {
    const { client, sent } = clientOver(...times(6, answer));
    const error = await caught(client.debitWallet(credit));
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    const idempotencyKey = sent[0]?.headers.get('idempotency-key') ?? 'none was sent';
    expect(error).toMatchObject({ idempotencyKey, cause });
    expect((error as Error).message).toContain(idempotencyKey);
  });

  it('takes nothing for a success but what the operation answers', async () => {
    const { client } = clientOver(page(200), page(200), page(200));
    await expect(client.debitWallet(credit)).rejects.toThrow(UnexpectedAnswerError);
    await expect(client.getWallet({ walletId: 'a' })).rejects.toThrow('which is not application/json');
    await expect(client.getMetrics()).rejects.toThrow('which is not text/plain');
  });

  it('takes nothing for a refusal but a problem document', async () => {
    const { client } = clientOver(page(404));
    const error = await caught(client.getWallet({ walletId: 'a' }));
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect((error as Error).message).toContain('"text/html", which is no problem document');
  });

  it('gives text if the operation answers text, and asks for it', async () => {
    const text = new Response('up 1', { headers: { 'content-type': 'text/plain; version=0.0.4' } });
    const { client, sent } = clientOver(text);
    expect(okOf(await client.getMetrics()).value).toBe('up 1');
    expect(sent[0]?.headers.get('accept')).toBe('text/plain');
  });

  it.each([302, 307])('follows no redirect (%i) with a change', async (status) => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const there = { 'content-type': 'application/json' };
      if (request.url === '/login') response.writeHead(200, there).end('{"balance":"1.00"}');
      else response.writeHead(status, { location: '/login' }).end();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void proxy.close());
    await once(proxy, 'listening');
    const client = createWalletClient({ url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` });
    const error = await caught(client.debitWallet(credit, { idempotencyKey: 'mine' }));
    expect(asked).toEqual(['POST /v1/wallets/wallet-001/debit']);
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect(error).toMatchObject({
      idempotencyKey: 'mine',
      message: expect.stringContaining('to /login') as unknown,
    });
  });

  it('walks a list to its end', async () => {
    const listed = (id: string, cursor: string | null) =>
      json(200, JSON.stringify({ wallets: [{ id }], nextCursor: cursor }));
    const { client, sent } = clientOver(listed('a', 'next'), listed('b', null));
    const ids: string[] = [];
    for await (const { wallets } of everyPage((cursor) => client.listWallets({ limit: 1, ...cursor })))
      ids.push(...wallets.map(({ id }) => id));
    expect(ids).toEqual(['a', 'b']);
    expect(sent.map(({ url }) => url)).toEqual([
      'http://wallets/v1/wallets?limit=1',
      'http://wallets/v1/wallets?limit=1&cursor=next',
    ]);
  });
});

it.each(['0', '0.05', '100.00', '9999999999999999.99', '7', '-0.5'])('%s survives minor units', (decimal) => {
  expect(fromMinorUnits(toMinorUnits(decimal))).toBe(decimal);
});

it.each(['', '1e3', '.5', '5.', '1,000', 'NaN'])('"%s" has no minor units', (text) => {
  expect(() => toMinorUnits(text)).toThrow(RangeError);
});

function okOf<T>(result: { readonly ok: boolean } & T): Extract<T, { readonly ok: true }> {
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result as Extract<T, { readonly ok: true }>;
}
