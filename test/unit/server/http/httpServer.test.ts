// Runs the HTTP server on a real socket, with an application of a few lines.
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
import { startHttpServer } from '../../../../server/http/httpServer.ts';
import { readConfig } from '../../../../src/config/config.ts';
import { eventually } from '../../../support/eventually.ts';

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
