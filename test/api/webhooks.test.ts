// Webhook endpoints over HTTP: what is made, shown once, kept apart by tenant, and refused.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { localCaller } from '../../src/access/caller.ts';
import type { Scope } from '../../src/access/scopes.ts';
import { createTenant } from '../../src/access/tenants.ts';
import type { ServedWebhooks } from '../../src/api/webhooks/webhookRequests.ts';
import type { Config } from '../../src/config/config.ts';
import { readHead } from '../../src/eventStore/logHead.ts';
import { createSecretBox } from '../../src/webhooks/secretBox.ts';
import {
  type ApiAnswer,
  createTestApi,
  get,
  post,
  readAnswer,
  type TestApi,
  testConfig,
} from '../support/api.ts';
import { appendEvents } from '../support/appendEvents.ts';
import { createTestDatabase } from '../support/database.ts';
import { walletStream } from '../support/walletStream.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let config: Config;
let api: TestApi;
let acme: TestApi;

const url = 'https://hooks.example.com/wallets';

beforeAll(async () => {
  database = await createTestDatabase();
  config = testConfig(database.url, { WEBHOOK_ENDPOINTS_MAX: '3' });
  api = createTestApi(config);
  await createTenant(api.pool, 'acme', 'Acme');
  const authenticate = () => ({ ...localCaller, operator: false, tenant: 'acme' });
  acme = createTestApi(config, {}, { authenticate });
});
afterAll(async () => {
  await api.close();
  await acme.close();
  await database.drop();
});
afterEach(() => api.pool.query('delete from webhook_endpoints'));

interface Issued {
  readonly id: string;
  readonly secret: string;
}

async function make(
  body: object = {},
  headers = {},
  on = api,
): Promise<ApiAnswer & { readonly made: Issued }> {
  const answer = await post(on, '/webhook-endpoints', { url, ...body }, headers);
  return { ...answer, made: answer.body as unknown as Issued };
}

const patch = (id: string, body: object, on = api) => post(on, `/webhook-endpoints/${id}`, body, {}, 'PATCH');
const remove = async (id: string, on = api) =>
  readAnswer(await on.app.request(`/webhook-endpoints/${id}`, { method: 'DELETE' }));

describe('a webhook endpoint', () => {
  it('is made with a secret, which no later answer and no table shows', async () => {
    const { status, made, headers } = await make({ types: ['wallet.credited.v1'], description: 'books' });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/webhook-endpoints/${made.id}`);
    expect(made.secret).toMatch(/^whsec_/);
    for (const path of ['/webhook-endpoints', `/webhook-endpoints/${made.id}`])
      expect((await get(api, path)).text).not.toContain('whsec_');
    const { rows } = await api.pool.query<{ box: Buffer }>('select box from webhook_secrets');
    expect(rows).toHaveLength(1);
    expect(rows[0]?.box.toString('latin1')).not.toContain(made.secret.slice('whsec_'.length, 20));
  });

  it('of ed25519 shows the public key alone', async () => {
    const { made } = await make({ signing: 'ed25519' });
    expect(made.secret).toMatch(/^whpk_/);
    expect(Buffer.from(made.secret.slice(5), 'base64')).toHaveLength(32);
  });

  it.each(['hmac', 'ed25519'])(
    'of %s is made once under an Idempotency-Key, with the same answer',
    async (signing) => {
      const key = { 'idempotency-key': 'once' };
      const [first, second] = [await make({ signing }, key), await make({ signing }, key)];
      expect(second.made).toEqual(first.made);
      expect(second.headers.get('idempotent-replayed')).toBe('true');
      expect(await make({ signing, description: 'other' }, key)).toMatchObject({
        status: 422,
        body: { code: 'IDEMPOTENCY_KEY_REUSED' },
      });
      expect((await get(api, '/webhook-endpoints')).body.endpoints).toHaveLength(1);
      // The key of another tenant is another key.
      expect((await make({ signing }, key, acme)).made.id).not.toBe(first.made.id);
    },
  );

  it('takes a URL of 2048 characters, and none that is longer', async () => {
    const longest = `${url}/${'x'.repeat(2_047 - url.length)}`;
    const { status, made } = await make({ url: longest });
    expect(status).toBe(201);
    expect((await get(api, `/webhook-endpoints/${made.id}`)).body.url).toBe(longest);
    expect(await patch(made.id, { url: `${longest}y` })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
  });

  it('is seen, changed and deleted by its own tenant alone', async () => {
    const { made } = await make();
    const paths = ['', '/test', '/rotate-secret', '/replay', '/resume'].map(
      (path) => `/webhook-endpoints/${made.id}${path}`,
    );
    const [own = '', test = '', rotate = '', replay = '', resume = ''] = paths;
    const answers = [
      await get(acme, own),
      await get(acme, `${own}/deliveries`),
      await patch(made.id, { description: 'mine' }, acme),
      await remove(made.id, acme),
      await readAnswer(await acme.app.request(test, { method: 'POST' })),
      await post(acme, rotate, {}),
      await post(acme, replay, { from: '2026-01-01T00:00:00Z' }, { 'idempotency-key': 'a' }),
      await post(acme, resume, { from: 'now' }),
    ];
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 404, body: { code: 'WEBHOOK_ENDPOINT_NOT_FOUND' } });
    expect((await get(acme, '/webhook-endpoints')).body.endpoints).toEqual([]);
    expect((await get(api, own)).body).toMatchObject({ id: made.id, description: '' });
    const { rows } = await api.pool.query('select number from webhook_secrets');
    expect(rows).toHaveLength(1);
  });

  it('shows wallets under bare ids', async () => {
    const { body, made } = await make({ walletIds: ['w-1'] }, {}, acme);
    expect(body.walletIds).toEqual(['w-1']);
    const { rows } = await api.pool.query<{ wallet_ids: string[] }>(
      'select wallet_ids from webhook_endpoints where id = $1',
      [made.id],
    );
    expect(rows[0]?.wallet_ids).toEqual(['acme/w-1']);
  });

  it('is changed by a merge patch, where null removes a condition', async () => {
    const { made } = await make({ types: ['wallet.credited.v1'], walletIds: ['w-1'] });
    const changed = await patch(made.id, { types: null, description: 'all types' });
    expect(changed.body).toMatchObject({ types: null, walletIds: ['w-1'], description: 'all types', url });
    expect(await patch(made.id, { ordered: false })).toMatchObject({ status: 400 });
  });

  it('is disabled and enabled, and its cursor stays', async () => {
    const { made } = await make();
    const positionOf = async () =>
      (await api.pool.query<{ position: string }>('select position from webhook_endpoints')).rows[0]
        ?.position;
    const before = await positionOf();
    expect((await patch(made.id, { enabled: false })).body).toMatchObject({
      status: 'disabled',
      disabledReason: 'owner',
    });
    await post(api, '/wallets', { walletId: `w-${made.id}`, ownerId: 'o-1' });
    expect((await patch(made.id, { enabled: true })).body).toMatchObject({
      status: 'delivering',
      disabledAt: null,
    });
    expect(await positionOf()).toBe(before);
    await post(api, `/webhook-endpoints/${made.id}/resume`, { from: 'now' });
    expect(Number(await positionOf())).toBeGreaterThan(Number(before));
  });

  it('counts against the bound of its tenant', async () => {
    for (let made = 0; made < 3; made += 1) expect((await make()).status).toBe(201);
    expect(await make()).toMatchObject({ status: 409, body: { code: 'TOO_MANY_WEBHOOK_ENDPOINTS' } });
    expect((await make({}, {}, acme)).status).toBe(201);
  });

  it.each([
    ['plain http', { url: 'http://hooks.example.com/' }, '/url'],
    ['an address of this machine', { url: 'https://127.0.0.1/' }, '/url'],
    ['an unknown type', { types: ['wallet.painted.v1'] }, '/types/0'],
    ['a type twice', { types: ['wallet.created.v1', 'wallet.created.v1'] }, '/types'],
    ['no wallet in a list', { walletIds: [] }, '/walletIds'],
    [
      'too many wallets',
      { walletIds: Array.from({ length: 101 }, (_, index) => `w-${index}`) },
      '/walletIds',
    ],
  ])('is refused with %s', async (_, body, pointer) => {
    expect(await make(body)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ pointer }] },
    });
  });

  it('refuses another URL that is not allowed', async () => {
    const { made } = await make();
    expect(await patch(made.id, { url: 'https://10.0.0.1/' })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/url' }] },
    });
  });
});

it('a rotation shows the new secret once, and the earlier one signs until the overlap ends', async () => {
  const { made } = await make();
  const rotated = await post(api, `/webhook-endpoints/${made.id}/rotate-secret`, { overlapHours: 2 });
  expect(rotated).toMatchObject({ status: 201, body: { endpointId: made.id, overlapHours: 2 } });
  expect(rotated.body.secret).not.toBe(made.secret);
  const left = async () => {
    const { rows } = await api.pool.query<{ number: number; hours: number | null }>(
      `select number, round(extract(epoch from valid_until - now()) / 3600)::integer as hours
         from webhook_secrets order by number`,
    );
    return rows;
  };
  expect(await left()).toEqual([
    { number: 1, hours: 2 },
    { number: 2, hours: null },
  ]);
  await post(api, `/webhook-endpoints/${made.id}/rotate-secret`, { overlapHours: 0 });
  expect(await left()).toEqual([{ number: 3, hours: null }]);
});

it('a rotation keeps the kind of signature, unless it asks for another', async () => {
  const { made } = await make({ signing: 'ed25519' });
  const path = `/webhook-endpoints/${made.id}`;
  const secretAfter = async (body: object) => (await post(api, `${path}/rotate-secret`, body)).body.secret;
  expect(await secretAfter({})).toMatch(/^whpk_/);
  expect((await get(api, path)).body.signing).toBe('ed25519');
  expect(await secretAfter({ signing: 'hmac' })).toMatch(/^whsec_/);
  expect((await get(api, path)).body.signing).toBe('hmac');
  expect(await secretAfter({})).toMatch(/^whsec_/);
});

it('an endpoint tells the ages of the secrets that sign, the newest first, and no secret', async () => {
  const { made } = await make();
  const path = `/webhook-endpoints/${made.id}`;
  await post(api, `${path}/rotate-secret`, { overlapHours: 2 });
  // One whose overlap is over signs nothing, and is not told of.
  await api.pool.query(
    `insert into webhook_secrets (endpoint_id, number, box, valid_until) values ($1, 9, 'x', now() - interval '1 s')`,
    [made.id],
  );
  const told = await get(api, path);
  const time = expect.stringMatching(/^\d{4}-.*Z$/) as string;
  expect(told.body.secrets).toEqual([
    { createdAt: time, validUntil: null },
    { createdAt: time, validUntil: time },
  ]);
  expect(told.text).not.toContain('whsec_');
});

it('a secret whose key is lost is refused by name, and a rotation gives a new one', async () => {
  const key = { 'idempotency-key': 'before' };
  const { made } = await make({}, key);
  const box = createSecretBox({ WEBHOOK_SECRETS_KEY: [Buffer.alloc(32, 'new')] });
  const guard: ServedWebhooks['guard'] = { checkUrl: () => ({ ok: true, url: new URL(url) }) };
  const delivered = { outcome: 'delivered', status: 200, reason: null, ms: 1 } as const;
  let signing = 0;
  const deliver: ServedWebhooks['deliver'] = async (current) => {
    signing = (await current())?.secrets.length ?? 0;
    return delivered;
  };
  const other = createTestApi(config, {}, { webhooks: { box, guard, deliver, endpointsPerTenantMax: 3 } });
  const path = `/webhook-endpoints/${made.id}`;
  const refused = {
    status: 503,
    body: {
      code: 'WEBHOOK_KEY_MISSING',
      detail: expect.stringMatching(/^The secret of .* if that key is lost\.$/) as string,
    },
  };
  expect(await readAnswer(await other.app.request(`${path}/test`, { method: 'POST' }))).toMatchObject(
    refused,
  );
  expect(await make({}, key, other)).toMatchObject(refused);
  expect((await post(other, `${path}/rotate-secret`, {})).status).toBe(201);
  const tested = await readAnswer(await other.app.request(`${path}/test`, { method: 'POST' }));
  expect(tested).toMatchObject({ status: 200, body: { outcome: 'delivered' } });
  expect(signing).toBe(1);
  await other.close();
});

it('a replay needs an Idempotency-Key, and a range that ends after it begins', async () => {
  const { made } = await make();
  const path = `/webhook-endpoints/${made.id}/replay`;
  const from = '2026-01-01T00:00:00Z';
  expect(await post(api, path, { from })).toMatchObject({
    status: 400,
    body: { errors: [{ header: 'Idempotency-Key' }] },
  });
  const key = { 'idempotency-key': 'r-1' };
  expect(await post(api, path, { from, to: '2025-01-01T00:00:00Z' }, key)).toMatchObject({ status: 400 });
  const first = await post(api, path, { from, to: '2026-02-01T00:00:00Z' }, key);
  expect(first).toMatchObject({ status: 202, body: { outcome: null, sent: 0 } });
  const second = await post(api, path, { from, to: '2026-02-01T00:00:00Z' }, key);
  expect(second.body).toEqual(first.body);
  expect(await post(api, path, { from, to: '2026-03-01T00:00:00Z' }, key)).toMatchObject({ status: 422 });
});

/** Credits of a wallet in the log. Returns the position of the last one. */
async function someEvents(): Promise<bigint> {
  await appendEvents(
    api.pool,
    walletStream(
      'replayed',
      1n,
      Array.from({ length: 9 }, () => 1n),
    ),
  );
  const position = await readHead(api.pool);
  await api.pool.query('update webhook_endpoints set position = $1', [position]);
  return position;
}

it('a replay tells how far it is, why it waits, and how it ended, to its own tenant alone', async () => {
  const { made } = await make();
  const head = await someEvents();
  const path = `/webhook-endpoints/${made.id}/replays`;
  const asked = await post(
    api,
    `/webhook-endpoints/${made.id}/replay`,
    { from: '2020-01-01T00:00:00Z' },
    {
      'idempotency-key': 'progress',
    },
  );
  const id = String(asked.body.id);
  const shown = async () => (await get(api, `${path}/${id}`)).body;
  expect(asked.body).toMatchObject({ sent: 0, progress: 0, outcome: null, endedAt: null, lastFailure: null });
  expect(await shown()).toEqual(asked.body);
  const set = (assignments: string, ...values: unknown[]) =>
    api.pool.query(`update webhook_replays set ${assignments} where id = $1`, [id, ...values]);
  await set(`position = $2, sent = 4, attempts = 2, last_status = 503, last_reason = 'status'`, head / 2n);
  expect(await shown()).toMatchObject({
    ...{ sent: 4, progress: Number((100n * (head / 2n)) / head), outcome: null },
    lastFailure: { status: 503, reason: 'status', attempts: 2 },
  });
  await set('position = $2', head);
  expect(await shown()).toMatchObject({ progress: 99, outcome: null });
  await set(`outcome = 'failed', ended_at = now(), next_attempt_at = null, attempts = 10`);
  expect(await shown()).toMatchObject({ progress: 99, outcome: 'failed', nextAttemptAt: null });
  await set(`outcome = 'sent', attempts = 0`);
  expect(await shown()).toMatchObject({
    ...{ progress: 100, outcome: 'sent', lastFailure: null },
    endedAt: expect.any(String) as string,
  });
  for (const suffix of ['', `/${id}`])
    expect(await get(acme, `${path}${suffix}`)).toMatchObject({
      status: 404,
      body: { code: 'WEBHOOK_ENDPOINT_NOT_FOUND' },
    });
  const { made: other } = await make();
  expect(await get(api, `/webhook-endpoints/${other.id}/replays/${id}`)).toMatchObject({
    status: 404,
    body: { code: 'WEBHOOK_REPLAY_NOT_FOUND' },
  });
});

it('the replays of an endpoint come in pages, the newest first, each once', async () => {
  const { made } = await make();
  const ids: string[] = [];
  for (const key of ['a', 'b', 'c']) {
    const from = { from: '2026-01-01T00:00:00Z' };
    const asked = await post(api, `/webhook-endpoints/${made.id}/replay`, from, { 'idempotency-key': key });
    ids.unshift(String(asked.body.id));
  }
  // Two of one moment are told apart by their ids.
  await api.pool.query('update webhook_replays set created_at = now() where id = any($1)', [ids.slice(0, 2)]);
  const wanted = [...ids.slice(0, 2).sort().reverse(), ids[2]];
  const path = `/webhook-endpoints/${made.id}/replays?limit=1`;
  const seen: unknown[] = [];
  let cursor = '';
  for (let page = 0; page < 4 && seen.length < 3; page += 1) {
    const { body } = await get(api, `${path}${cursor}`);
    seen.push(...(body.replays as readonly { readonly id: string }[]).map(({ id }) => id));
    cursor = `&cursor=${encodeURIComponent(String(body.nextCursor))}`;
  }
  expect(seen).toEqual(wanted);
  expect((await get(api, path.replace('=1', '=3'))).body.nextCursor).toBeNull();
});

it('the deliveries of an endpoint come in pages, the newest event or alert first, and show no position', async () => {
  const { made } = await make();
  await api.pool.query(
    `insert into webhook_deliveries (endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet,
                                     attempts, state, next_attempt_at, settled_at, last_status, last_reason, last_ms)
     select $1, 7000 + (one + 1) / 2, (one + 1) % 2, 'w-' || one, 1, 'wallet.created.v1', true, 1,
            case one when 3 then 'failed' else 'pending' end, case one when 3 then null else now() end,
            case one when 3 then now() end, 500, 'status', 3
       from generate_series(1, 3) as one`,
    [made.id],
  );
  const path = `/webhook-endpoints/${made.id}/deliveries`;
  const first = await get(api, `${path}?limit=2`);
  expect(first.body.deliveries).toMatchObject([
    { eventId: 'w-3@1', status: 'failed', nextAttemptAt: null, holdsUpWallet: true },
    { eventId: 'w-2@1:01', status: 'pending', lastAttempt: { status: 500, reason: 'status', ms: 3 } },
  ]);
  expect(first.text).not.toContain('700');
  const cursor = String(first.body.nextCursor);
  expect(Buffer.from(cursor, 'base64url').toString()).not.toContain('700');
  const second = await get(api, `${path}?limit=2&cursor=${cursor}`);
  expect(second.body).toMatchObject({ deliveries: [{ eventId: 'w-1@1' }], nextCursor: null });
  expect((await get(api, `${path}?status=failed`)).body.deliveries).toMatchObject([{ eventId: 'w-3@1' }]);
  expect((await get(api, `/webhook-endpoints/${made.id}`)).body).toMatchObject({ pending: 3 });
});

it('a test tells the class of the answer and the time, and no word of the receiver', async () => {
  const { made } = await make();
  const answered = createTestApi(
    config,
    {},
    {
      webhooks: {
        box: undefined,
        guard: { checkUrl: () => ({ ok: true, url: new URL(url) }) },
        deliver: () => Promise.reject(new Error('it must not be asked')),
        endpointsPerTenantMax: 1,
      },
    },
  );
  const path = `/webhook-endpoints/${made.id}/test`;
  const of = async (on: TestApi) => readAnswer(await on.app.request(path, { method: 'POST' }));
  expect((await of(api)).body).toEqual({ outcome: 'delivered', statusClass: '2xx', reason: null, ms: 1 });
  expect(await of(answered)).toMatchObject({ status: 503, body: { code: 'WEBHOOK_KEY_MISSING' } });
  await answered.close();
});

it('reading needs webhooks:read, and changing webhooks:write', async () => {
  const { made } = await make();
  const withScopes = async (scopes: readonly Scope[], ask: (on: TestApi) => Promise<ApiAnswer>) => {
    const other = createTestApi(
      config,
      {},
      { authenticate: () => ({ ...localCaller, scopes: new Set(scopes) }) },
    );
    const { status } = await ask(other);
    await other.close();
    return status;
  };
  expect(await withScopes(['webhooks:read'], (on) => get(on, `/webhook-endpoints/${made.id}`))).toBe(200);
  expect(await withScopes(['webhooks:read'], (on) => patch(made.id, {}, on))).toBe(403);
  expect(await withScopes(['events:read'], (on) => get(on, '/webhook-endpoints'))).toBe(403);
  expect(await withScopes(['webhooks:write'], (on) => remove(made.id, on))).toBe(200);
});

it('each change is audited, without the secret', async () => {
  const { made } = await make({ description: 'audited' });
  await patch(made.id, { enabled: false });
  await remove(made.id);
  const { rows } = await api.pool.query<{ operation: string; target: string }>(
    'select operation, target from audit_log order by id desc limit 3',
  );
  expect(rows.map(({ operation }) => operation)).toEqual([
    'deleteWebhookEndpoint',
    'changeWebhookEndpoint',
    'createWebhookEndpoint',
  ]);
  expect(rows[1]?.target).toBe(`${made.id} enabled=false`);
  const { rows: all } = await api.pool.query<{ row: string }>('select audit_log::text as row from audit_log');
  expect(all.map(({ row }) => row).join()).not.toContain(made.secret.slice('whsec_'.length));
});
