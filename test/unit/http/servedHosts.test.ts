// Asks both servers under many hosts. Only the socket matters here, so the application behind it only counts.
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
import { startHttpServer } from '../../../src/http/httpServer.ts';
import { localCaller } from '../../../src/access/caller.ts';
import { readConfig } from '../../../src/config/config.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { describeVersion } from '../../../src/telemetry/version.ts';
import { startHealthServer } from '../../../worker/healthServer.ts';

const settings = { ACCESS: 'open', PORT: '0', WORKER_PORT: '0', SHUTDOWN_NOTICE_MS: '0' };
const allowed = { ALLOWED_HOSTS: 'api, Wallet.Example, .internal.example' };

/** Starts both servers, sends the request to each, and returns their statuses and the calls they let pass. */
async function ask(request: string, more: Readonly<Record<string, string>> = {}) {
  const config = readConfig({ ...settings, ...more });
  let calls = 0;
  const answered = () => {
    calls += 1;
    return Promise.resolve({ text: '', mediaType: 'text/plain' });
  };
  const api = await startHttpServer(() => answered().then(() => new Response('')), config);
  const readiness = () => Promise.reject(new Error('readiness was asked'));
  const version = describeVersion('', 0, new Date(0));
  const health = { readiness, metrics: answered, version, authenticate: () => localCaller };
  const worker = await startHealthServer(config, health, createLog('silent', 'worker'));
  const statuses = [];
  for (const { server } of [api, worker]) {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.end(request);
    await once(socket, 'close');
    statuses.push(Number(text.split(' ')[1]));
  }
  await Promise.all([api, worker].map(({ stop }) => stop(() => Promise.resolve())));
  return { statuses, calls };
}

const under = (host: string) =>
  ask(`GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, allowed);

it.each([
  ...[
    'localhost',
    'localhost:3000',
    'LOCALHOST.',
    'shop.localhost',
    '127.0.0.1',
    '127.0.0.1:3000',
    '[::1]:3000',
  ],
  ...['10.42.0.17:3000', '[fd00::7]', 'api', 'api:3000', 'wallet.example', 'WALLET.example:443'],
  ...['a.internal.example', 'a.b.internal.example'],
])('answers under %s', async (host) => {
  expect(await under(host)).toEqual({ statuses: [200, 200], calls: 2 });
});

it.each([
  ...['page.example', 'page.example:3000', 'notlocalhost', 'localhost.page.example', 'api.page.example'],
  ...[
    '127.0.0.1.page.example',
    'wallet.example.page',
    'internal.example',
    'notinternal.example',
    '0x7f000001',
  ],
])('refuses %s before anything is asked', async (host) => {
  expect(await under(host)).toEqual({ statuses: [421, 421], calls: 0 });
});

it('a target with a host of its own is judged by that host, too', async () => {
  const foreign = 'GET http://page.example/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  expect(await ask(foreign)).toMatchObject({ statuses: [421, 421], calls: 0 });
});

it('a probe of HTTP/1.0 without a Host is answered', async () => {
  expect(await ask('GET /metrics HTTP/1.0\r\n\r\n')).toMatchObject({ statuses: [200, 200] });
});

it('the name that the process is bound to needs no entry, and * allows every name', async () => {
  const asPage = 'GET /metrics HTTP/1.1\r\nHost: page.example\r\nConnection: close\r\n\r\n';
  expect(await ask(asPage, { ALLOWED_HOSTS: '*' })).toMatchObject({ statuses: [200, 200] });
  expect(await ask(asPage)).toMatchObject({ statuses: [421, 421] });
});

it.each(['a b', 'http://api', 'api:3000', '*.example'])('the setting refuses %s', (value) => {
  expect(() => readConfig({ ALLOWED_HOSTS: value })).toThrow('ALLOWED_HOSTS must be host names');
});
