// Walks every route of the application and asks for the headers that bind a browser. A new route is found
// without being listed.
import { expect, it } from 'vitest';
import { createBareApi } from '../../../support/bareApi.ts';

const { app } = createBareApi({ corsOrigins: ['https://shop.example'] });

const routes = app.routes
  .filter(({ handler, path }) => handler.length < 2 && path !== '/*')
  .map(({ method, path }) => ({ method, path: path.replaceAll(/:\w+(?:\{[^}]*\})?/g, 'page.html') }));

function assertSecure({ headers }: Response, what: string): void {
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy, what).toContain("default-src 'none'");
  expect(policy, what).toContain("frame-ancestors 'none'");
  expect(policy, what).not.toMatch(/unsafe|\*|https?:/);
  expect(headers.get('x-content-type-options'), what).toBe('nosniff');
  expect(headers.get('referrer-policy'), what).toBe('no-referrer');
}

it('every route answers with the headers that bind a browser, whatever it answers', async () => {
  expect(routes.length).toBeGreaterThan(40);
  for (const { method, path } of routes) {
    const what = `${method} ${path}`;
    const answer = await app.request(path, { method });
    assertSecure(answer, what);
    const etag = answer.headers.get('etag');
    await answer.body?.cancel();
    if (etag === null || method !== 'GET') continue;
    const again = await app.request(path, { headers: { 'if-none-match': etag } });
    expect(again.status, what).toBe(304);
    assertSecure(again, `${what}, again`);
  }
});

it('so do refusals without a route, and the questions that browsers ask first', async () => {
  const shop = { origin: 'https://shop.example' };
  const preflight = { ...shop, 'access-control-request-method': 'POST' };
  const asked: readonly (readonly [string, RequestInit])[] = [
    ['/nothing', {}],
    ['/wallets', { method: 'DELETE' }],
    ['/wallets', { method: 'OPTIONS' }],
    ['/wallets', { method: 'OPTIONS', headers: preflight }],
    ['/a//b', {}],
    ['/console/nothing.js', {}],
    ['/v1/wallets/w-1', {}],
    ['/wallets', { headers: shop }],
  ];
  for (const [path, init] of asked)
    assertSecure(await app.request(path, init), `${init.method ?? 'GET'} ${path}`);
});
