import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

const transferredBytesMax = 300_000;
const streamsMax = 16;

describe('the page', () => {
  it('is smaller than 300 kB with all its resources, which all come from this server', async () => {
    const page = await api.app.request('/console');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const html = await page.text();
    expect(html).not.toMatch(/https?:|<style|style=|<script(?![^>]* src=)/);
    let bytes = Buffer.byteLength(html);
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(parts).toEqual(['/console/icon.svg', '/console/page.css', '/console/page.js']);
    for (const part of parts) {
      const answer = await api.app.request(part);
      expect(answer.status, part).toBe(200);
      bytes += (await answer.arrayBuffer()).byteLength;
    }
    expect(bytes).toBeLessThan(transferredBytesMax);
  });

  it('admits no other script, style or frame, and is not sent again unchanged', async () => {
    const page = await api.app.request('/console');
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    const headers = { 'if-none-match': page.headers.get('etag') ?? '' };
    expect((await api.app.request('/console', { headers })).status).toBe(304);
    expect(await get(api, '/console/tsconfig.json')).toMatchObject({ status: 404 });
  });
});

describe('the stream', () => {
  it('begins with the settings, goes on with snapshots, is bounded in number, and ends with the process', async () => {
    const stopping = new AbortController();
    const other = createTestApi(testConfig(database.url), {}, { stopping: stopping.signal });
    const streams: Response[] = [];
    while (streams.length < streamsMax) streams.push(await other.app.request('/console/stream'));
    const [oldest, first, ...others] = streams;
    if (!oldest?.body || !first?.body) throw new Error('the stream has no body');
    others.push(await other.app.request('/console/stream'));
    expect(await oldest.text()).toMatch(/event: replaced\ndata: \{\}\n\n$/);
    for (const { body } of others) await body?.cancel();
    const reader = first.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('event: look')) text += (await reader.read()).value ?? '';
    expect(text).toMatch(/^event: hello\ndata: \{"settings":\{"TEMPORAL_NAMESPACE":"default"/);
    expect(text).not.toContain('postgres://');
    expect(text).toContain('"projection":"ledger","position":0,"head":0,"behind":0');
    stopping.abort();
    for (;;) if ((await reader.read()).done) break;
    expect((await get(other, '/console/stream')).status).toBe(503);
    await other.close();
  });
});

describe('a browser that another site uses', () => {
  const path = '/admin/failures/ledger/1/retry';

  it.each([
    ['says so', { 'sec-fetch-site': 'cross-site' }],
    ['says that it is a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['is old and only tells the origin', { origin: 'https://elsewhere.example', host: 'localhost' }],
    ['hides the origin', { origin: 'null', host: 'localhost' }],
    ['sends what a form can send', { 'sec-fetch-site': 'same-origin', 'content-type': 'text/plain' }],
  ])('is refused when it %s', async (_, headers) => {
    expect(await post(api, path, {}, headers)).toMatchObject({
      status: 403,
      body: { code: 'CROSS_SITE_REFUSED' },
    });
  });

  it.each([
    ['the console', { 'sec-fetch-site': 'same-origin' }],
    ['the console in an old browser', { origin: 'http://localhost:3000', host: 'localhost:3000' }],
    ['a program that is no browser', {}],
  ])('is told apart from %s', async (_, headers) => {
    expect(await post(api, path, {}, headers)).toMatchObject({ body: { code: 'FAILURE_NOT_FOUND' } });
  });
});
