// Walks every route of the router, also those that nobody declared. Each asks for a key, and lets exactly its
// scope pass. A route without a scope answers nobody.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { type Caller, localCaller } from '../../../src/access/caller.ts';
import { type Scope, scopeMeanings, scopes } from '../../../src/access/scopes.ts';
import { accessTableOf } from '../../../src/api/access.ts';
import type { App, Environment } from '../../../src/api/context.ts';
import { authenticateBy, authenticateRequests, nameNobody } from '../../../src/api/http/authentication.ts';
import { operations } from '../../../src/api/operations.ts';
import { createProcessApi } from '../../../src/api/process/processApi.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { describeVersion } from '../../../src/telemetry/version.ts';
import { bareSignIn, createBareApi } from '../../support/bareApi.ts';

let caller: Caller | undefined;
const authenticate = () => caller;
const ofApi = createBareApi({ authenticate, signIn: bareSignIn }).app;
const ofWorker = createProcessApi({
  readiness: () => Promise.resolve({ ready: true, status: 'ok', parts: {}, needed: [] }),
  metrics: () => Promise.resolve({ text: '', mediaType: 'text/plain' }),
  version: describeVersion('', 0, new Date(0)),
  newId: () => 'r',
  log: createLog('silent', 'worker'),
  authenticate,
});
const accessTable = accessTableOf(operations);

/** Handlers, not middleware, as the router has them. */
const routesOf = (app: App) => [
  ...new Set(
    app.routes.filter(({ handler }) => handler.length < 2).map(({ method, path }) => `${method} ${path}`),
  ),
];
const walked = [
  ...routesOf(ofApi).map((route) => ({ route, process: 'API', app: ofApi })),
  ...routesOf(ofWorker).map((route) => ({ route, process: 'worker', app: ofWorker })),
].map((one) => ({ ...one, access: accessTable.get(one.route) }));

const callerWith = (granted: readonly Scope[]): Caller => ({ ...localCaller, scopes: new Set(granted) });

async function statusFor(app: App, route: string, as: Caller | undefined) {
  const [method = '', path = ''] = route.split(' ');
  const filled = path.replace(/:asset\{.*\}$/, 'page.html').replaceAll(/:\w+/g, 'x');
  caller = as;
  const answer = await app.request(filled, { method });
  await answer.body?.cancel();
  return { status: answer.status, challenge: answer.headers.get('www-authenticate') };
}

describe.each(walked)('$route of the $process', ({ route, app, access }) => {
  it('has a scope, or is open', () => {
    expect(access).toBeDefined();
  });

  if (access === 'open') {
    it('is open', async () => {
      expect((await statusFor(app, route, undefined)).status).not.toBe(401);
    });
    return;
  }

  it(`asks for a key, lets ${String(access)} pass, and no other scope`, async () => {
    expect(await statusFor(app, route, undefined)).toEqual({ status: 401, challenge: 'Bearer' });
    const others = scopes.filter((scope) => scope !== access);
    expect(await statusFor(app, route, callerWith(others))).toEqual({ status: 403, challenge: null });
    for (const scope of others) expect((await statusFor(app, route, callerWith([scope]))).status).toBe(403);
    if (access === undefined) return;
    const { status } = await statusFor(app, route, callerWith([access]));
    expect([401, 403]).not.toContain(status);
  });
});

it('every scope has a route, and every entry of the table too', () => {
  expect([...new Set(accessTable.values())].sort()).toEqual(['open', ...scopes].sort());
  expect([...accessTable.keys()].sort()).toEqual(routesOf(ofApi).sort());
});

it('only health, version, the meaning of problems and the sign-in are open', () => {
  const open = walked.filter(({ access }) => access === 'open').map(({ route }) => route);
  expect([...new Set(open)].sort()).toEqual([
    ...['GET /console/icon.svg', 'GET /console/sign-in', 'GET /console/sign-in/callback'],
    ...['GET /console/sign-in/start', 'GET /console/signin.css', 'GET /console/signin.js'],
    ...['GET /livez', 'GET /problems', 'GET /problems/:name', 'GET /readyz', 'GET /version'],
    ...['POST /console/sign-in', 'POST /console/sign-out'],
  ]);
});

it('a route without a scope answers nobody, whatever they may do', async () => {
  const app = new Hono<Environment>();
  app.use(nameNobody);
  app.use(authenticateRequests(() => localCaller, new Map()));
  app.get('/forgotten', (c) => c.text('here'));
  app.onError((error, c) => c.text(error.message, 500));
  const answer = await app.request('/forgotten');
  expect({ status: answer.status, text: await answer.text() }).toEqual({
    status: 500,
    text: 'the route GET /forgotten has no scope, so nobody may use it',
  });
});

it.each(['/nothing', '/wallets/w/nothing', '/favicon.ico'])(
  'where nothing is, %s, nobody learns so without a key',
  async (path) => {
    caller = undefined;
    expect((await ofApi.request(path)).status).toBe(401);
    expect((await ofApi.request(path, { method: 'OPTIONS' })).status).toBe(401);
    caller = callerWith([]);
    expect((await ofApi.request(path)).status).toBe(404);
  },
);

it('two Authorization headers prove no caller, whichever of them is valid', async () => {
  const { app } = createBareApi({
    authenticate: authenticateBy(
      () => localCaller,
      () => '127.0.0.1',
    ),
  });
  const statusWith = async (...rawHeaders: string[]) =>
    (await app.request('/keys/x', {}, { incoming: { rawHeaders, socket: {} } })).status;
  expect(await statusWith('Authorization', 'a', 'authorization', 'b')).toBe(401);
  expect(await statusWith('authorization', 'a', 'host', 'b')).not.toBe(401);
});

describe('Wallet-Tenant', () => {
  const ask = async (as: Caller, tenant: string) => {
    caller = as;
    const answer = await ofApi.request('/problems', { headers: { 'wallet-tenant': tenant } });
    const asked = await ofApi.request('/keys/x', { headers: { 'wallet-tenant': tenant } });
    return [answer.status, asked.status];
  };

  it('is for operators alone', async () => {
    expect(await ask({ ...localCaller, operator: false }, 'acme')).toEqual([200, 403]);
    expect(await ask(localCaller, 'acme')).toEqual([200, 404]);
  });

  it.each(['', 'Acme', 'a/b', '-a', 'a'.repeat(64), '*'])('refuses the name "%s"', async (name) => {
    expect(await ask(localCaller, name)).toEqual([200, 400]);
  });
});

it('docs/api.md tells what each scope allows, in the words of the code', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/api.md'), 'utf8');
  const told = [...page.matchAll(/^\| `(\w+:\w+)` \| (.*) \|$/gm)].map(([, scope, meaning]) => [
    scope,
    meaning,
  ]);
  expect(told).toEqual(Object.entries(scopeMeanings));
});
