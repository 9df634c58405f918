import { describe, expect, expectTypeOf, it, onTestFinished, vi } from 'vitest';
import {
  createWalletClient,
  everyPage,
  fromMinorUnits,
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
const lost = () => new TypeError('fetch failed');

/** A client over these answers, what it sent, and how long it rested. */
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

const credit = { walletId: 'wallet-001', amount: '10.00' };

describe('the client', () => {
  it('is not made where JSON.parse keeps the digits of a number to itself', () => {
    const { parse } = JSON;
    // An older runtime: the reviver gets a name and a value.
    vi.spyOn(JSON, 'parse').mockImplementation(
      (text, reviver) => parse(text, reviver && ((name, value): unknown => reviver(name, value))) as unknown,
    );
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    expect(() => createWalletClient({ url: 'http://wallets' })).toThrow('amounts would be floats');
  });

  it('sends parameters and body where the operation has them, and the version as If-Match', async () => {
    const { client, sent } = clientOver(json(200, '{}'), json(200, '{}'));
    await client.creditWallet({ walletId: 'a:b', amount: '10.00' }, { idempotencyKey: 'k', ifMatch: 3 });
    await client.listWallets({ ownerId: 'owner-1', limit: 5 });
    expect(sent[0]).toMatchObject({
      url: 'http://wallets/wallets/a%3Ab/credit',
      method: 'POST',
      body: '{"amount":"10.00"}',
    });
    expect(sent[0]?.headers.get('idempotency-key')).toBe('k');
    expect(sent[0]?.headers.get('if-match')).toBe('"3"');
    expect(sent[1]).toMatchObject({ url: 'http://wallets/wallets?ownerId=owner-1&limit=5', body: undefined });
  });

  it('gives amounts digit for digit, and everything else as it is', async () => {
    const answer = '{"id":"a","balance":9007199254740993.00,"version":3}';
    const { client } = clientOver(json(200, answer, { etag: '"3"', 'x-read-source': 'read-model' }));
    const { value, facts } = okOf(await client.getWallet({ walletId: 'a' }));
    expect(value).toEqual({ id: 'a', balance: '9007199254740993.00', version: 3 });
    expect(facts).toMatchObject({ version: 3, readSource: 'read-model', attempts: 1 });
    expectTypeOf(value.balance).toEqualTypeOf<string>();
  });

  it('tries again under one key when the connection fails or the service is busy', async () => {
    const { client, sent, rests } = clientOver(lost(), busy(), json(200, '{"balance":1.00}'));
    const { facts } = okOf(await client.creditWallet(credit));
    const keys = new Set(sent.map(({ headers }) => headers.get('idempotency-key')));
    expect(keys.size).toBe(1);
    expect(facts).toMatchObject({ attempts: 3, idempotencyKey: [...keys][0] });
    expect(rests).toEqual([50, 100]);
  });

  it('never tries again before Retry-After says so', async () => {
    const { client, rests } = clientOver(busy({ 'retry-after': '2' }), json(200, '{}'));
    await client.creditWallet(credit);
    expect(rests).toEqual([2_000]);
  });

  it('gives up behind a bounded number of tries, with the last answer or with the key', async () => {
    const { client, sent } = clientOver(...Array.from({ length: 9 }, () => busy()));
    expect(await client.creditWallet(credit)).toMatchObject({ ok: false, problem: { code: 'QUEUE_FULL' } });
    expect(sent).toHaveLength(6);
    const failing = clientOver();
    const error: unknown = await failing.client
      .creditWallet(credit, { idempotencyKey: 'mine' })
      .catch((thrown: unknown) => thrown);
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

  it('says so when something else answers', async () => {
    const { client } = clientOver(
      new Response('<h1>', { status: 404, headers: { 'content-type': 'text/html' } }),
    );
    await expect(client.getWallet({ walletId: 'a' })).rejects.toThrow(UnexpectedAnswerError);
  });

  it('walks a list to its end', async () => {
    const page = (id: string, cursor: string | null) =>
      json(200, JSON.stringify({ wallets: [{ id }], nextCursor: cursor }));
    const { client, sent } = clientOver(page('a', 'next'), page('b', null));
    const ids: string[] = [];
    for await (const { wallets } of everyPage((cursor) => client.listWallets({ limit: 1, ...cursor })))
      ids.push(...wallets.map(({ id }) => id));
    expect(ids).toEqual(['a', 'b']);
    expect(sent.map(({ url }) => url)).toEqual([
      'http://wallets/wallets?limit=1',
      'http://wallets/wallets?limit=1&cursor=next',
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
