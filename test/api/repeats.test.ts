// One request, spelt in every way that means the same. Under one Idempotency-Key it must be one command. The
// cases are made for each operation that takes a key.
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/api/openApi/operation.ts';
import { operations } from '../../src/api/operations.ts';
import { commandIdOfKey } from '../../src/commands/commandIds.ts';
import { levelMax, levels } from '../../src/eventStore/levels.ts';
import { type ApiAnswer, createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { changeLog } from '../support/changeLog.ts';
import { createTestDatabase } from '../support/database.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
  for (const walletId of ['w:1', 'w-2', 'h:1'])
    await post(api, '/wallets', { walletId, ownerId: 'o', initialBalance: 1_000_000 });
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

interface Spelling {
  readonly path?: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}
interface Case {
  readonly path: string;
  readonly first: string;
  /** Bodies that mean the same as the first. */
  readonly same: readonly string[];
  readonly other: readonly string[];
  /** POST if it is absent. */
  readonly method?: 'PUT' | 'PATCH';
  /** Prepares what the request needs. */
  readonly before?: () => Promise<unknown>;
}

const movement = (path: string, more = ''): Case => ({
  path: `/wallets/w:1/${path}`,
  first: `{${more}"amount":50,"description":"tea"}`,
  same: [
    `{${more}"amount":50.00,"description":"tea"}`,
    `{${more}"amount":"50.0","description":"tea"}`,
    ` {"description" : "t\\u0065a",\n${more}"amount":"50"}`,
  ],
  other: [
    `{${more}"amount":50.01,"description":"tea"}`,
    `{${more}"amount":5,"description":"tea"}`,
    `{${more}"amount":500,"description":"tea"}`,
    `{${more}"amount":50,"description":"Tea"}`,
    `{${more}"amount":50}`,
  ],
});

/** By operation. A test compares its keys with the operations that take an Idempotency-Key. */
const cases: Readonly<Record<string, (unique: string) => Case>> = {
  createWallet: (unique) => ({
    path: '/wallets',
    first: `{"walletId":"${unique}","ownerId":"o","initialBalance":10}`,
    same: [
      `{"ownerId":"o","walletId":"${unique}","initialBalance":"10.00"}`,
      `{"walletId":"${unique}","ownerId":"o","initialBalance":10.0,"currency":"USD"}`,
    ],
    other: [
      `{"walletId":"${unique}","ownerId":"o","initialBalance":10,"currency":"EUR"}`,
      `{"walletId":"${unique}","ownerId":"p","initialBalance":10}`,
      '{"ownerId":"o","initialBalance":10}',
      `{"walletId":"${unique}","ownerId":"o"}`,
    ],
  }),
  creditWallet: () => movement('credit'),
  debitWallet: () => movement('debit'),
  transferFunds: () => movement('transfer', '"toWalletId":"w-2",'),
};

const createOwn = (walletId: string) => () =>
  post(api, '/wallets', { walletId, ownerId: 'o', initialBalance: 100 });
const placeOwn = (holdId: string) => () => post(api, '/wallets/h:1/holds', { holdId, amount: 5 });

/** The operations that need level `walletState` or a later one, in the same form. */
const statefulCases: Readonly<Record<string, (unique: string) => Case>> = {
  placeHold: (unique) => ({
    path: '/wallets/h:1/holds',
    first: `{"holdId":"${unique}","amount":5}`,
    same: [
      `{"amount":"5.00","holdId":"${unique}"}`,
      `{"holdId":"${unique}","amount":5,"description":"","metadata":{},"expiresInSeconds":604800}`,
    ],
    other: [
      '{"amount":5}',
      `{"holdId":"${unique}","amount":6}`,
      `{"holdId":"${unique}","amount":5,"toWalletId":"w-2"}`,
      `{"holdId":"${unique}","amount":5,"expiresInSeconds":60}`,
      `{"holdId":"${unique}","amount":5,"description":"tea"}`,
      `{"holdId":"${unique}","amount":5,"metadata":{"k":"v"}}`,
    ],
  }),
  captureHold: (unique) => ({
    before: placeOwn(unique),
    path: `/wallets/h:1/holds/${unique}/capture`,
    first: '{"amount":4}',
    same: ['{"amount":"4.0"}', '{"final":true,"amount":4,"overcapture":false,"description":""}'],
    other: [
      '{}',
      '{"amount":3}',
      '{"amount":4,"final":false}',
      '{"amount":4,"overcapture":true}',
      '{"amount":4,"description":"tea"}',
    ],
  }),
  voidHold: (unique) => ({
    before: placeOwn(unique),
    path: `/wallets/h:1/holds/${unique}/void`,
    first: '{"reason":"cancelled"}',
    same: [' {"reason" : "cancelle\\u0064"}'],
    other: ['{}', '{"reason":"Cancelled"}'],
  }),
  adjustHold: (unique) => ({
    before: placeOwn(unique),
    path: `/wallets/h:1/holds/${unique}/adjust`,
    first: '{"amount":6,"expiresInSeconds":60}',
    same: ['{"expiresInSeconds":60,"amount":"6.00"}'],
    other: ['{"amount":6}', '{"expiresInSeconds":60}', '{"amount":7,"expiresInSeconds":60}'],
  }),
  freezeWallet: (unique) => ({
    before: createOwn(unique),
    path: `/wallets/${unique}/freeze`,
    first: '{"scope":"debits","reason":"stolen"}',
    same: ['{"reason":"stolen","scope":"debits","holds":"honor"}'],
    other: [
      '{"scope":"all","reason":"stolen"}',
      '{"scope":"debits","reason":"lost"}',
      '{"scope":"debits","reason":"stolen","holds":"block"}',
      '{"scope":"debits","reason":"stolen","until":"2999-01-01T00:00:00Z"}',
    ],
  }),
  unfreezeWallet: (unique) => ({
    before: async () => {
      await createOwn(unique)();
      await post(api, `/wallets/${unique}/freeze`, { scope: 'all', reason: 'stolen' });
    },
    path: `/wallets/${unique}/unfreeze`,
    first: '{"reason":"found"}',
    same: ['{ "reason": "found" }'],
    other: ['{"reason":"bought"}'],
  }),
  closeWallet: (unique) => ({
    before: createOwn(unique),
    path: `/wallets/${unique}/close`,
    first: '{"reason":"asked","sweepToWalletId":"w-2"}',
    same: ['{"sweepToWalletId":"w-2","reason":"asked"}'],
    other: ['{"reason":"asked"}', '{"reason":"dead","sweepToWalletId":"w-2"}'],
  }),
  changeLimits: (unique) => ({
    before: createOwn(unique),
    method: 'PUT',
    path: `/wallets/${unique}/limits`,
    first: '{"minimumBalance":-5,"maximumBalance":500}',
    same: ['{"maximumBalance":"500.00","minimumBalance":"-5.0"}'],
    other: ['{}', '{"minimumBalance":5,"maximumBalance":500}', '{"minimumBalance":-5}'],
  }),
  changeVelocity: (unique) => ({
    before: createOwn(unique),
    method: 'PUT',
    path: `/wallets/${unique}/velocity`,
    first: '{"rules":[{"name":"a","window":"day","direction":"out","maxAmount":5}]}',
    same: ['{"rules":[{"maxAmount":"5.00","direction":"out","window":"day","name":"a"}]}'],
    other: [
      '{"rules":[]}',
      '{"rules":[{"name":"a","window":"day","direction":"out","maxAmount":6}]}',
      '{"rules":[{"name":"a","window":"day","direction":"out","maxAmount":5,"maxCount":5}]}',
    ],
  }),
  changeAlerts: (unique) => ({
    before: createOwn(unique),
    method: 'PUT',
    path: `/wallets/${unique}/alerts`,
    first: '{"alerts":[{"name":"a","field":"balance","op":"below","amount":5}]}',
    same: ['{"alerts":[{"amount":"5.00","op":"below","field":"balance","name":"a"}]}'],
    other: [
      '{"alerts":[]}',
      '{"alerts":[{"name":"a","field":"balance","op":"below","amount":-5}]}',
      '{"alerts":[{"name":"a","field":"available","op":"below","amount":5}]}',
    ],
  }),
  changeDetails: (unique) => ({
    before: createOwn(unique),
    method: 'PATCH',
    path: `/wallets/${unique}`,
    first: '{"metadata":{"a":"1","b":null},"labels":["vip"]}',
    same: ['{"labels":["vip"],"metadata":{"b":null,"a":"1"}}'],
    other: [
      '{}',
      '{"metadata":{"a":"1"},"labels":["vip"]}',
      '{"metadata":{"a":"1","b":"null"},"labels":["vip"]}',
      '{"metadata":{"a":"1","b":null}}',
    ],
  }),
  reverseMovement: (unique) => ({
    before: async () => {
      await createOwn(unique)();
      await post(api, `/wallets/${unique}/credit`, { amount: 10 });
    },
    path: `/wallets/${unique}/events/2/reverse`,
    first: '{"amount":5}',
    same: ['{"amount":"5.00","reason":"refund","description":""}'],
    other: ['{}', '{"amount":4}', '{"amount":5,"reason":"fraud"}', '{"amount":5,"description":"tea"}'],
  }),
};
const all = { ...cases, ...statefulCases };

const keyed = (operations as readonly Operation[]).filter(
  ({ headers }) => headers !== undefined && 'idempotency-key' in headers.shape,
);

/** They keep the key with the row that they make. test/api/webhooks.test.ts sends them twice. */
const keptWithRows = ['createWebhookEndpoint', 'replayWebhookEvents'];

it('every operation that takes an Idempotency-Key is tested here', () => {
  expect(keyed.map(({ id }) => id).sort()).toEqual([...Object.keys(all), ...keptWithRows].sort());
});

/** Other spellings of the path, of the media type and of the key. */
function respelt(path: string, body: string, key: string): readonly Spelling[] {
  return [
    { path: path.replace('w:1', 'w%3A1').replace('w%3A1', '%77%3a1'), body },
    { path: `/v1${path}`, body },
    { body, headers: { 'content-type': 'Application/JSON;charset=utf8' } },
    { body, headers: { 'content-type': 'application/json ; charset="UTF-8"' } },
    { body, headers: { 'content-type': 'application/json;\tcharset=UTF8;' } },
    { body, headers: { 'content-encoding': 'Identity' } },
    { body, headers: { 'idempotency-key': `"${key}"` } },
    { body: `\uFEFF${body}` },
  ];
}

function send(
  path: string,
  key: string,
  { path: other, body, headers }: Spelling,
  method?: Case['method'],
): Promise<ApiAnswer> {
  return post(api, other ?? path, body, { 'idempotency-key': key, ...headers }, method);
}

async function eventCount(): Promise<number> {
  const { rows } = await api.pool.query<{ events: number }>('select count(*)::int as events from events');
  return rows[0]?.events ?? NaN;
}

function newCase(id: string): Case & { readonly key: string } {
  const key = randomUUID();
  return { key, ...(all[id] as (typeof all)[string])(`new-${key}`) };
}

describe.each(Object.keys(all))('%s under one key', (id) => {
  const set = async () => {
    const made = newCase(id);
    await made.before?.();
    return made;
  };

  it('is done once, however it is spelt', async () => {
    const { key, path, first, same, method } = await set();
    const done = await send(path, key, { body: first }, method);
    expect(done.status).toBeLessThan(300);
    const events = await eventCount();
    const spellings = [...same.map((body): Spelling => ({ body })), ...respelt(path, first, key)];
    for (const spelling of spellings) {
      const again = await send(path, key, spelling, method);
      expect(again.status, JSON.stringify(spelling)).toBe(done.status);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      if (spelling.path?.startsWith('/v1') !== true) expect(again.text).toBe(done.text);
    }
    expect(await eventCount()).toBe(events);
  });

  it('is refused if it means anything else', async () => {
    const { key, path, first, other, method } = await set();
    await send(path, key, { body: first }, method);
    for (const body of other) {
      const refused = await send(path, key, { body }, method);
      expect(refused, body).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    }
  });

  it('leaves a compact record: no key, no headers, half a hash', async () => {
    const { key, path, first, method } = await set();
    await send(path, key, { body: first }, method);
    const { rows } = await api.pool.query(
      `select key, request_hash, status, headers, body, accepted, octet_length(meaning_hash) as hash
         from idempotency_keys
        where command_id = $1`,
      [commandIdOfKey(key)],
    );
    const none = { key: null, request_hash: null, status: null, headers: null, body: null };
    expect(rows).toEqual([{ ...none, accepted: true, hash: 16 }]);
  });
});

describe.each(Object.keys(statefulCases))('%s below its level', (id) => {
  it('is not done, and is done under the same key later', async () => {
    const { key, path, first, method, before } = newCase(id);
    await before?.();
    const below = (id === 'changeAlerts' ? levels.alerts : levels.walletState) - 1;
    const early = await atLevel(below, () => send(path, key, { body: first }, method));
    expect(early).toMatchObject({ status: 503, body: { code: 'UPGRADE_UNFINISHED' } });
    const later = await send(path, key, { body: first }, method);
    expect(later.status, later.text).toBeLessThan(300);
    expect(later.headers.get('idempotent-replayed')).toBeNull();
  });
});

describe.each(Object.keys(cases))('%s under one key, in the forms of earlier releases', (id) => {
  const set = () => newCase(id);

  it('is known again in a record that is older than meanings, if it is spelt as it was', async () => {
    const { key, path, first, same } = set();
    const done = await atLevel(1, () => send(path, key, { body: first }));
    await api.pool.query('update idempotency_keys set meaning_hash = null where key = $1', [key]);
    expect((await send(path, key, { body: first })).text).toBe(done.text);
    expect(await send(path, key, { body: same[0] as string })).toMatchObject({ status: 422 });
  });

  it('leaves a record that the release before knows again, until compact records are open', async () => {
    const { key, path, first } = set();
    const done = await atLevel(levels.compactRecords - 1, () => send(path, key, { body: first }));
    const { rows } = await api.pool.query<RecordOfReleaseBefore>(
      `select encode(request_hash, 'hex') as hash, status, headers, body from idempotency_keys where key = $1`,
      [key],
    );
    expect(rows).toEqual([
      {
        hash: hashOfReleaseBefore(path, first),
        status: done.status,
        headers: expect.objectContaining({
          etag: done.headers.get('etag'),
          'content-type': 'application/json',
        }) as object,
        body: done.text,
      },
    ]);
  });

  it('gets the bytes of its record, of either form', async () => {
    const { key, path, first } = set();
    const former = await atLevel(levels.compactRecords - 1, () => send(path, key, { body: first }));
    const replayed = await send(path, key, { body: first });
    expect(replayed).toMatchObject({ status: former.status, text: former.text });
    for (const name of ['etag', 'location', 'content-type', 'command-id'])
      expect(replayed.headers.get(name), name).toBe(former.headers.get(name));
  });
});

describe('a refusal under one key', () => {
  const tooMuch = { path: '/wallets/w:1/debit', body: '{"amount":99999999}' };

  it.each([1, levelMax])('is told again to the byte, on level %i', async (level) => {
    const key = randomUUID();
    const first = await atLevel(level, () => send(tooMuch.path, key, tooMuch));
    const again = await send(tooMuch.path, key, tooMuch);
    expect(first).toMatchObject({ status: 422, body: { code: 'INSUFFICIENT_FUNDS' } });
    expect(again).toMatchObject({ status: 422, text: first.text });
    expect(again.headers.get('content-type')).toBe('application/problem+json');
    const asked = await get(api, `/commands/${commandIdOfKey(key)}`);
    expect(asked.text).toContain(
      `"headers":{"content-type":"application/problem+json"},"body":${first.text}}`,
    );
    expect(asked.body).toMatchObject({ outcome: 'refused', status: 422 });
  });
});

it('GET /commands/:id answers both forms of a record with the same bytes', async () => {
  const asked: string[] = [];
  for (const [index, level] of [1, levelMax].entries()) {
    const key = `both-forms-${index}`;
    const body = `{"walletId":"form-${index}","ownerId":"o","initialBalance":10}`;
    await atLevel(level, () => send('/wallets', key, { body }));
    asked.push((await get(api, `/commands/${commandIdOfKey(key)}`)).text);
  }
  const [former, compact] = asked.map((text) =>
    text.replaceAll(/form-\d|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|20\d\d-[\d:.T-]+Z/g, '…'),
  );
  // Records of level 1 lack what wallets did not have then.
  const state = '"held":0.00,"available":10.00,"status":"active",';
  expect(compact).toContain(state);
  expect(compact?.replace(state, '')).toBe(former);
});

/** Runs the request while only the forms of rows up to that level may be written. */
async function atLevel<Result>(level: number, run: () => Promise<Result>): Promise<Result> {
  await changeLog(api.pool, 'update log_head set level = $1', [level]);
  try {
    return await run();
  } finally {
    await changeLog(api.pool, 'update log_head set level = $1', [levelMax]);
  }
}

interface RecordOfReleaseBefore {
  readonly hash: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The hash as the release before makes it: of the members as sent, in order of their names. */
function hashOfReleaseBefore(path: string, body: string): string {
  const members = [...body.matchAll(/"(\w+)":(?:"([^"]*)"|([\d.]+))/g)].map(([, name, text, number]) =>
    number === undefined ? [name, 'value', text] : [name, 'number', number],
  );
  const sorted = members.sort(([one], [other]) => (String(one) < String(other) ? -1 : 1));
  return createHash('sha256')
    .update(`1 POST ${path}\n${JSON.stringify(sorted)}`)
    .digest('hex');
}
