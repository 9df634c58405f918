// Crowds of clients that do nothing, or next to nothing, against a real socket of the API with small limits.
// Beside each crowd a plain read and a command of somebody else must be answered.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type HttpServer, startHttpServer } from '../../src/http/httpServer.ts';
import { createTestApi, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

const connectionsMax = 24;
const crowdSize = 60;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
let http: HttpServer;
let port: number;
let opened = 0;
const crowd: Socket[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const config = testConfig(database.url, {
    HTTP_CONNECTIONS_MAX: String(connectionsMax),
    READS_IN_FLIGHT_MAX: '16',
    READ_MIN_VERSION_WAIT_MS: '30000',
    SHUTDOWN_NOTICE_MS: '0',
  });
  api = createTestApi(config);
  http = await startHttpServer(api.app.fetch, config);
  http.server.on('connection', () => (opened += 1));
  port = (http.server.address() as AddressInfo).port;
  expect((await ask('POST', '/wallets', { walletId: 'w', ownerId: 'o', initialBalance: 100 })).status).toBe(
    201,
  );
});
afterEach(() => {
  for (const socket of crowd.splice(0)) socket.destroy();
});
afterAll(async () => {
  await http.stop(() => Promise.resolve());
  await api.close();
  await database.drop();
});

/** On a connection of its own, as a client does that has not been here before. */
function ask(method: string, path: string, body?: object): Promise<{ readonly status: number | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const asked = httpRequest({ port, host: '127.0.0.1', method, path, headers, agent: false }, (answer) => {
      answer.resume().once('end', () => {
        resolve({ status: answer.statusCode });
      });
    });
    asked.once('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** A client that sends this and reads nothing. The server may close it at any time. */
async function idle(sends: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  crowd.push(socket);
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  if (sends !== '') await new Promise((resolve) => socket.write(sends, resolve));
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const slowHeaders = 'GET /wallets/w HTTP/1.1\r\nHost: local';
const slowBody =
  'POST /wallets/w/credit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{';

it.each([
  { idler: 'sleeping clients', sends: '' },
  { idler: 'idle connections', sends: get('/wallets/w') },
  { idler: 'slow headers', sends: slowHeaders },
  { idler: 'slow bodies', sends: slowBody },
  { idler: 'slow readers', sends: get('/openapi.json').repeat(4) },
  { idler: 'waiting reads', sends: get('/wallets/w?minVersion=900000') },
  { idler: 'console streams', sends: get('/console/stream') },
  { idler: 'pipelined requests', sends: get('/wallets/w').repeat(10_000), clients: 1 },
])('beside $idler a read and a command are answered', async ({ sends, clients = crowdSize }) => {
  const before = opened;
  for (let count = 0; count < clients; count += 1) await idle(sends);
  await eventually(() => opened - before >= clients);
  for (let count = 0; count < 3; count += 1) {
    // The crowd's own reads may hold every place for a moment. A client is told to come again, and does.
    await eventually(async () => (await ask('GET', '/wallets/w?consistency=strong')).status === 200);
    expect(await ask('POST', '/wallets/w/credit', { amount: 1 })).toEqual({ status: 200 });
    expect(await ask('GET', '/livez')).toEqual({ status: 200 });
  }
});
