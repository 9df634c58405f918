// A real nginx before a real API process: compressed answers and their weakened tags, conditional reads, a
// shared cache, denied paths and a pool of kept connections.
import { request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';
import { testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { type Nginx, nginxLacks, startNginx } from '../support/nginx.ts';

const lacks = await nginxLacks();
if (lacks.length > 0) console.log(`skipped: ${lacks.join(' ')}`);

/** Connections to the API that nginx keeps. */
const keptMax = 4;

const configuration = (upstream: number) => `
  gzip on; gzip_types application/json; gzip_min_length 0;
  upstream wallet { server 127.0.0.1:${upstream}; keepalive ${keptMax}; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $host;
  proxy_cache_path cache keys_zone=answers:1m;
  server {
    listen PORT;
    location / { proxy_pass http://wallet; }
    location /admin { return 403; }
    # A path behind proxy_pass makes nginx send the path as it has read it.
    location /read/ { proxy_pass http://wallet/; }
  }
  server {
    listen PORT;
    proxy_cache answers;
    add_header X-Cache $upstream_cache_status always;
    location / { proxy_pass http://wallet; }
  }`;

interface Counted {
  readonly server: Server;
  readonly port: number;
  readonly opened: () => number;
}

/** Passes connections on to the API and counts them. */
async function countConnections(to: number): Promise<Counted> {
  let opened = 0;
  const server = createServer((near) => {
    opened += 1;
    const far = connect(to, '127.0.0.1');
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port, opened: () => opened };
}

describe.skipIf(lacks.length > 0)('through nginx,', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let api: SystemProcess;
  let counted: Counted;
  let nginx: Nginx;
  let url: string;
  let cached: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await startProcess('server', testConfig(database.url));
    counted = await countConnections(Number(new URL(api.url).port));
    nginx = await startNginx(configuration(counted.port));
    [url, cached] = nginx.ports.map((port) => `http://127.0.0.1:${port}`) as [string, string];
    const made = await post('/wallets', { walletId: 'w', ownerId: 'o', initialBalance: '10' });
    expect(made.status).toBe(201);
  });
  afterAll(async () => {
    await nginx.close();
    counted.server.close();
    await api.stop();
    await database.drop();
  });

  const post = (path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  /** `fetch` would resolve dot segments itself. */
  const statusOf = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = httpRequest(url, { path, agent: false }, (answer) => {
        answer.resume().once('end', () => {
          resolve(answer.statusCode);
        });
      });
      asked.once('error', reject).end();
    });

  it('the weakened tag of a compressed answer is good for a read, a credit and its repeat', async () => {
    const read = await fetch(`${url}/wallets/w`);
    expect(read.headers.get('content-encoding')).toBe('gzip');
    expect(read.headers.get('cache-control')).toBe('private, no-cache');
    await read.text();
    const etag = read.headers.get('etag') ?? '';
    expect(etag).toBe('W/"1"');
    const unchanged = await fetch(`${url}/wallets/w`, { headers: { 'if-none-match': etag } });
    expect([unchanged.status, await unchanged.text()]).toEqual([304, '']);

    const condition = { 'idempotency-key': 'credit-once', 'if-match': etag };
    const credit = await post('/wallets/w/credit', { amount: '5' }, condition);
    const first = [credit.status, await credit.text()];
    expect(first).toEqual([200, expect.stringContaining('"balance":15.00')]);
    expect(credit.headers.get('cache-control')).toBe('no-store');
    const repeat = await post('/wallets/w/credit', { amount: '5.00' }, condition);
    expect([repeat.status, await repeat.text()]).toEqual(first);
    expect(repeat.headers.get('idempotent-replayed')).toBe('true');

    const late = await post(
      '/wallets/w/credit',
      { amount: '5' },
      { ...condition, 'idempotency-key': 'late' },
    );
    expect([late.status, await late.json()]).toMatchObject([412, {}]);
    const changed = await fetch(`${url}/wallets/w`, { headers: { 'if-none-match': etag } });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, 'W/"2"']);
    expect(await changed.json()).toMatchObject({ balance: 15, version: 2 });
  });

  it('a shared cache keeps what is public and no wallet', async () => {
    const verdicts = async (path: string) => {
      const seen = [];
      for (let count = 0; count < 3; count += 1) {
        const answer = await fetch(`${cached}${path}`);
        await answer.arrayBuffer();
        seen.push(answer.headers.get('x-cache'));
      }
      return seen;
    };
    expect(await verdicts('/docs/viewer.js')).toEqual(['MISS', 'HIT', 'HIT']);
    for (const path of ['/wallets/w', '/wallets', '/wallets/w/events', '/wallets/none', '/livez', '/version'])
      expect([path, await verdicts(path)]).toEqual([path, ['MISS', 'MISS', 'MISS']]);
  });

  it.each([
    '/wallets/a%2Fb',
    '/wallets/a%5Cb',
    '/wallets/./w',
    '/wallets/%2e%2e/livez',
    '//wallets/w',
    '/wallets//w',
    '/wallets/w%252Fevents',
  ])('%s is refused if nginx passes it on as it is', async (path) => {
    expect(await statusOf(path)).toBe(400);
  });

  it.each([
    '/admin/parts',
    '//admin/parts',
    '/%61dmin/parts',
    '/wallets/../admin/parts',
    '/wallets/%2e%2e/admin/parts',
    '/wallets/..%2fadmin/parts',
    '/wallets/..%5cadmin/parts',
    '/wallets/..%252fadmin/parts',
    '/v1/admin/parts',
    '/v1/%61dmin/parts',
    '/v1/v1/admin/parts',
    '/V1/admin/parts',
    '/Admin/parts',
  ])('%s does not reach what nginx denies under /admin', async (path) => {
    expect([400, 403, 404]).toContain(await statusOf(path));
  });

  it.each(['/read/wallets//w', '/read/wallets/./w', '/read/wallets/x/../w', '/read/%77allets/w'])(
    '%s means the one wallet if nginx reads the path itself',
    async (path) => {
      expect(await statusOf(path)).toBe(200);
    },
  );

  it('Allow arrives with a 405 and with the answer to OPTIONS', async () => {
    for (const [method, status] of [
      ['DELETE', 405],
      ['OPTIONS', 204],
    ] as const) {
      const answer = await fetch(`${url}/wallets/w`, { method });
      await answer.text();
      expect([answer.status, answer.headers.get('allow')]).toEqual([status, 'GET, HEAD, OPTIONS, PATCH']);
    }
  });

  it('many requests share few connections, and none fails', async () => {
    const before = counted.opened();
    const statuses: number[] = [];
    const client = async () => {
      for (let count = 0; count < 50; count += 1) {
        const answer = await (count % 5 === 0
          ? post('/wallets/w/credit', { amount: '0.01' })
          : fetch(`${url}/wallets/w?consistency=strong`));
        await answer.text();
        statuses.push(answer.status);
      }
    };
    await Promise.all(Array.from({ length: keptMax }, client));
    expect(statuses).toEqual(Array.from({ length: keptMax * 50 }, () => 200));
    expect(counted.opened() - before).toBeLessThanOrEqual(keptMax);
  });
});
