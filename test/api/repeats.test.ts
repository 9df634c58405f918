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
  for (const walletId of ['w:1', 'w-2'])
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

const keyed = (operations as readonly Operation[]).filter(
  ({ headers }) => headers !== undefined && 'idempotency-key' in headers.shape,
);

it('every operation that takes an Idempotency-Key is tested here', () => {
  expect(keyed.map(({ id }) => id).sort()).toEqual(Object.keys(cases).sort());
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

function send(path: string, key: string, { path: other, body, headers }: Spelling): Promise<ApiAnswer> {
  return post(api, other ?? path, body, { 'idempotency-key': key, ...headers });
}

async function eventCount(): Promise<number> {
  const { rows } = await api.pool.query<{ events: number }>('select count(*)::int as events from events');
  return rows[0]?.events ?? NaN;
}

describe.each(Object.keys(cases))('%s under one key', (id) => {
  const set = () => {
    const key = randomUUID();
    return { key, ...(cases[id] as (typeof cases)[string])(`new-${key}`) };
  };

  it('is done once, however it is spelt', async () => {
    const { key, path, first, same } = set();
    const done = await send(path, key, { body: first });
    expect(done.status).toBeLessThan(300);
    const events = await eventCount();
    const spellings = [...same.map((body): Spelling => ({ body })), ...respelt(path, first, key)];
    for (const spelling of spellings) {
      const again = await send(path, key, spelling);
      expect(again.status, JSON.stringify(spelling)).toBe(done.status);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      if (spelling.path?.startsWith('/v1') !== true) expect(again.text).toBe(done.text);
    }
    expect(await eventCount()).toBe(events);
  });

  it('is refused if it means anything else', async () => {
    const { key, path, first, other } = set();
    await send(path, key, { body: first });
    for (const body of other) {
      const refused = await send(path, key, { body });
      expect(refused, body).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    }
  });

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

  it('leaves a compact record: no key, no headers, half a hash', async () => {
    const { key, path, first } = set();
    await send(path, key, { body: first });
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
  expect(compact).toBe(former);
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
