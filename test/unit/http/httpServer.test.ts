// Runs the HTTP server on a real socket, with an application of a few lines.
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { localCaller } from '../../../src/access/caller.ts';
import { startHttpServer } from '../../../src/http/httpServer.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { describeVersion } from '../../../src/telemetry/version.ts';
import { startHealthServer } from '../../../worker/healthServer.ts';
import { readConfig } from '../../../src/config/config.ts';
import { eventually } from '../../support/eventually.ts';

/** More bytes than the operating system buffers for a connection. */
const answerBytes = 50_000_000;

it('a stop does not cut an answer that a slow reader still receives', async () => {
  const config = readConfig({ PORT: '0', SHUTDOWN_NOTICE_MS: '0' });
  const { server, stop } = await startHttpServer(() => new Response('x'.repeat(answerBytes)), config);
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let received = 0;
  socket.on('error', () => socket.destroy());
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const ended = once(socket, 'close');
  await once(socket, 'readable');
  const stopped = stop(() => Promise.resolve());
  await eventually(() => !server.listening);
  socket.on('data', (chunk: Buffer) => (received += chunk.length));
  await Promise.all([ended, stopped]);
  expect(received).toBeGreaterThan(answerBytes);
});

async function startSmall(fetch: (request: Request) => Response | Promise<Response>, more = {}) {
  const { server, stop } = await startHttpServer(
    fetch,
    readConfig({ PORT: '0', SHUTDOWN_NOTICE_MS: '0', ...more }),
  );
  const open = () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    return socket;
  };
  return { server, open, stop: () => stop(() => Promise.resolve()) };
}

const get = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

it.each([
  ['an answer', get, '200'],
  ['a refused host', 'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', '421'],
])('https alone is asked for in %s only if BEHIND_TLS says so', async (_, request, status) => {
  for (const BEHIND_TLS of ['true', 'false']) {
    const { open, stop } = await startSmall(() => new Response('x'), { BEHIND_TLS });
    const socket = open();
    socket.write(request);
    const [head] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(head.toString()).toContain(`HTTP/1.1 ${status}`);
    expect(head.toString().includes('strict-transport-security: max-age=')).toBe(BEHIND_TLS === 'true');
    await stop();
  }
});

it('a refusal below the application binds a browser, too', async () => {
  const { open, stop } = await startSmall(() => new Response('x'));
  for (const request of ['no HTTP at all\r\n\r\n', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n']) {
    const socket = open();
    socket.write(request);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(answer.toString()).toMatch(
      /^content-security-policy: default-src 'none'; frame-ancestors 'none'\r$/m,
    );
    expect(answer.toString()).toMatch(/^x-content-type-options: nosniff\r$/m);
  }
  await stop();
});

it('of 10,000 requests in one packet few are served at a time, and all in the end', async () => {
  const held = Promise.withResolvers<undefined>();
  let asked = 0;
  let inHand = 0;
  let inHandMax = 0;
  const { server, open, stop } = await startSmall((request) => {
    if (request.url.endsWith('/plain')) return new Response('plain');
    asked += 1;
    inHandMax = Math.max(inHandMax, (inHand += 1));
    return held.promise.then(() => new Response('x'));
  });
  let begun = 0;
  server.prependListener('request', (_, outgoing) => {
    begun += 1;
    outgoing.once('close', () => (inHand -= 1));
  });
  const greedy = open();
  let received = '';
  greedy.setEncoding('latin1').on('data', (text: string) => (received += text));
  greedy.write(get.repeat(10_000));
  await eventually(() => asked >= 8);
  const modest = open();
  modest.end(get.replace(' / ', ' /plain '));
  const [plain] = (await once(modest, 'data')) as [Buffer];
  expect(plain.toString()).toContain('plain');
  // Node.js parses all requests of one chunk. It reads no further chunk until they are answered.
  expect([asked, begun < 3_000]).toEqual([8, true]);
  held.resolve(undefined);
  await eventually(() => received.split('HTTP/1.1 200').length - 1 === 10_000);
  expect(inHandMax).toBe(8);
  greedy.destroy();
  await stop();
});

it('a client that takes nothing of its answer is disconnected, and one that waits for it is not', async () => {
  let timeouts = 0;
  const answer = async (request: Request) => {
    if (request.url.endsWith('/large')) return new Response('x'.repeat(answerBytes));
    await eventually(() => timeouts > 1);
    return new Response('late');
  };
  const { server, open, stop } = await startSmall(answer, { REQUEST_TIMEOUT_MS: '100' });
  server.prependListener('timeout', () => (timeouts += 1));
  const patient = open();
  patient.write(get);
  const [late] = (await once(patient, 'data')) as [Buffer];
  expect(late.toString()).toContain('late');
  patient.destroy();
  const deaf = open();
  deaf.pause();
  deaf.write(get.replace(' / ', ' /large '));
  const count = promisify(server.getConnections.bind(server));
  await eventually(async () => (await count()) === 0);
  await stop();
});

it('at the limit an idle connection gives way, then an unfinished request, then a read, and no command', async () => {
  const held = Promise.withResolvers<undefined>();
  const answer = (request: Request) =>
    request.url.endsWith('/now') ? new Response('x') : held.promise.then(() => new Response('x'));
  const { open, stop } = await startSmall(answer, { HTTP_CONNECTIONS_MAX: '4' });
  const post = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n';
  const sent = [post, get, `${post.replace('0', '9')}half`, get.replace(' / ', ' /now ')];
  const sockets = [];
  for (const request of sent) {
    const socket = open();
    socket.resume().write(request);
    await once(socket, 'connect');
    sockets.push(socket);
  }
  const [command, read, half, idle] = sockets as [Socket, Socket, Socket, Socket];
  await once(idle, 'data');
  for (const next of [idle, half, read]) {
    const gone = once(next, 'close');
    const other = open();
    other.write(post);
    await gone;
    sockets.push(other);
  }
  const refused = open();
  await once(refused, 'close');
  held.resolve(undefined);
  await once(command, 'data');
  for (const socket of sockets) socket.destroy();
  await stop();
});

it.each(['::', '::1', '127.0.0.1'])('HOST=%s serves HTTP/1.0 without a Host header', async (HOST) => {
  const config = readConfig({ PORT: '0', HOST, SHUTDOWN_NOTICE_MS: '0', HTTP_KEEP_ALIVE_MS: '620000' });
  const { server, stop } = await startHttpServer(
    (request) => new Response(new URL(request.url).pathname),
    config,
  );
  expect(server.keepAliveTimeout).toBe(620_000);
  const socket = connect((server.address() as AddressInfo).port, HOST.includes(':') ? '::1' : HOST);
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
  socket.write('GET /livez HTTP/1.0\r\n\r\n');
  await once(socket, 'close');
  await stop(() => Promise.resolve());
  expect(received).toMatch(/^HTTP\/1\.1 200 /);
  expect(received).toMatch(/\/livez$/);
});

it("the worker's health server keeps connections and refuses like the API", async () => {
  const config = readConfig({ ACCESS: 'open', WORKER_PORT: '0', HTTP_KEEP_ALIVE_MS: '620000' });
  const health = {
    readiness: () => Promise.reject(new Error('readiness was asked')),
    metrics: () => Promise.resolve({ text: '', mediaType: 'text/plain' }),
    version: describeVersion('', 0, new Date(0)),
    authenticate: () => localCaller,
  };
  const { server, stop } = await startHealthServer(config, health, createLog('silent', 'worker'));
  expect(server.keepAliveTimeout).toBe(620_000);
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
  const asked = ['PUT /livez', 'HEAD /version', 'GET /nothing', 'GET /readyz', 'no request at all'];
  socket.write(asked.map((line) => `${line} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''));
  await once(socket, 'close');
  await stop(() => Promise.resolve());
  expect(received.match(/(?<=HTTP\/1\.1 )\d+/g)).toEqual(['405', '200', '404', '500', '400']);
  expect(received).toContain('allow: GET, HEAD, OPTIONS\r\n');
  expect(received.match(/^content-type: application\/problem\+json\r$/gm)).toHaveLength(4);
});
