// Runs every command of `wallet` in this process against a service that refuses everything.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exits } from '../../../cli/exits.ts';
import { createProgram, everyCommand, runProgram } from '../../../cli/program.ts';

const url = 'http://wallets.example:3000';

/** Arguments for each command, by its name. The compiler can't demand them, but a test does. */
const argumentsOf: Readonly<Record<string, readonly string[]>> = {
  create: ['w-1', '--owner', 'o-1'],
  credit: ['w-1', '1.00'],
  debit: ['w-1', '1.00'],
  transfer: ['w-1', 'w-2', '1.00'],
  get: ['w-1'],
  list: [],
  owner: ['o-1'],
  history: ['w-1'],
  ledger: ['w-1'],
  balance: ['w-1'],
  statement: ['w-1'],
  events: ['--follow'],
  'holds place': ['w-1', '1.00'],
  'holds adjust': ['w-1', 'h-1', '--amount', '2.00'],
  'holds capture': ['w-1', 'h-1'],
  'holds void': ['w-1', 'h-1'],
  'holds list': ['w-1'],
  'holds show': ['w-1', 'h-1'],
  freeze: ['w-1', '--reason', 'a test'],
  unfreeze: ['w-1', '--reason', 'a test'],
  close: ['w-1', '--reason', 'a test'],
  limits: ['w-1', '--minimum=-5.00'],
  'velocity show': ['w-1'],
  'velocity set': ['w-1', '--rule', 'name=a,window=day,direction=out,amount=5.00'],
  'velocity clear': ['w-1'],
  'alerts show': ['w-1'],
  'alerts set': ['w-1', '--rule', 'name=a,field=balance,op=below,amount=5.00'],
  'alerts clear': ['w-1'],
  details: ['w-1', '--set', 'a=b'],
  reverse: ['w-1', '2'],
  'movement show': ['w-1@1'],
  'movement find': ['rent'],
  'projections status': [],
  'projections pause': ['ledger'],
  'projections resume': ['ledger'],
  outbox: [],
  segments: [],
  'parked list': [],
  'parked retry': ['ledger', '1'],
  'parked skip': ['ledger', '1', '--reason', 'a test'],
  rebuild: ['--ledger'],
  'rebuild watch': ['rebuild-ledger'],
  'rebuild list': [],
  'rebuild pause': ['rebuild-ledger'],
  'rebuild resume': ['rebuild-ledger'],
  'rebuild cancel': ['rebuild-ledger'],
  'archive status': [],
  'archive run': [],
  'archive restore': ['1'],
  'archive release': ['1'],
  'archive verify': [],
  'recovery watch': ['rebuild-ledger'],
  'recovery list': [],
  'recovery pause': ['rebuild-ledger'],
  'recovery resume': ['rebuild-ledger'],
  'recovery cancel': ['rebuild-ledger'],
  'recover stale': [],
  verify: [],
  audit: [],
  'keys create': ['checkout', '--scope', 'wallets:read'],
  'keys list': [],
  'keys rotate': ['0DkB3tWcJ9sLmA'],
  'keys revoke': ['0DkB3tWcJ9sLmA'],
  'webhooks list': [],
  'webhooks show': ['whe_1'],
  'webhooks create': ['https://hooks.example.com/'],
  'webhooks update': ['whe_1', '--any-type'],
  'webhooks enable': ['whe_1'],
  'webhooks disable': ['whe_1'],
  'webhooks delete': ['whe_1'],
  'webhooks rotate-secret': ['whe_1'],
  'webhooks test': ['whe_1'],
  'webhooks deliveries': ['whe_1'],
  'webhooks replay': ['whe_1', '--from', '2026-11-01T00:00:00Z'],
  'webhooks replays': ['whe_1'],
  'webhooks show-replay': ['whe_1', 'whr_1'],
  'webhooks resume': ['whe_1', '--from', 'parked'],
  'tenants list': [],
  'tenants show': ['acme'],
  'tenants create': ['acme', '--name', 'Acme'],
  'tenants suspend': ['acme', '--reason', 'a test'],
  'tenants resume': ['acme'],
};

/** Commands that report what is wrong, or print a script, and are never refused. */
const neverRefused = ['doctor', 'completion', 'complete'];

function nameOf(command: Command): string {
  const { parent } = command;
  // The program itself has no parent, and its name is not part of a command's.
  const parents = parent?.parent ? [nameOf(parent)] : [];
  return [...parents, command.name()].join(' ');
}

/** The names of the commands that do something themselves. */
function names(): readonly string[] {
  const groups = [
    'archive',
    'holds',
    'keys',
    'projections',
    'parked',
    'recovery',
    'recover',
    'movement',
    'wallet',
    'tenants',
    'velocity',
    'alerts',
    'webhooks',
  ];
  return everyCommand(createProgram(url))
    .map(nameOf)
    .filter((name) => !groups.includes(name) && !neverRefused.includes(name) && !name.startsWith('help'));
}

const problem = {
  type: '/problems/validation-failed',
  title: 'refused',
  status: 400,
  detail: 'The service refuses everything.',
  code: 'VALIDATION_FAILED',
  requestId: 'req-1',
};

let said: { out: string; err: string };
let requests: { method: string; isNamed: boolean }[];

beforeEach(() => {
  said = { out: '', err: '' };
  requests = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((said.out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said.err += String(text)), true));
  vi.stubGlobal('fetch', (_: unknown, { method = 'GET' }: RequestInit) => {
    requests.push({ method, isNamed: said.err.includes(`on ${url}\n`) });
    const headers = { 'content-type': 'application/problem+json', 'x-request-id': 'req-1' };
    return Promise.resolve(new Response(JSON.stringify(problem), { status: 400, headers }));
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const run = (name: string, ...more: readonly string[]) =>
  runProgram(createProgram(url), [...name.split(' '), ...(argumentsOf[name] ?? []), ...more]);

it('every command has its arguments here', () => {
  expect(names().toSorted()).toEqual(Object.keys(argumentsOf).toSorted());
});

describe.each(Object.keys(argumentsOf))('wallet %s', (name) => {
  it('names the service before it changes something, and only then', async () => {
    expect(await run(name)).toBe(exits.refused);
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.every(({ method, isNamed }) => isNamed === (method !== 'GET'))).toBe(true);
  });

  it('prints a refusal as one JSON document of a fixed form, with the same exit code', async () => {
    expect(await run(name, '--json')).toBe(exits.refused);
    expect(JSON.parse(said.out)).toEqual({
      error: {
        code: 'VALIDATION_FAILED',
        detail: 'The service refuses everything.',
        exitCode: exits.refused,
        status: 400,
        requestId: 'req-1',
        commandId: null,
        idempotencyKey: ['POST', 'PUT', 'PATCH'].includes(requests[0]?.method ?? '')
          ? (expect.toSatisfy(isKeyOrNull) as unknown)
          : null,
        errors: null,
      },
    });
    expect(said.err).toContain('VALIDATION_FAILED: The service refuses everything.');
  });
});

function isKeyOrNull(key: unknown): boolean {
  return key === null || (typeof key === 'string' && key.length > 0);
}

it('wrong usage is a JSON document too', async () => {
  expect(await runProgram(createProgram(url), ['credit', 'w-1', '--json'])).toBe(exits.usage);
  expect(JSON.parse(said.out)).toMatchObject({
    error: { code: 'USAGE', exitCode: exits.usage, status: null },
  });
});

it('a service that does not answer is a JSON document with the key to repeat', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('refused')));
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const ended = runProgram(createProgram(url), ['credit', 'w-1', '1.00', '--key', 'k', '--json']);
  await vi.runAllTimersAsync();
  expect(await ended).toBe(exits.unavailable);
  vi.useRealTimers();
  expect(JSON.parse(said.out)).toMatchObject({ error: { code: 'NO_ANSWER', idempotencyKey: 'k' } });
});

it('doctor dismisses every occurrence that a condition tells of, and says why', async () => {
  const told = ['run-1', 'run-2'].map((occurrence) => ({ name: 'recovery-failed', occurrence }));
  const sent: unknown[] = [];
  vi.stubGlobal('fetch', (_: unknown, { method = 'GET', body }: RequestInit) => {
    const asked: unknown = method === 'GET' ? undefined : JSON.parse(body as string);
    if (asked !== undefined) sent.push(asked);
    const answer = asked ?? { status: 'critical', conditions: [{ name: 'worker-away' }, ...told] };
    const headers = { 'content-type': 'application/json', 'x-request-id': 'req-1' };
    return Promise.resolve(new Response(JSON.stringify(answer), { status: 200, headers }));
  });
  const doctor = (...more: readonly string[]) => runProgram(createProgram(url), ['doctor', ...more]);
  expect(await doctor('--dismiss', 'recovery-failed', '--reason', 'settled')).toBe(exits.done);
  const named = { condition: 'recovery-failed', reason: 'settled' };
  expect(sent).toEqual([
    { ...named, occurrence: 'run-1' },
    { ...named, occurrence: 'run-2' },
  ]);
  expect(await doctor('--dismiss', 'recovery-failed')).toBe(exits.usage);
});

it('a new key goes to a new file, and is asked for only if there can be one', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wallet-keys-'));
  const file = path.join(folder, 'key');
  const create = () => run('keys create', '--file', file);
  try {
    expect(await create()).toBe(exits.refused);
    expect(existsSync(file)).toBe(false);
    vi.stubGlobal('fetch', () => {
      requests.push({ method: 'POST', isNamed: true });
      const body = JSON.stringify({ id: '0DkB3tWcJ9sLmA', key: 'wk_test_new' });
      const headers = { 'content-type': 'application/json', 'x-request-id': 'req-1' };
      return Promise.resolve(new Response(body, { status: 201, headers }));
    });
    expect(await create()).toBe(exits.done);
    expect(readFileSync(file, 'utf8')).toBe('wk_test_new\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = requests.length;
    expect(await create()).toBe(exits.usage);
    expect(requests.length).toBe(before);
    expect(`${said.out}${said.err}`).not.toContain('wk_test_new');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('a statement as CSV is printed as it arrives, or refused', async () => {
  expect(await run('statement', '--csv')).toBe(exits.refused);
  expect(await run('statement', '--csv', '--json')).toBe(exits.usage);
  const page = {
    opening: { balance: '0.00' },
    closing: { balance: '1.00' },
    movements: [],
    nextCursor: null,
  };
  const asked: string[] = [];
  let pieces: readonly string[] = ['time,type\r\n', ',closing balance\r\n'];
  vi.stubGlobal('fetch', (to: string) => {
    asked.push(to);
    const isFile = to.includes('.csv');
    const headers = { 'content-type': isFile ? 'text/csv; charset=utf-8' : 'application/json' };
    const body = isFile
      ? (Readable.toWeb(Readable.from(piecesOf(pieces))) as BodyInit)
      : JSON.stringify(page);
    return Promise.resolve(new Response(body, { headers }));
  });
  said.out = '';
  expect(await run('statement', '--csv', '--from', '2026-11-01T00:00:00Z')).toBe(exits.done);
  expect(said.out).toBe('time,type\r\n,closing balance\r\n');
  expect(asked.at(-1)).toBe(`${url}/v1/wallets/w-1/statement.csv?from=2026-11-01T00%3A00%3A00Z`);
  pieces = ['time,type\r\n', ''];
  expect(await run('statement', '--csv')).toBe(exits.unavailable);
  expect(said.err).toContain('The statement broke off');
});

/** An empty piece stands for the end of the connection. */
function* piecesOf(pieces: readonly string[]): Generator<Uint8Array> {
  for (const piece of pieces) {
    if (piece === '') throw new TypeError('terminated');
    yield new TextEncoder().encode(piece);
  }
}

it('a service that gets no valid key says where to put one', async () => {
  vi.stubGlobal('fetch', () => {
    const body = JSON.stringify({ ...problem, status: 401, code: 'UNAUTHENTICATED' });
    const headers = { 'content-type': 'application/problem+json', 'x-request-id': 'req-1' };
    return Promise.resolve(new Response(body, { status: 401, headers }));
  });
  expect(await run('get')).toBe(exits.refused);
  expect(said.err).toContain('Set WALLET_API_KEY');
});

it('the list of keys shows which of them are of operators', async () => {
  const key = {
    status: 'active',
    scopes: ['admin:read'],
    expiresAt: null,
    lastUsedAt: null,
    replacedBy: null,
  };
  vi.stubGlobal('fetch', () => {
    const keys = [
      { ...key, id: 'k-1', name: 'night shift', operator: true },
      { ...key, id: 'k-2', name: 'checkout', operator: false },
    ];
    const headers = { 'content-type': 'application/json', 'x-request-id': 'req-1' };
    return Promise.resolve(new Response(JSON.stringify({ keys, nextCursor: null }), { headers }));
  });
  expect(await run('keys list')).toBe(exits.done);
  expect(said.out).toMatch(/k-1 +night shift +active +yes +admin:read/);
  expect(said.out).toMatch(/k-2 +checkout +active +no +admin:read/);
});
