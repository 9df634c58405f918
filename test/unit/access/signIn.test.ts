// Signs people in at the real application: against a real OpenID provider in this process, and by key. The
// provider also answers as a broken or hostile one would.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SignJWT } from 'jose';
import { allScopes } from '../../../src/access/scopes.ts';
import type { Caller } from '../../../src/access/caller.ts';
import { createCookies } from '../../../src/access/signIn/cookies.ts';
import type { EndedSessions } from '../../../src/access/signIn/endedSessions.ts';
import { createIdentityProvider } from '../../../src/access/signIn/identityProvider.ts';
import { createSessions } from '../../../src/access/signIn/sessions.ts';
import { signInProblems } from '../../../src/access/signIn/signInProblem.ts';
import { readConfig } from '../../../src/config/config.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { createBareApi } from '../../support/bareApi.ts';
import {
  type Misbehaviour,
  startTestProvider,
  testClient,
  type TestProvider,
} from '../../support/identityProvider.ts';
import { createTestRates } from '../../support/rates.ts';
import { createSignInBrowser } from '../../support/signInBrowser.ts';

const own = 'http://localhost:3000';
const redirectUrl = `${own}/console/sign-in/callback`;
const hourMs = 3_600_000;
const validKey = 'wk_test_valid';

let provider: TestProvider;
let keys: Map<string, Caller>;
let endedIds: Set<string>;
let nowMs: number;
let log: string[];
/** What the audit log was told of actions and of refusals. */
let audited: { readonly actor: string | undefined; readonly operation: string; readonly target: string }[];
let refused: string[];
let auditFailure: Error | undefined;
let limits: ReturnType<typeof createTestRates>;

beforeAll(async () => {
  provider = await startTestProvider(redirectUrl);
});
afterAll(() => provider.close());
beforeEach(() => {
  keys = new Map([[validKey, callerWith('k1')]]);
  endedIds = new Set();
  nowMs = Date.now();
  log = [];
  audited = [];
  refused = [];
  auditFailure = undefined;
  limits = createTestRates({ failures: 30 });
  provider.signsIn({ sub: 'u-1', groups: ['on-call'], preferred_username: 'Mia' });
});
afterEach(() => {
  provider.misbehaves({});
});

const callerWith = (keyId: string, scopes = allScopes): Caller => ({
  ...{ actor: `key:${keyId}`, tenant: '', operator: true, scopes, keyId },
});

const ended: EndedSessions = {
  has: ({ id, actor }) => Promise.resolve(endedIds.has(id) || endedIds.has(actor)),
  end: ({ id }) => Promise.resolve(void endedIds.add(id)),
  endAllOf: (actor) => Promise.resolve(void endedIds.add(actor)),
  clock: () => Promise.resolve(nowMs),
};

const settings = (more: Readonly<Record<string, string>> = {}) =>
  readConfig({
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: testClient.id,
    OIDC_CLIENT_SECRET: testClient.secret,
    OIDC_REDIRECT_URL: redirectUrl,
    OIDC_ROLES: 'viewer=staff;operator=on-call',
    COOKIE_SECRET: 'a'.repeat(40),
    ...more,
  });

function startApi(more: Readonly<Record<string, string>> = {}, timeoutMs = 30_000) {
  const config = settings(more);
  const cookies = createCookies({
    installation: config.INSTALLATION,
    secrets: config.COOKIE_SECRET,
    isSecure: config.BEHIND_TLS,
  });
  const { app, touched } = createBareApi({
    authenticate: () => undefined,
    rates: limits.rates,
    audit: {
      begin: ({ actor, operation, target }) => {
        audited.push({ actor, operation, target });
        return auditFailure === undefined ? Promise.resolve('1') : Promise.reject(auditFailure);
      },
      end: () => Promise.resolve(),
      refused: () => Promise.resolve(),
    },
    refusals: {
      add: ({ actor, operation }, { status, code }) =>
        refused.push([actor ?? 'nobody', operation, status, code].join(' ')),
      flush: () => Promise.resolve(),
    },
    log: createLog('trace', 'server', { write: (line) => log.push(line) }),
    signIn: {
      cookies,
      sessions: createSessions({
        ...{ cookies, ended, settings: config, now: () => nowMs },
        callerOfKey: (keyId) => Promise.resolve([...keys.values()].find((caller) => caller.keyId === keyId)),
      }),
      provider: createIdentityProvider(config, {
        monotonicMs: () => performance.now(),
        timeoutMs,
        unknownKeyPauseMs: 0,
      }),
      roles: config.OIDC_ROLES,
      callerOfKey: (key) => keys.get(key),
      isSecure: config.BEHIND_TLS,
      now: () => nowMs,
    },
  });
  return { app, touched, browser: createSignInBrowser(app, own) };
}

const words = (code: keyof typeof signInProblems) => signInProblems[code].replaceAll("'", '&#39;');

describe('by an identity provider', () => {
  const signIn = async (more = {}, path = '/console', timeoutMs = 30_000) => {
    const { browser, ...api } = startApi(more, timeoutMs);
    const visit = await browser.get(`/console/sign-in/start?return_to=${encodeURIComponent(path)}`);
    return { ...api, browser, visit };
  };
  const session = async ({ browser }: { browser: ReturnType<typeof createSignInBrowser> }) => {
    const { status, text } = await browser.get('/console/session');
    return { status, ...(JSON.parse(text) as { actor?: string; scopes?: string[]; session?: unknown }) };
  };

  it('a person is known by the subject, has the scopes of the roles, and comes back to the page', async () => {
    const signedIn = await signIn({}, '/console#/wallets/w-1');
    expect(signedIn.visit.path).toBe('/console#/wallets/w-1');
    const { scopes = [], ...found } = await session(signedIn);
    expect(found).toEqual({
      ...{ status: 200, open: false, actor: 'user:u-1' },
      session: { name: 'Mia', roles: ['operator'] },
    });
    expect(scopes.toSorted()).toEqual([
      'admin:operate',
      'admin:read',
      'audit:read',
      'docs:read',
      'ledger:read',
      'wallets:read',
      'webhooks:read',
      'webhooks:write',
    ]);
  });

  it('a viewer may look and may not act, and nobody gets a role that no group gives', async () => {
    provider.signsIn({ sub: 'u-2', groups: ['staff'] });
    const viewer = await signIn();
    expect((await session(viewer)).scopes).not.toContain('admin:operate');
    expect(audited).toContainEqual({ actor: 'user:u-2', operation: 'signIn', target: 'viewer' });
    const post = { method: 'POST', headers: cookieOf(viewer.browser), body: '{"note":"x"}' };
    for (const path of ['/admin/projections/ledger/pause', '/webhook-endpoints']) {
      const asked = await viewer.app.request(`${own}${path}`, post);
      expect([path, asked.status, viewer.touched]).toEqual([path, 403, []]);
    }
    for (const groups of [undefined, [], ['on-call '], ['STAFF'], { staff: true }]) {
      provider.signsIn({ sub: 'u-3', groups });
      const nobody = await signIn();
      expect(nobody.visit).toMatchObject({ status: 403 });
      expect(nobody.visit.text).toContain(words('no-role'));
      expect(await session(nobody)).toMatchObject({ status: 401 });
    }
    expect(refused).toContain('user:u-3 signIn 403 NO_ROLE');
  });

  it('all roles together make no payment, and set money aside and give it back', async () => {
    provider.signsIn({ sub: 'u-5', groups: ['staff', 'on-call', 'desk'] });
    const { app, browser, touched } = await signIn({
      OIDC_ROLES: 'viewer=staff;operator=on-call;approver=desk',
    });
    const send = async (path: string, body: object) => {
      const headers = { ...cookieOf(browser), 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      return (await app.request(`${own}/wallets/w-1${path}`, init)).status;
    };
    const amount = '1.00';
    for (const path of ['/credit', '/debit', '/holds/h-1/capture'])
      expect([path, await send(path, { amount })]).toEqual([path, 403]);
    expect(await send('/transfer', { amount, toWalletId: 'w-2' })).toBe(403);
    expect(touched).toEqual([]);
    await send('/holds', { amount, description: 'room 12' });
    await send('/holds/h-1/void', { reason: 'cancelled' });
    expect(touched).toEqual(['submit PlaceHold', 'submit VoidHold']);
  });

  it('a person who holds money is in the audit log, and so is one who is refused', async () => {
    provider.signsIn({ sub: 'u-5', groups: ['desk'] });
    const { app, browser } = await signIn({ OIDC_ROLES: 'approver=desk' });
    const headers = { ...cookieOf(browser), 'content-type': 'application/json' };
    const body = '{"amount":"1.00"}';
    for (const path of ['', '/h-1/capture'])
      await app.request(`${own}/wallets/w-1/holds${path}`, { method: 'POST', headers, body });
    expect(audited).toContainEqual({ actor: 'user:u-5', operation: 'placeHold', target: 'w-1 amount=1.00' });
    expect(refused).toEqual(['user:u-5 captureHold 403 FORBIDDEN']);
  });

  it('groups may also be in the answer of the userinfo endpoint, or in a claim inside of another', async () => {
    const other = await startTestProvider(redirectUrl, { claimsInToken: false });
    other.signsIn({ sub: 'u-4', groups: ['staff'] });
    const signedIn = await signIn({ OIDC_ISSUER: other.issuer });
    expect(await session(signedIn)).toMatchObject({ actor: 'user:u-4', session: { roles: ['viewer'] } });
    await other.close();
    provider.misbehaves({
      claims: (claims) => ({ ...claims, groups: undefined, realm: { roles: ['staff'] } }),
    });
    expect(await session(await signIn({ OIDC_GROUPS_CLAIM: 'realm.roles' }))).toMatchObject({ status: 200 });
  });

  it.each<[string, Misbehaviour]>([
    ['for another service', { claims: (claims) => ({ ...claims, aud: 'another' }) }],
    ['of another provider', { claims: (claims) => ({ ...claims, iss: 'https://evil.example' }) }],
    ['that has expired', { claims: (claims) => ({ ...claims, exp: 1_000 }) }],
    ['without an end', { claims: (claims) => ({ ...claims, exp: undefined }) as never }],
    ['without a nonce', { claims: (claims) => ({ ...claims, nonce: undefined }) }],
    ["with another sign-in's nonce", { claims: (claims) => ({ ...claims, nonce: 'of-another' }) }],
    ['without a subject', { claims: (claims) => ({ ...claims, sub: undefined }) as never }],
    ['that nobody signed', { idToken: (token) => unsigned(token) }],
    ['whose signature is of another token', { idToken: (token) => `${token.slice(0, -8)}AAAAAAAA` }],
  ])('a token %s is refused in words, and its content is in no log', async (_, how) => {
    provider.misbehaves(how);
    const refused = await signIn();
    expect(refused.visit.status).toBe(403);
    expect(refused.visit.text).toContain(words('not-trusted'));
    expect(await session(refused)).toMatchObject({ status: 401 });
    expect(log.join('')).toContain('a sign-in was refused');
    expect(log.join('')).not.toMatch(/eyJ|Mia|client-secret|code_verifier/);
  });

  it('a token that is signed with the secret of the client is refused', async () => {
    const forged = await new SignJWT({ sub: 'u-1', groups: ['on-call'] })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(testClient.secret));
    provider.misbehaves({ idToken: () => forged });
    expect((await signIn()).visit.text).toContain(words('not-trusted'));
  });

  it('a provider that changes its key is understood at once', async () => {
    const { app } = await signIn();
    await provider.changeKey();
    const visit = await createSignInBrowser(app, own).get('/console/sign-in/start');
    expect(visit.path).toBe('/console');
  });

  it.each([
    ['is down', { status: 503 }],
    ['hangs', { hangs: true }],
  ] satisfies [string, Misbehaviour][])(
    'a provider that %s is told in words, and the next sign-in works',
    async (_, how) => {
      provider.misbehaves(how);
      const { app, visit } = await signIn({}, '/console', 'hangs' in how ? 100 : 30_000);
      expect(visit.status).toBe(503);
      expect(visit.text).toContain(words('provider-silent'));
      provider.misbehaves({});
      const { browser } = startApi();
      expect((await browser.get('/console/sign-in/start')).path).toBe('/console');
      if ('hangs' in how) return;
      // The same process does not keep the failure.
      expect((await createSignInBrowser(app, own).get('/console/sign-in/start')).path).toBe('/console');
    },
  );

  it('an answer of the provider is good once, in the browser that began, and for ten minutes', async () => {
    const { browser, app } = startApi();
    const isCallback = (address: string) => address.startsWith(redirectUrl);
    const begin = async (from: typeof browser) => {
      let callback = '';
      await from.get('/console/sign-in/start', (address) => {
        if (isCallback(address)) callback = address;
        return isCallback(address);
      });
      return callback;
    };
    const first = await begin(browser);
    const kept = new Map(browser.cookies);
    const stranger = createSignInBrowser(app, own);
    expect((await stranger.get(first)).text).toContain(words('not-fresh'));
    await begin(stranger);
    expect((await stranger.get(first)).text).toContain(words('not-trusted'));
    expect((await browser.get(first)).path).toBe('/console');
    expect((await browser.get(first)).text).toContain(words('not-fresh'));
    // Somebody who copied the browser's cookies: the provider knows the code.
    for (const [name, value] of kept) stranger.cookies.set(name, value);
    expect((await stranger.get(first)).text).toContain(words('not-fresh'));
    const late = await begin(browser);
    nowMs += 600_001;
    expect((await browser.get(late)).text).toContain(words('not-fresh'));
  });

  it('a refusal of the provider is told in words', async () => {
    const { browser } = startApi();
    let state = '';
    await browser.get('/console/sign-in/start', (address) => {
      state = new URL(address).searchParams.get('state') ?? '';
      return true;
    });
    const iss = encodeURIComponent(provider.issuer);
    const refused = await browser.get(
      `/console/sign-in/callback?error=access_denied&state=${state}&iss=${iss}`,
    );
    expect([refused.status, refused.text.includes(words('provider-refused'))]).toEqual([403, true]);
  });

  it('new settings of the roles end the sessions that the old ones gave', async () => {
    const { browser } = await signIn();
    const later = startApi({ OIDC_ROLES: 'viewer=on-call' });
    for (const [name, value] of browser.cookies) later.browser.cookies.set(name, value);
    expect(await session(later)).toMatchObject({ status: 401 });
  });
});

function unsigned(token: string): string {
  const header = Buffer.from('{"alg":"none"}').toString('base64url');
  return `${header}.${token.split('.')[1] ?? ''}.`;
}

function cookieOf({ cookies }: ReturnType<typeof createSignInBrowser>): Record<string, string> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return { cookie, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', origin: own };
}

describe('by key', () => {
  const signIn = async (more = {}, form: Readonly<Record<string, string>> = { key: validKey }) => {
    const { browser, ...api } = startApi(more);
    return { ...api, browser, visit: await browser.post('/console/sign-in', form) };
  };
  const statusOf = async ({ browser }: { browser: ReturnType<typeof createSignInBrowser> }) =>
    (await browser.get('/console/session')).status;

  it('the session has the scopes of the key, and ends with it', async () => {
    const signedIn = await signIn();
    expect(signedIn.visit.path).toBe('/console');
    expect(await statusOf(signedIn)).toBe(200);
    keys.clear();
    expect(await statusOf(signedIn)).toBe(401);
  });

  it('a wrong key, and one without the scope for the console, are refused in words', async () => {
    const wrong = await signIn({}, { key: 'wk_wrong' });
    expect(wrong.visit.status).toBe(403);
    expect(wrong.visit.text).toContain(words('key-refused'));
    expect(wrong.visit.text).not.toContain('wk_wrong');
    keys.set('wk_poor', callerWith('k2', new Set(['wallets:read'])));
    const poor = await signIn({}, { key: 'wk_poor' });
    expect([poor.visit.status, poor.browser.cookies.size]).toEqual([403, 0]);
    expect(log.join('')).not.toMatch(/wk_wrong|wk_poor/);
  });

  it('a sign-in, its refusal and a sign-out are in the audit log', async () => {
    const { browser } = await signIn();
    await browser.post('/console/sign-out', {});
    await browser.post('/console/sign-out', {});
    await signIn({}, { key: 'wk_wrong' });
    keys.set('wk_poor', callerWith('k2', new Set(['wallets:read'])));
    await signIn({}, { key: 'wk_poor' });
    expect(audited).toEqual([
      { actor: 'key:k1', operation: 'signIn', target: 'key' },
      { actor: 'key:k1', operation: 'signOut', target: '' },
    ]);
    expect(refused).toEqual(['nobody signIn 403 KEY_REFUSED', 'key:k2 signIn 403 KEY_LACKS_SCOPE']);
  });

  it('without a row in the audit log nobody is signed in', async () => {
    auditFailure = new Error('no row was taken');
    const { browser, visit } = await signIn();
    expect([visit.status, browser.cookies.size]).toEqual([500, 0]);
    auditFailure = Object.assign(new Error('connect ECONNREFUSED'), { syscall: 'connect' });
    const away = await signIn();
    expect([away.visit.status, away.browser.cookies.size]).toEqual([503, 0]);
    expect(away.visit.text).toContain(words('store-silent'));
  });

  it('an address that tries too many keys is refused, and who is signed in goes on', async () => {
    const { browser, app } = await signIn();
    const guess = (key: string) => createSignInBrowser(app, own).post('/console/sign-in', { key });
    for (let time = 0; time < 30; time += 1) expect((await guess('wk_wrong')).status).toBe(403);
    expect((await guess('wk_wrong')).status).toBe(429);
    expect((await guess(validKey)).status).toBe(429);
    expect(await statusOf({ browser })).toBe(200);
  });

  it('a key that is guessed at a page counts like one that is guessed anywhere', async () => {
    const { app } = startApi();
    const headers = { accept: 'text/html', authorization: 'Bearer wk_wrong' };
    const guess = async () => (await app.request(`${own}/console`, { headers })).status;
    for (let time = 0; time < 30; time += 1) expect(await guess()).toBe(401);
    expect(await guess()).toBe(429);
  });

  it('a cookie is out of reach for scripts, for other sites, and for plain HTTP behind TLS', async () => {
    const [plain = ''] = (await signIn()).browser.setCookies;
    expect(plain).toMatch(/^wallet-session=[^;]+; Max-Age=28800; Path=\/; HttpOnly; SameSite=Lax$/);
    const [secure = ''] = (await signIn({ OIDC_ISSUER: '', BEHIND_TLS: 'true' })).browser.setCookies;
    expect(secure).toMatch(
      /^__Host-wallet-session=[^;]+; Max-Age=28800; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(secure).not.toContain(validKey);
  });

  it('a session ends after eight hours, whatever the browser keeps', async () => {
    const signedIn = await signIn();
    nowMs += 8 * hourMs - 1;
    expect(await statusOf(signedIn)).toBe(200);
    nowMs += 1;
    expect(await statusOf(signedIn)).toBe(401);
  });

  it('a sign-out ends one session, or all of the same key, for every copy of the cookie', async () => {
    const { browser, app } = await signIn();
    const copy = createSignInBrowser(app, own);
    const second = createSignInBrowser(app, own);
    await second.post('/console/sign-in', { key: validKey });
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
    expect((await browser.post('/console/sign-out', {})).path).toBe('/console/sign-in');
    expect([browser.cookies.size, await statusOf({ browser: copy })]).toEqual([0, 401]);
    expect(await statusOf({ browser: second })).toBe(200);
    const third = createSignInBrowser(app, own);
    await third.post('/console/sign-in', { key: validKey });
    await third.post('/console/sign-out', { everywhere: 'true' });
    expect(await statusOf({ browser: second })).toBe(401);
  });

  it('a changed, foreign or broken cookie is no session', async () => {
    const { browser } = await signIn();
    const [name = '', value = ''] = [...browser.cookies][0] ?? [];
    for (const other of [
      `${value.slice(0, -5)}AAAAA`,
      'Fe26.2*1*x*y*z',
      '',
      'x'.repeat(5_000),
      '~2',
      value.replace('Fe26', 'Fe27'),
    ]) {
      browser.cookies.set(name, other);
      expect(await statusOf({ browser }), other.slice(0, 20)).toBe(401);
    }
  });

  it('a new cookie secret is taken before the old one is given up', async () => {
    const { browser } = await signIn();
    const secrets = { COOKIE_SECRET: `${'b'.repeat(40)},${'a'.repeat(40)}` };
    const later = startApi(secrets);
    for (const [name, value] of browser.cookies) later.browser.cookies.set(name, value);
    expect(await statusOf(later)).toBe(200);
    const after = startApi({ COOKIE_SECRET: 'b'.repeat(40) });
    for (const [name, value] of browser.cookies) after.browser.cookies.set(name, value);
    expect(await statusOf(after)).toBe(401);
  });

  it.each<[string, Record<string, string>]>([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['another server of the same domain', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:9' }],
    ['an old browser at another site', { origin: 'https://evil.example' }],
    ['a sender that names no page', {}],
  ])('a change by cookie from %s is refused before anything happens', async (_, sender) => {
    const { browser, app, touched } = await signIn();
    const { cookie = '' } = cookieOf(browser);
    const json = { cookie, 'content-type': 'application/json', ...sender };
    for (const [path, body] of [
      ['/wallets', '{"walletId":"w","ownerId":"o"}'],
      ['/wallets/w/credit', '{"amount":1}'],
      ['/admin/projections/ledger/pause', '{"note":"x"}'],
    ] as const) {
      const answer = await app.request(`${own}${path}`, { method: 'POST', headers: json, body });
      expect(await answer.json()).toMatchObject({ status: 403, code: 'CROSS_SITE_REFUSED' });
    }
    expect(touched).toEqual([]);
    const form = { key: validKey };
    expect((await createSignInBrowser(app, own).post('/console/sign-in', form, sender)).text).toContain(
      words('other-site'),
    );
    expect((await browser.post('/console/sign-out', {}, sender)).status).toBe(403);
    expect(await statusOf({ browser })).toBe(200);
  });

  it('plain HTTP from another machine is refused, because a key could be read on its way', async () => {
    const { app } = startApi({ OIDC_ISSUER: '' });
    const far = createSignInBrowser(app, 'http://wallet.example');
    const { status, text } = await far.post('/console/sign-in', { key: validKey });
    expect([status, far.cookies.size]).toEqual([403, 0]);
    expect(text).toContain(words('plain-http'));
  });

  it.each([
    '//evil.example/console',
    '/\\evil.example',
    'https://evil.example/console',
    '/console/../../evil',
    '/console\r\nSet-Cookie: a=b',
    '/wallets',
    'javascript:alert(1)',
    '/\t/evil.example',
  ])('it leads back to a page of this server alone, not to %j', async (target) => {
    const { browser } = startApi();
    const { path } = await browser.post('/console/sign-in', { key: validKey, return_to: target });
    expect(path).toBe('/console');
    expect(browser.addresses.every((address) => address.startsWith(`${own}/console`))).toBe(true);
    const shown = await browser.get(`/console/sign-in?return_to=${encodeURIComponent(target)}`);
    expect(shown.text).toContain('name="return_to" type="hidden" value="/console"');
  });

  it('a browser without a session is led to the sign-in, and a program gets 401', async () => {
    const { app } = startApi();
    const visit = await createSignInBrowser(app, own).get('/docs');
    expect(visit).toMatchObject({ status: 200, path: '/console/sign-in?return_to=%2Fdocs' });
    const program = await app.request(`${own}/console`);
    expect([program.status, program.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });
});
