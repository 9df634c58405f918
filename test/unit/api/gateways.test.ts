// What gateways, caches and browsers rely on, over every declared operation: Cache-Control, Allow, HEAD,
// OPTIONS, unknown sub-paths, ambiguous paths, entity tags and cross-origin requests.
import { describe, expect, it } from 'vitest';
import { localCaller } from '../../../src/access/caller.ts';
import { consoleAssets, signInAssets } from '../../../src/api/console/consolePage.ts';
import { processOperations } from '../../../src/api/process/processRoutes.ts';
import { createProcessApi } from '../../../src/api/process/processApi.ts';
import { problemOperations } from '../../../src/api/reference/problemPages.ts';
import { isKnown, tagsIn } from '../../../src/api/http/entityTags.ts';
import { ambiguityIn } from '../../../src/api/http/requestTarget.ts';
import type { Operation } from '../../../src/api/openApi/operation.ts';
import { operations } from '../../../src/api/operations.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { describeVersion } from '../../../src/telemetry/version.ts';
import { createBareApi } from '../../support/bareApi.ts';

const all: readonly Operation[] = operations;
const { app, touched } = createBareApi();

const pathOf = ({ path, example }: Operation) =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => example.params?.[name] ?? name);
const paths = [...new Set(all.map(pathOf))];
/** Two paths that differ only in the names of their parameters are one resource. */
const resourceOf = (path: string) => path.replaceAll(/\{\w+\}/g, '{}');
const allowOf = (path: string) => {
  const resources = all
    .filter((operation) => pathOf(operation) === path)
    .map((found) => resourceOf(found.path));
  const methods = new Set(
    all
      .filter(({ path: own, formerPath = own }) =>
        [own, formerPath].some((one) => resources.includes(resourceOf(one))),
      )
      .map(({ method }) => method),
  );
  return [
    ...(methods.has('delete') ? ['DELETE'] : []),
    ...(methods.has('get') ? ['GET', 'HEAD'] : []),
    'OPTIONS',
    ...(methods.has('patch') ? ['PATCH'] : []),
    ...(methods.has('post') ? ['POST'] : []),
    ...(methods.has('put') ? ['PUT'] : []),
  ].join(', ');
};

const worker = createProcessApi({
  readiness: () => Promise.resolve({ ready: true, status: 'ok', parts: {}, needed: [] }),
  metrics: () => Promise.resolve({ text: '', mediaType: 'text/plain' }),
  version: describeVersion('', 0, new Date(0)),
  newId: () => 'r',
  authenticate: () => localCaller,
  log: createLog('silent', 'worker'),
});
const workerPaths = ([...processOperations, ...problemOperations] as Operation[]).map(pathOf);

describe.each([
  ...paths.map((path) => ({ title: path, path, app })),
  ...workerPaths.map((path) => ({ title: `${path} of the worker`, path, app: worker })),
])('$title', ({ path, app }) => {
  it('answers OPTIONS with the methods that it takes', async () => {
    const answer = await app.request(path, { method: 'OPTIONS' });
    expect({ status: answer.status, allow: answer.headers.get('allow') }).toEqual({
      status: 204,
      allow: allowOf(path),
    });
  });

  it('refuses every other method with 405 and the same list', async () => {
    const allow = allowOf(path);
    const others = ['PUT', 'PATCH', 'DELETE', 'GET', 'POST'].filter(
      (method) => !allow.split(', ').includes(method),
    );
    for (const method of others) {
      const answer = await app.request(path, { method, headers: { 'content-type': 'application/json' } });
      expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, allow]);
    }
  });

  it('lets no cache keep what it says without being asked', async () => {
    for (const method of allowOf(path).split(', ')) {
      const { headers } = await app.request(path, { method });
      const kept = headers.get('cache-control');
      expect(kept, method).toMatch(/^(?:no-store|private, no-cache)$/);
      // Pages and their assets are the same for everybody.
      if (kept !== 'no-store' && !/^\/(?:console|docs)/.test(path))
        expect(headers.get('vary'), method).toBe('Authorization, Cookie, Wallet-Tenant');
    }
  });

  it('knows no sub-path, whatever the method', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'OPTIONS', 'HEAD'])
      for (const stray of [`${path}/no-such-thing/at/all`, `${path}/`])
        expect([method, stray, (await app.request(stray, { method })).status]).toEqual([method, stray, 404]);
  });
});

describe('asked again,', () => {
  /** These answer something new each time, or a stream. */
  const alwaysNew = new Set(['/livez', '/readyz', '/metrics', '/console/stream', '/console/session']);
  const fixed = [
    ...['/docs', '/docs/viewer.css', '/docs/docs.js', '/docs/viewer.js', '/openapi.json', '/console'],
    ...[...consoleAssets, ...signInAssets].map((name) => `/console/${name}`),
    ...['/version', '/problems', '/problems/wallet-not-found'],
  ];
  it('every path without parameters is in one of two lists, or reads a store', () => {
    const named = app.routes
      .filter(({ method, path, handler }) => method === 'GET' && !/[:*]/.test(path) && handler.length < 2)
      .map(({ path }) => path);
    const ofStores =
      /^\/(?:wallets|movements|commands|ledger|admin|audit|keys|tenants|events|webhook-endpoints)\b/;
    const others = named.filter((path) => !alwaysNew.has(path) && !ofStores.test(path));
    expect(others.filter((path) => !fixed.includes(path))).toEqual([]);
  });
  it.each([
    ...fixed.map((path) => [path, app, 'the API'] as const),
    ...workerPaths
      .filter((path) => fixed.includes(path))
      .map((path) => [path, worker, 'the worker'] as const),
  ])('%s is 304 with the tag it had', async (path, of) => {
    const first = await of.request(path);
    const etag = first.headers.get('etag') ?? 'none';
    expect([first.status, etag]).toEqual([200, expect.stringMatching(/^"[\w-]+"$/)]);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await of.request(path, { headers: { 'if-none-match': known } });
      expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
      expect(again.headers.get('cache-control')).toBe(first.headers.get('cache-control'));
    }
    expect((await of.request(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });
});

it.each(['/wallets', '/docs', '/admin/health', '/wallets/w/credit', '/nothing'])(
  'the worker has nothing at %s, and says so as the API would',
  async (path) => {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
      const answer = await worker.request(path, { method });
      expect([method, answer.status]).toEqual([method, 404]);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
  },
);

it.each(['/wallets/w/no-such-operation', '/console/no-such-asset', '/docs/nothing', '/admin/nothing'])(
  '%s is 404 for every method',
  async (path) => {
    for (const method of ['GET', 'POST', 'PUT', 'OPTIONS'])
      expect([method, (await app.request(path, { method })).status]).toEqual([method, 404]);
  },
);

it('every route is one that the fast router of Hono can take', async () => {
  // A parameter beside a fixed segment would move all routes to the other router, which is five times slower.
  await app.request('/livez');
  expect(app.router.name).toBe('SmartRouter + RegExpRouter');
});

describe('a path is refused if a gateway may read it differently:', () => {
  it.each(
    [
      ...[
        '//wallets',
        '/wallets//w',
        '/wallets/./w',
        '/wallets/../admin',
        '/wallets/%2e%2E/admin',
        '/wallets/.%2e',
      ],
      ...[
        '/wallets/a%2Fb',
        '/wallets/a%2fb',
        '/wallets/a%5Cb',
        '/wallets\\w',
        '/wallets/%00',
        '/wallets/%0d%0a',
      ],
      ...[
        '/wallets/%7f',
        '/wallets/%252F',
        '/wallets/%25',
        '/wallets/%c0%af',
        '/wallets/%ff',
        '/wallets/%zz',
        '/wallets/%',
      ],
      ...['/wallets/\u00fc', '/wallets/a b', '/wallets#x', '/wallets/%ed%a0%80'],
    ].map((path) => [path]),
  )('%j', (path) => {
    expect(ambiguityIn(path)).toEqual(expect.any(String));
  });

  it.each([
    '/',
    '/wallets',
    '/wallets/w%3A1',
    '/wallets/a..b',
    '/wallets/...',
    '/%77allets',
    '/wallets/%C3%BC',
    '/console/page.js',
  ])('but not %j', (path) => {
    expect(ambiguityIn(path)).toBeUndefined();
  });

  it('before anything happens', async () => {
    touched.length = 0;
    const body = '{"amount":1}';
    const headers = { 'content-type': 'application/json' };
    const answer = await app.request('/wallets/a%2Fb/credit', { method: 'POST', headers, body });
    expect([answer.status, touched]).toEqual([400, []]);
  });
});

describe('an entity tag', () => {
  it.each([
    ['"3"', true],
    ['W/"3"', true],
    ['"1", W/"3"', true],
    ['"3-gzip"', true],
    ['*', true],
    ['"4"', false],
    ['3', false],
    ['"3', false],
    ['', false],
  ])('in If-None-Match: %s', (header, known) => {
    expect(isKnown(header, '"3"')).toBe(known);
  });

  it('list that is malformed has no tags', () => {
    expect(tagsIn('"1" "2"')).toBeUndefined();
    expect(tagsIn('"1",\t"2"')).toEqual(['1', '2']);
  });
});

describe('a browser of another origin', () => {
  const open = createBareApi({ corsOrigins: ['https://app.example'] }).app;
  const preflight = (path: string, origin: string, to = open) =>
    to.request(path, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });

  it('may ask what the list allows', async () => {
    const answer = await preflight('/wallets/w/credit', 'https://app.example');
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(answer.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    const read = await open.request('/problems', { headers: { origin: 'https://app.example' } });
    expect(read.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(read.headers.get('access-control-expose-headers')).toContain('etag');
    expect(read.headers.get('vary')).toMatch(/(?:^|, )Origin$/);
  });

  it.each([
    ['/wallets', 'https://app.example.evil'],
    ['/wallets', 'http://app.example'],
    ['/wallets', 'null'],
    ['/admin/projections/ledger/pause', 'https://app.example'],
    ['/console', 'https://app.example'],
    ['/keys', 'https://app.example'],
    ['/tenants', 'https://app.example'],
  ])('gets no leave for %s from %s', async (path, origin) => {
    const answer = await preflight(path, origin);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('gets no leave at all by default', async () => {
    const answer = await preflight('/wallets', 'https://app.example', app);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});
