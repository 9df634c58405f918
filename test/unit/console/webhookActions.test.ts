// The forms about webhook endpoints: the requests that they send, and where a secret may be.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Action, Filled } from '../../../console/action.ts';
import { deleteEndpoint, resumeFromNow, testEndpoint } from '../../../console/webhookActions.ts';
import { changeEndpoint, makeEndpoint, replayEvents, rotateSecret } from '../../../console/webhookForms.ts';
import type { Endpoint } from '../../../console/webhookQueries.ts';

const at = '2026-11-30T10:00:00.000Z';
const endpoint: Endpoint = {
  ...{ id: 'whe_1', url: 'https://hooks.example.com/', types: ['wallet.created.v1'], walletIds: ['w-1'] },
  ...{
    labels: null,
    ordered: true,
    signing: 'hmac',
    description: 'books',
    status: 'retrying',
    disabledAt: null,
  },
  ...{ disabledReason: null, createdAt: at, createdBy: 'key:k', changedAt: at, delivered: 7 },
  ...{ lastEventAt: at, lastSuccessAt: at, failingSince: at, pending: 3 },
  lastAttempt: { status: 500, reason: 'status', ms: 42 },
};
/** What the fields of the form begin with. */
const initial = ({ fields = [] }: Action): Filled =>
  Object.fromEntries(fields.map(({ name, initial: text = '' }) => [name, text]));

let sent: { readonly path: string; readonly init: RequestInit }[];
let answer: object;
beforeEach(() => {
  sent = [];
  vi.stubGlobal('location', { origin: 'http://localhost' });
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    sent.push({ path, init });
    return Promise.resolve(Response.json(answer));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

async function bodyOf(action: Action, filled: Filled): Promise<unknown> {
  answer = {};
  await action.run(filled, 'key-1');
  const body = sent[0]?.init.body;
  // The command by hand sends the same.
  if (typeof body === 'string') expect(action.command(filled, 'key-1')).toContain(body);
  return typeof body === 'string' ? JSON.parse(body) : body;
}

describe('the form', () => {
  it('of a new endpoint sends what was filled in, and leaves out what asks for nothing', async () => {
    const make = makeEndpoint();
    const url = 'https://hooks.example.com/a';
    expect(await bodyOf(make, { ...initial(make), url })).toEqual({
      ...{ url, description: '', ordered: true, signing: 'hmac' },
    });
    sent = [];
    const filled = {
      ...{ url, types: 'wallet.created.v1 wallet.credited.v1', walletIds: 'w-1, w-2 w-1' },
      ...{ labels: 'vip , big shop', ordered: 'false', signing: 'ed25519', description: 'd' },
    };
    expect(await bodyOf(make, filled)).toEqual({
      ...{ url, types: ['wallet.created.v1', 'wallet.credited.v1'], walletIds: ['w-1', 'w-2'] },
      ...{ labels: ['vip', 'big shop'], ordered: false, signing: 'ed25519', description: 'd' },
    });
    expect(new Headers(sent[0]?.init.headers).get('idempotency-key')).toBe('key-1');
  });

  it('of a change sends only what was changed', async () => {
    const change = changeEndpoint(endpoint);
    expect(await bodyOf(change, { ...initial(change), description: 'second' })).toEqual({
      description: 'second',
    });
    sent = [];
    expect(await bodyOf(change, { ...initial(change), types: '', walletIds: 'w-1, w-2' })).toEqual({
      ...{ types: null, walletIds: ['w-1', 'w-2'] },
    });
  });

  it('of a replay sends the time of the place as one of the world, and its key', async () => {
    const replay = replayEvents(endpoint);
    const from = '2026-11-01T08:00';
    expect(await bodyOf(replay, { from, to: '' })).toEqual({ from: new Date(from).toISOString() });
    expect(new Headers(sent[0]?.init.headers).get('idempotency-key')).toBe('key-1');
  });

  it('of a deletion sends no body', async () => {
    expect(await bodyOf(deleteEndpoint(endpoint), {})).toBeUndefined();
    expect(sent[0]).toMatchObject({ path: '/webhook-endpoints/whe_1', init: { method: 'DELETE' } });
    expect(deleteEndpoint(endpoint).command({}, 'key-1')).toBe(
      'curl -X DELETE http://localhost/webhook-endpoints/whe_1',
    );
  });
});

it.each([
  ['a new endpoint', makeEndpoint(), { url: 'https://hooks.example.com/a' }],
  ['a rotation', rotateSecret(endpoint), { overlapHours: '24', signing: 'hmac' }],
])('the secret of %s is in what is shown once, and in no sentence', async (_, action, filled) => {
  answer = { id: 'whe_1', secret: 'whsec_AAAA', overlapHours: 24 };
  const outcome = await action.run(filled, 'key-1');
  if (typeof outcome === 'string') throw new Error('the secret is not shown');
  expect(outcome.once?.text).toBe('whsec_AAAA');
  expect(outcome.sentence).not.toContain('AAAA');
});

describe('a test', () => {
  it.each<[string, object, string, boolean]>([
    [
      'was delivered',
      { outcome: 'delivered', statusClass: '2xx', reason: null, ms: 42 },
      '2xx after 42 ms',
      false,
    ],
    [
      'was answered otherwise',
      { outcome: 'failed', statusClass: '5xx', reason: 'status', ms: 9 },
      'not delivered: 5xx after 9 ms',
      true,
    ],
    [
      'got no answer',
      { outcome: 'failed', statusClass: null, reason: 'connectionRefused', ms: 9 },
      'the connection was refused after 9 ms',
      true,
    ],
  ])('that %s says so', async (_, tested, words, hasFailed) => {
    answer = tested;
    const outcome = await testEndpoint(endpoint).run({}, 'key-1');
    const given = typeof outcome === 'string' ? { sentence: outcome } : outcome;
    expect(given.sentence).toContain(words);
    expect(given.hasFailed === true).toBe(hasFailed);
  });
});

it('a resume from now is asked for as serious, and tells first what it leaves out', () => {
  const { isSerious, explains } = resumeFromNow(endpoint);
  expect(isSerious).toBe(true);
  expect(explains).toContain('3 events that failed');
});
