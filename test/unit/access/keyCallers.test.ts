// Which keys have a caller, and when a process reads a key again. The clock, the table and the randomness are
// those of the test.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StoredKey } from '../../../src/access/apiKeys.ts';
import { createIssueKey } from '../../../src/access/issueKey.ts';
import { createKeyCallers, type KeyCallersDeps } from '../../../src/access/keyCallers.ts';
import { keyIdIn, makeKeyText } from '../../../src/access/keyText.ts';
import { peppersOf } from '../../../src/access/peppers.ts';

const pepper = (id: string) => ({ id, secret: Buffer.alloc(32, id) });
const granted = {
  ...{ tenant: 'acme', operator: false, name: 'shop', scopes: ['wallets:read', 'sky:fly'] },
  ...{ allowedAddresses: null, createdBy: 'local', expiresAt: null },
};

/** A table with one key, and the process that reads it. */
function setUp(changed: Partial<StoredKey> = {}, deps: Partial<KeyCallersDeps> = {}) {
  const { text, row } = createIssueKey([pepper('p1')], 'live', randomBytes)(granted);
  const stored = { ...row, revoked: false, msLeft: null, ...changed };
  const table = new Map<string, StoredKey>([[row.id, stored]]);
  const asked: string[] = [];
  const used: (string | undefined)[] = [];
  let now = 1_000;
  const { callerOf, forget, callerOfId, isFamiliar } = createKeyCallers({
    find: (id) => {
      asked.push(id);
      return Promise.resolve(table.get(id));
    },
    noteUse: (_, newer) => {
      used.push(newer?.pepperId);
      return Promise.resolve();
    },
    peppers: [pepper('p1')],
    monotonicMs: () => now,
    ...deps,
  });
  const ask = async (key = text, address = '127.0.0.1') => callerOf(`Bearer ${key}`, address);
  const process = { callerOf, forget, callerOfId, isFamiliar };
  return { text, row, table, asked, used, ...process, ask, pass: (ms: number) => (now += ms) };
}

describe('a valid key', () => {
  it('has the caller of its row, with the scopes that the release knows', async () => {
    const { row, ask } = setUp();
    const caller = { actor: `key:${row.id}`, tenant: 'acme', operator: false, keyId: row.id };
    expect(await ask()).toEqual({ ...caller, scopes: new Set(['wallets:read']) });
  });

  it('is read once in 30 seconds, and noted once in a minute', async () => {
    const { asked, used, ask, pass } = setUp();
    for (const ms of [0, 29_999, 1, 29_999, 1]) {
      pass(ms);
      expect(await ask()).toBeDefined();
    }
    expect(asked).toHaveLength(3);
    expect(used).toHaveLength(2);
  });

  it('is read once for many requests at once, and then answers at once', async () => {
    const { text, asked, ask, callerOf } = setUp();
    await Promise.all([ask(), ask(), ask()]);
    expect(asked).toHaveLength(1);
    expect(callerOf(`bearer  ${text}`, '')).not.toBeInstanceOf(Promise);
  });

  it.each([
    ['*', true, true],
    ['*', false, false],
    ['admin:read', false, false],
  ])('with the scope %s and operator %s sees the whole installation: %s', async (scope, operator, sees) => {
    const { ask } = setUp({ scopes: [scope], operator });
    expect((await ask())?.scopes.has('admin:read')).toBe(sees);
  });
});

describe('a session that was begun by key', () => {
  it('has the caller of the key, until the key ends', async () => {
    const { row, table, callerOfId, forget, ask } = setUp();
    const byId = () => callerOfId(row.id, '127.0.0.1');
    expect(await byId()).toEqual(await ask());
    const stored = table.get(row.id);
    if (stored === undefined) throw new Error('the table has the key');
    table.set(row.id, { ...stored, revoked: true });
    expect(await byId()).toBeDefined();
    forget();
    expect(await byId()).toBeUndefined();
    table.set(row.id, { ...stored, msLeft: 0 });
    forget();
    expect(await byId()).toBeUndefined();
    table.delete(row.id);
    forget();
    expect(await byId()).toBeUndefined();
  });

  it('ends with the pepper of its key, and counts at the addresses of the key alone', async () => {
    const other = setUp({}, { peppers: [pepper('p2')] });
    expect(await other.callerOfId(other.row.id, '127.0.0.1')).toBeUndefined();
    const { row, callerOfId } = setUp({ allowedAddresses: ['10.0.0.0/8'] });
    expect(await callerOfId(row.id, '127.0.0.1')).toBeUndefined();
    expect(await callerOfId(row.id, '10.1.2.3')).toBeDefined();
  });
});

it('a header is familiar after it had a caller, until it has none', async () => {
  const { text, row, table, ask, isFamiliar, forget } = setUp();
  const header = `Bearer ${text}`;
  expect([isFamiliar(header), isFamiliar(undefined)]).toEqual([false, false]);
  await ask();
  forget();
  expect(isFamiliar(header)).toBe(true);
  table.delete(row.id);
  await ask();
  expect(isFamiliar(header)).toBe(false);
});

describe('nobody calls', () => {
  it.each([undefined, '', 'Bearer', 'Basic d2s6', 'Bearer wk_live_a_b', `Bearer ${'x'.repeat(9_000)}`])(
    'with the header %s, and the table is not read',
    async (header) => {
      const { callerOf, asked } = setUp();
      expect(await callerOf(header, '')).toBeUndefined();
      expect(asked).toEqual([]);
    },
  );

  it('with a wrong checksum, and the table is not read', async () => {
    const { text, asked, ask } = setUp();
    const at = text.length - 10;
    const other = text[at] === 'a' ? 'b' : 'a';
    expect(await ask(`${text.slice(0, at)}${other}${text.slice(at + 1)}`)).toBeUndefined();
    expect(await ask(text.replace('wk_live', 'wk_test'))).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('with the secret of another key under this id', async () => {
    const { row, ask, asked } = setUp();
    const forged = makeKeyText('live', (size) => (size === 10 ? idBytesOf(row.id) : randomBytes(size)));
    expect(forged.id).toBe(row.id);
    for (let time = 0; time < 3; time += 1) expect(await ask(forged.text)).toBeUndefined();
    expect(asked).toHaveLength(1);
    expect(await ask()).toBeDefined();
  });

  it('with a hash under another pepper, or under an unknown one', async () => {
    for (const peppers of [[pepper('p2')], [{ ...pepper('p2'), id: 'p1' }]])
      expect(await setUp({}, { peppers }).ask()).toBeUndefined();
  });

  it('with a hash that was copied from another row', async () => {
    const other = setUp();
    const { pepperId, hash } = other.row;
    const victim = setUp({ pepperId, hash });
    expect(await victim.ask()).toBeUndefined();
  });

  it('with a revoked key, and with one that is not there, and each is read once in 30 seconds', async () => {
    for (const absent of [false, true]) {
      const { table, row, asked, ask } = setUp({ revoked: true });
      if (absent) table.delete(row.id);
      for (let time = 0; time < 3; time += 1) expect(await ask()).toBeUndefined();
      expect(asked).toHaveLength(1);
    }
  });

  it('from the moment at which the key expires, whether it is remembered or not', async () => {
    const { ask, asked, pass } = setUp({ msLeft: 100 });
    pass(99);
    expect(await setUp({ msLeft: 0 }).ask()).toBeUndefined();
    expect(await ask()).toBeDefined();
    pass(99);
    expect(await ask()).toBeDefined();
    pass(1);
    expect(await ask()).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['10.2.0.1', false],
    ['2001:db8::7', true],
    ['', false],
  ])(
    'from %s with a key for 10.1.0.0/16 and 2001:db8::/32, unless it lies within: %s',
    async (address, ok) => {
      const { text, ask } = setUp({ allowedAddresses: ['10.1.0.0/16', '2001:db8::/32'] });
      for (let time = 0; time < 2; time += 1) expect((await ask(text, address)) !== undefined).toBe(ok);
    },
  );
});

it('a key that was forgotten is read again, also if it was being read meanwhile', async () => {
  const gates: (() => void)[] = [];
  let revoked = false;
  const { row } = setUp();
  const issued = createIssueKey([pepper('p1')], 'live', randomBytes)(granted);
  const { callerOf, forget } = createKeyCallers({
    find: async () => {
      const read = { ...issued.row, revoked, msLeft: null };
      await new Promise<void>((resolve) => gates.push(resolve));
      return read;
    },
    noteUse: () => Promise.resolve(),
    peppers: [pepper('p1')],
    monotonicMs: () => 0,
  });
  expect(row.id).not.toBe(issued.row.id);
  const asking = callerOf(`Bearer ${issued.text}`, '');
  revoked = true;
  forget();
  gates.shift()?.();
  await Promise.resolve();
  while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
  gates.shift()?.();
  expect(await asking).toBeUndefined();
});

it('a key under a former pepper works, and gets a hash of the newest one', async () => {
  const { ask, used } = setUp({}, { peppers: [pepper('p2'), pepper('p1')] });
  expect(await ask()).toBeDefined();
  expect(used).toEqual(['p2']);
});

it('a key has its form, and its id is found in it', () => {
  const { id, text } = makeKeyText('test', (size) => Buffer.alloc(size, 255));
  expect(text).toMatch(/^wk_test_[0-9A-Za-z]{14}_[0-9A-Za-z]{49}$/);
  expect(keyIdIn(text)).toBe(id);
  expect(keyIdIn(makeKeyText('live', (size) => Buffer.alloc(size)).text)).toBe('0'.repeat(14));
});

describe('the peppers', () => {
  const secret = Buffer.alloc(32, 1).toString('base64');
  it('are read in their order', () => {
    const read = peppersOf({ API_KEY_PEPPERS: `new:${secret},old:${secret}` });
    expect(read.map(({ id }) => id)).toEqual(['new', 'old']);
    expect(read[0]?.secret).toHaveLength(32);
  });

  it.each([
    ['', 'API_KEY_PEPPERS must be set'],
    [`a:${secret},a:${secret}`, 'each id once'],
  ])('%s are refused', (given, why) => {
    expect(() => peppersOf({ API_KEY_PEPPERS: given })).toThrow(why);
  });
});

/** The ten bytes of an id in base 62. */
function idBytesOf(id: string): Buffer {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const value = Array.from(id).reduce((sum, digit) => sum * 62n + BigInt(digits.indexOf(digit)), 0n);
  return Buffer.from(value.toString(16).padStart(20, '0'), 'hex');
}
