// The commands of `wallet webhooks` in this process, against answers of a service that a test writes.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exits } from '../../../cli/exits.ts';
import { createProgram, runProgram } from '../../../cli/program.ts';

const url = 'http://wallets.example:3000';
const id = 'whe_0123456789abcdef01234567';
const endpoint = {
  ...{ id, url: 'https://hooks.example.com/', types: null, walletIds: null, labels: ['vip'], ordered: true },
  ...{ description: 'books', status: 'delivering', disabledAt: null, disabledReason: null },
  ...{ createdAt: '2026-11-01T00:00:00.000Z', createdBy: 'local', changedAt: '2026-11-01T00:00:00.000Z' },
  ...{ delivered: 1200, lastEventAt: null, lastSuccessAt: null, failingSince: null },
  ...{ lastAttempt: { status: null, reason: 'timeout', ms: 15_000 }, pending: 3 },
};

let said: { out: string; err: string };
let asked: { method: string; path: string; key: string | null; body: unknown }[];

function answer(body: object, status = 200): void {
  vi.stubGlobal('fetch', (to: string, { method = 'GET', headers, body: given }: RequestInit) => {
    const key = new Headers(headers).get('idempotency-key');
    const sent: unknown = given === undefined ? undefined : JSON.parse(given as string);
    asked.push({ method, path: to.slice(url.length), key, body: sent });
    return Promise.resolve(
      new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } }),
    );
  });
}

beforeEach(() => {
  said = { out: '', err: '' };
  asked = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((said.out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said.err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const run = (...words: readonly string[]) => runProgram(createProgram(url), ['webhooks', ...words]);

describe('the secret of an endpoint', () => {
  const issued = { ...endpoint, secret: 'whsec_c2VjcmV0' };
  const create = ['create', endpoint.url, '--type', 'wallet.credited.v1', '--wallet', 'w-1', 'w-2'];

  it('goes to stdout alone, and stderr says that it is shown once and how to verify with it', async () => {
    answer(issued, 201);
    expect(await run(...create, '--key', 'k-1', '--unordered')).toBe(exits.done);
    expect(said.out).toBe('whsec_c2VjcmV0\n');
    expect(said.err).toContain(`the secret of webhook endpoint ${id}, shown once\n`);
    expect(said.err).toContain('docs/webhooks.md');
    const body = { url: endpoint.url, types: ['wallet.credited.v1'], walletIds: ['w-1', 'w-2'] };
    expect(asked).toMatchObject([
      { method: 'POST', path: '/webhook-endpoints', key: 'k-1', body: { ...body, ordered: false } },
    ]);
  });

  it.each([
    ['create', endpoint.url],
    ['rotate-secret', id],
  ])('of %s goes to a new file, and nowhere else', async (...words) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'wallet-webhooks-'));
    const file = path.join(folder, 'secret');
    try {
      answer({ ...issued, overlapHours: 24 }, 201);
      expect(await run(...words, '--file', file, '--json')).toBe(exits.done);
      expect(readFileSync(file, 'utf8')).toBe('whsec_c2VjcmV0\n');
      expect(JSON.parse(said.out)).toMatchObject({ secret: null });
      expect(`${said.out}${said.err}`).not.toContain('c2VjcmV0');
      rmSync(file);
      vi.stubGlobal('fetch', () => Promise.resolve(new Response('', { status: 500 })));
      expect(await run(...words, '--file', file)).toBe(exits.unavailable);
      expect(existsSync(file)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ['0', 'Earlier secrets sign nothing any more.'],
    ['2', 'Earlier secrets sign for 2 h more'],
  ])('is replaced with an overlap of %s hours', async (overlapHours, words) => {
    answer({ endpointId: id, secret: 'whpk_bmV3', overlapHours: Number(overlapHours) }, 201);
    const options = ['--overlap-hours', overlapHours, '--signing', 'ed25519'];
    expect(await run('rotate-secret', id, ...options)).toBe(exits.done);
    expect(asked[0]?.body).toEqual({ overlapHours: Number(overlapHours), signing: 'ed25519' });
    expect(said.out).toBe('whpk_bmV3\n');
    expect(said.err).toContain(words);
  });
});

describe('an update', () => {
  it('changes what is given, and null removes a condition', async () => {
    answer(endpoint);
    const options = ['--receiver', 'https://new.example.com/', '--any-type', '--any-label'];
    expect(await run('update', id, ...options, '--wallet', 'w-1')).toBe(exits.done);
    expect(asked).toMatchObject([
      {
        method: 'PATCH',
        path: `/webhook-endpoints/${id}`,
        body: { url: 'https://new.example.com/', types: null, labels: null, walletIds: ['w-1'] },
      },
    ]);
    expect(said.out).toMatch(/^last answer +timeout$/m);
    expect(said.out).toMatch(/^labels +vip$/m);
  });

  it.each([[[]], [['--any-type', '--type', 'wallet.credited.v1']], [['--any-wallet', '--wallet', 'w-1']]])(
    'that says nothing, or two things at once, asks nobody: %j',
    async (options) => {
      answer(endpoint);
      expect(await run('update', id, ...options)).toBe(exits.usage);
      expect(asked).toEqual([]);
    },
  );

  it('enables and disables by words of their own', async () => {
    answer(endpoint);
    expect(await run('disable', id)).toBe(exits.done);
    expect(await run('enable', id)).toBe(exits.done);
    expect(asked.map(({ body }) => body)).toEqual([{ enabled: false }, { enabled: true }]);
    expect(said.out).toBe(`${id} is disabled, and events wait.\n${id} is enabled, and goes on.\n`);
  });
});

it.each([
  ['delivered', '2xx', null, exits.done],
  ['failed', '5xx', 'status', exits.differs],
  ['failed', null, 'timeout', exits.differs],
])('a test that %s with %s and %s ends with the code for it', async (outcome, statusClass, reason, code) => {
  answer({ outcome, statusClass, reason, ms: 42 });
  expect(await run('test', id)).toBe(code);
  expect(asked).toMatchObject([{ method: 'POST', path: `/webhook-endpoints/${id}/test` }]);
  expect(said.out).toMatch(new RegExp(`^test +${outcome}\nanswer +${statusClass ?? '–'}\n`));
});

it('the deliveries show the last answer, the attempts and when the next one is due', async () => {
  const delivery = (eventId: string, status: number | null, reason: string | null) => ({
    ...{ eventId, walletId: 'w-1', type: 'wallet.credited.v1', webhookId: 'evt_1', status: 'pending' },
    ...{ holdsUpWallet: true, attempts: 4, firstAttemptAt: '2026-11-01T00:00:00.000Z' },
    ...{ lastAttemptAt: '2026-11-01T00:00:06.000Z', nextAttemptAt: '2026-11-01T00:05:00.000Z' },
    lastAttempt: { status, reason, ms: 3 },
  });
  const rows = [delivery('w-1@3', 503, 'status'), delivery('w-1@4', null, 'timeout')];
  answer({ deliveries: [...rows, delivery('w-1@5', 302, 'redirect')], nextCursor: null });
  expect(await run('deliveries', id, '--status', 'pending')).toBe(exits.done);
  expect(asked[0]?.path).toBe(`/webhook-endpoints/${id}/deliveries?status=pending`);
  const times = '2026-11-01T00:00:06.000Z +2026-11-01T00:05:00.000Z +yes';
  for (const shown of ['w-1@3 .* 4 +503', 'w-1@4 .* 4 +timeout', 'w-1@5 .* 4 +302 redirect'])
    expect(said.out).toMatch(new RegExp(`^${shown} +${times}$`, 'm'));
});

const running = {
  ...{ progress: 41, outcome: null, endedAt: null, nextAttemptAt: '2026-11-02T00:05:00.000Z' },
  lastFailure: null,
};

it('a replay goes under a key, and says how to see how far it is', async () => {
  const replay = { id: 'whr_1', from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z' };
  answer({ ...replay, types: null, createdAt: replay.to, sent: 17, ...running }, 202);
  const times = ['--from', '2026-11-01T00:00:00Z', '--to', '2026-11-02T00:00:00Z'];
  expect(await run('replay', id, ...times)).toBe(exits.done);
  expect(await run('replay', id, ...times, '--type', 'wallet.credited.v1', '--key', 'fix-1')).toBe(
    exits.done,
  );
  const body = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' };
  expect(asked).toMatchObject([
    { method: 'POST', path: `/webhook-endpoints/${id}/replay`, body },
    { key: 'fix-1', body: { ...body, types: ['wallet.credited.v1'] } },
  ]);
  expect(said.out).toMatch(/^sent +17\nprogress +41 %\noutcome +under way$/m);
  expect(asked[0]?.key ?? '').not.toBe('');
  expect(said.err).toContain(`To see how far it is: wallet webhooks show-replay ${id} whr_1`);
});

it('replays are listed, and one is shown with why it waits', async () => {
  const times = { from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z', types: null };
  const waits = { ...running, lastFailure: { status: 503, reason: 'status', attempts: 2 } };
  const ended = { progress: 100, outcome: 'sent', endedAt: '2026-11-03T00:00:00.000Z', nextAttemptAt: null };
  const one = { id: 'whr_1', ...times, createdAt: times.to, sent: 17, ...waits };
  const other = { ...one, id: 'whr_2', ...ended, lastFailure: null };
  answer({ replays: [one, other], nextCursor: null });
  expect(await run('replays', id)).toBe(exits.done);
  expect(asked[0]).toMatchObject({ method: 'GET', path: `/webhook-endpoints/${id}/replays` });
  expect(said.out).toMatch(/^whr_1 .* 17 +41 % +under way .*503, 2 attempts$/m);
  expect(said.out).toMatch(/^whr_2 .* 17 +100 % +sent +2026-11-03T00:00:00.000Z/m);
  answer(one);
  expect(await run('show-replay', id, 'whr_1')).toBe(exits.done);
  expect(asked[1]).toMatchObject({ method: 'GET', path: `/webhook-endpoints/${id}/replays/whr_1` });
  expect(said.out).toMatch(/^last failure +503, 2 attempts\nnext attempt +2026-11-02T00:05:00.000Z$/m);
});

it('a resume says from where, or asks nobody', async () => {
  answer(endpoint);
  expect(await run('resume', id)).toBe(exits.usage);
  expect(await run('resume', id, '--from', 'yesterday')).toBe(exits.usage);
  expect(asked).toEqual([]);
  expect(await run('resume', id, '--from', 'now')).toBe(exits.done);
  expect(asked).toMatchObject([{ path: `/webhook-endpoints/${id}/resume`, body: { from: 'now' } }]);
});

it('an endpoint that was disabled shows since when and why', async () => {
  const disabled = { status: 'disabled', disabledAt: '2026-11-03T00:00:00.000Z', disabledReason: 'gone' };
  answer({ ...endpoint, ...disabled });
  expect(await run('show', id)).toBe(exits.done);
  expect(said.out).toMatch(/^status +disabled since 2026-11-03T00:00:00.000Z: the receiver answered 410$/m);
  expect(said.out).toMatch(/^delivered +1,200$/m);
});
