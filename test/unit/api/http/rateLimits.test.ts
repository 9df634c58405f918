import { describe, expect, it } from 'vitest';
import { type Caller, localCaller } from '../../../../src/access/caller.ts';
import { policyOf } from '../../../../src/api/http/rateLimits.ts';
import type { AppContext } from '../../../../src/api/context.ts';
import type { Operation } from '../../../../src/api/openApi/operation.ts';
import { operations } from '../../../../src/api/operations.ts';
import { createBareApi } from '../../../support/bareApi.ts';
import { createTestRates } from '../../../support/rates.ts';

const byKey = (id: string, tenant = ''): Caller => ({
  ...localCaller,
  actor: `key:${id}`,
  tenant,
  keyId: id,
});

function limited(
  quotas: Parameters<typeof createTestRates>[0],
  more: Parameters<typeof createBareApi>[0] = {},
) {
  const clock = { ms: 0 };
  const { rates, refused } = createTestRates(quotas, { clock });
  return { clock, refused, ...createBareApi({ rates, ...more }) };
}

it('every operation that asks for a scope has a policy, but those about the process', () => {
  const policies = Object.groupBy(operations as readonly Operation[], (one) => policyOf(one) ?? 'none');
  const idsOf = (name: keyof typeof policies) => policies[name]?.map(({ id }) => id);
  expect(idsOf('command')).toEqual([
    ...['createWallet', 'creditWallet', 'debitWallet', 'transferFunds'],
    ...['placeHold', 'adjustHold', 'captureHold', 'voidHold'],
    ...['freezeWallet', 'unfreezeWallet', 'changeLimits', 'changeDetails', 'closeWallet', 'reverseMovement'],
    ...['changeVelocity', 'changeAlerts'],
  ]);
  expect(idsOf('read')).toEqual([
    'getWallet',
    'getCommand',
    'getMovement',
    'getHold',
    'getVelocity',
    'getAlerts',
  ]);
  expect(policies.none?.every(({ tag, scope }) => tag === 'Process' || scope === 'open')).toBe(true);
});

describe('a caller with a quota', () => {
  it('is told what is left of it, in answers and in refusals', async () => {
    const { app, clock, refused } = limited({ command: 2 });
    const headersOf = ({ headers }: Response) => [headers.get('ratelimit-policy'), headers.get('ratelimit')];
    const credit = () => app.request('/wallets/w-1/credit', { method: 'POST', body: '{' });
    expect(headersOf(await credit())).toEqual(['"command";q=2;w=60', '"command";r=1;t=60']);
    clock.ms = 1_500;
    expect(headersOf(await credit())).toEqual(['"command";q=2;w=60', '"command";r=0;t=59']);
    const answer = await credit();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '59']);
    expect(headersOf(answer)).toEqual(['"command";q=2;w=60', '"command";r=0;t=59']);
    expect(await answer.json()).toMatchObject({ code: 'RATE_LIMITED', 'violated-policies': ['command'] });
    expect(refused).toEqual(['command']);
    clock.ms = 61_500;
    expect((await credit()).status).not.toBe(429);
  });

  it('is refused before its body is read and before anything is asked', async () => {
    const { app, touched } = limited({ command: 1 });
    await app.request('/wallets', { method: 'POST', body: '{' });
    const body = new ReadableStream({
      pull: () => {
        throw new Error('the body was read');
      },
    });
    const answer = await app.request('/wallets', { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect([answer.status, touched]).toEqual([429, []]);
  });

  it('uses one for each kind of request, and rows count', async () => {
    const { app } = limited({ heavy: 100, read: 1 });
    const statusOf = async (path: string) => (await app.request(path)).status;
    expect(await statusOf('/wallets?limit=100')).not.toBe(429);
    expect(await statusOf('/wallets?limit=1')).toBe(429);
    expect(await statusOf('/admin/outbox')).toBe(429);
    expect(await statusOf('/wallets/w-1')).not.toBe(429);
    expect(await statusOf('/wallets/w-1')).toBe(429);
    for (const path of ['/livez', '/problems']) expect(await statusOf(path)).toBe(200);
  });

  it('shares it with no other key, and no key of another tenant', async () => {
    let caller = byKey('1', 'acme');
    const { app } = limited({ read: 1 }, { authenticate: () => caller });
    const status = async () => (await app.request('/wallets/w-1')).status;
    expect(await status()).not.toBe(429);
    expect(await status()).toBe(429);
    for (const other of [byKey('2', 'acme'), byKey('3', 'other'), byKey('4')]) {
      caller = other;
      expect(await status()).not.toBe(429);
    }
  });

  it('is one network where nobody is asked for a key', async () => {
    let address = '2001:db8:0:1::1';
    const { app } = limited({ read: 1 }, { addressOf: () => address });
    const status = async () => (await app.request('/wallets/w-1')).status;
    await status();
    address = '2001:db8:0:1:ffff::2';
    expect(await status()).toBe(429);
    address = '2001:db8:0:2::1';
    expect(await status()).not.toBe(429);
  });
});

describe('an address', () => {
  it('that sends too many keys that are none is refused before authentication', async () => {
    let authenticated = 0;
    const authenticate = () => {
      authenticated += 1;
      return undefined;
    };
    const { app, clock } = limited({ failures: 3 }, { authenticate });
    const status = async () => (await app.request('/wallets/w-1')).status;
    for (let request = 0; request < 3; request += 1) expect(await status()).toBe(401);
    expect(await status()).toBe(429);
    expect(authenticated).toBe(3);
    clock.ms = 60_000;
    expect(await status()).toBe(401);
  });

  it('that is refused still lets keys pass that were valid before', async () => {
    const authenticate = (c: AppContext) =>
      c.req.header('authorization') === 'old' ? byKey('1') : undefined;
    const isFamiliar = (authorization?: string) => authorization === 'old';
    const { app } = limited({ failures: 1 }, { authenticate, isFamiliar });
    const status = async (authorization: string) =>
      (await app.request('/wallets/w-1', { headers: { authorization } })).status;
    expect(await status('wrong')).toBe(401);
    expect(await status('wrong')).toBe(429);
    expect(await status('new')).toBe(429);
    expect([401, 429]).not.toContain(await status('old'));
  });

  it('that is refused still learns whether the process is well, as a load balancer has to', async () => {
    const { app } = limited({ failures: 1 }, { authenticate: () => undefined });
    const status = async (path: string) => (await app.request(path)).status;
    expect([await status('/wallets/w-1'), await status('/wallets/w-1')]).toEqual([401, 429]);
    expect([await status('/livez'), await status('/readyz'), await status('/version')]).toEqual([
      200, 200, 429,
    ]);
  });

  it('is not limited by what its valid keys ask', async () => {
    const { app } = limited({ failures: 1 }, { authenticate: () => byKey('1') });
    for (let request = 0; request < 10; request += 1)
      expect((await app.request('/wallets/w-1')).status).not.toBe(429);
  });
});
