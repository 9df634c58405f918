// Runs the HTTP server on a real socket, with an application of a few lines.
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
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
  const config = readConfig({ WORKER_PORT: '0', HTTP_KEEP_ALIVE_MS: '620000' });
  const health = {
    readiness: () => Promise.reject(new Error('readiness was asked')),
    metrics: () => Promise.resolve({ text: '', mediaType: 'text/plain' }),
    version: describeVersion('', 0, new Date(0)),
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
