// The proxies do to traffic what they say, each fault once. A proxy that hits less than it counts would make
// every report of the fault runs a lie.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { startBulkFaults } from '../faults/bulkFaults.ts';
import { type Proxy, startProxy, type Target, type NetworkFault } from '../../harness/proxy/proxy.ts';
import { eventually } from '../support/eventually.ts';

const onOneRequest = { share: 1, hitsMax: 1 };
let heard: string[];
let server: Server;
let proxy: Proxy;
let clients: Socket[];

beforeEach(async () => {
  heard = [];
  clients = [];
  server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      heard.push(String(chunk));
      socket.write('reply');
    });
  });
  const target = await listen(server);
  proxy = await startProxy([target], () => 0);
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await proxy.close();
  server.close();
});

async function listen(listening: Server): Promise<Target> {
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { host: '127.0.0.1', port: address.port };
}

/** The end of the client's request: the reply, "closed", or the code of an error. */
async function ask(request: string): Promise<string> {
  const client = connect(proxy.port, '127.0.0.1');
  clients.push(client);
  client.write(request);
  return new Promise((resolve) => {
    client.once('data', (chunk) => {
      resolve(String(chunk));
    });
    client.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? '');
    });
    client.once('close', () => {
      resolve('closed');
    });
  });
}

it.each<[string, NetworkFault, string, number]>([
  ['latency lets it through late', { kind: 'latency', ms: 30, jitterMs: 10 }, 'reply', 1],
  ['slow lets it through in pieces', { kind: 'slow', bytesPerS: 100 }, 'reply', 1],
  ['a cut before it keeps it from the server', { kind: 'cutBefore' }, 'closed', 0],
  ['a cut after it lets it reach the server', { kind: 'cutAfter' }, 'closed', 1],
  ['a dropped reply has been given by the server', { kind: 'dropReply' }, 'closed', 1],
  ['a cut reply ends in its middle', { kind: 'cutReply', bytes: 3 }, 'rep', 1],
  ['a reset is an error and no end', { kind: 'reset' }, 'ECONNRESET', 0],
])('a request and the proxy: %s', async (_, fault, outcome, arrivals) => {
  proxy.inject(fault, onOneRequest);
  expect(await ask('request')).toBe(outcome);
  expect(proxy.hits()[fault.kind]).toBe(1);
  // The dose is used up.
  expect(await ask('again')).toBe('reply');
  // Counted after that round trip. A request that the proxy failed to stop would have arrived by now.
  const arrived = () => heard.filter((text) => text !== 'again').join('');
  await eventually(() => arrived() === 'request'.repeat(arrivals));
});

it('a black hole keeps the connection and lets nothing pass until it is cured, which ends it', async () => {
  proxy.inject({ kind: 'blackHole' }, onOneRequest);
  const outcome = ask('request');
  await eventually(() => proxy.hits().blackHole === 1);
  expect(proxy.connections()).toBe(1);
  proxy.heal();
  expect(await outcome).toBe('closed');
  expect(heard).toEqual([]);
});

it('what is held back passes after its release', async () => {
  proxy.hold();
  const outcome = ask('request');
  await eventually(() => proxy.connections() === 1);
  proxy.release();
  expect(await outcome).toBe('reply');
});

it('only a request with an Idempotency-Key is sent to a second server as well, under an id of its own', async () => {
  proxy.inject({ kind: 'duplicate' }, onOneRequest);
  await ask('POST /a HTTP/1.1\r\nhost: a\r\n\r\n');
  expect(proxy.hits().duplicate).toBe(0);
  const keyed = (id: string) => `POST /a HTTP/1.1\r\nidempotency-key: k\r\nx-request-id: ${id}\r\n\r\n{}`;
  await ask(keyed('one'));
  await eventually(() => heard.includes(keyed('one')) && heard.includes(keyed('one.copy')));
  expect(proxy.hits().duplicate).toBe(1);
  expect(proxy.takeCopied()).toEqual(['one']);
  expect(proxy.takeCopied()).toEqual([]);
});

it('the proxy knows which requests a server took with it, and which it had answered', async () => {
  const posted = (id: string) => `POST /a HTTP/1.1\r\nx-request-id: ${id}\r\n\r\n{}`;
  expect(await ask(posted('answered'))).toBe('reply');
  clients.pop()?.destroy();
  await eventually(() => proxy.connections() === 0);
  server.removeAllListeners('connection');
  server.on('connection', (socket) => socket.on('data', () => socket.destroy()).on('error', () => undefined));
  expect(await ask(posted('open'))).toBe('closed');
  const { port } = server.address() as { port: number };
  const taken: string[] = [];
  await eventually(() => taken.push(...proxy.takeUnanswered(port)) > 0);
  expect(taken).toEqual(['open']);
});

it('what a struck bulk says of each item is what became of it', async () => {
  const index = `fault-proxy-${process.pid}`;
  const { origin: url, username, password } = new URL(inject('elasticsearchUrl'));
  const faults = await startBulkFaults(url, () => 0);
  const at = `http://127.0.0.1:${faults.port}`;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const json = { authorization, 'content-type': 'application/json' };
  const mappings = { dynamic: 'strict', properties: { updatedAt: { type: 'date' } } };
  try {
    await fetch(`${url}/${index}`, { method: 'PUT', headers: json, body: JSON.stringify({ mappings }) });
    const bulk = async (version: number) => {
      const lines = ['a', 'b'].flatMap((_id) => [
        { index: { _index: index, _id, version, version_type: 'external' } },
        { updatedAt: '2026-01-01T00:00:00Z' },
      ]);
      const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      const reply = await fetch(`${at}/_bulk`, { method: 'POST', headers: json, body });
      if (!reply.ok) return [reply.status];
      const { items } = (await reply.json()) as { items: { index: { status: number } }[] };
      return items.map((item) => item.index.status);
    };
    const versionOf = async (id: string) => {
      const found = (await (await fetch(`${url}/${index}/_doc/${id}`, { headers: json })).json()) as {
        _version?: number;
      };
      return found._version;
    };
    expect(await bulk(1)).toEqual([201, 201]);
    faults.inject('item 429', 1);
    expect(await bulk(2)).toEqual([429, 200]);
    expect([await versionOf('a'), await versionOf('b')]).toEqual([1, 2]);
    faults.inject('item 409', 1);
    expect(await bulk(3)).toEqual([409, 200]);
    expect([await versionOf('a'), await versionOf('b')]).toEqual([3, 3]);
    faults.inject('item 400', 1);
    expect(await bulk(4)).toEqual([400, 200]);
    expect([await versionOf('a'), await versionOf('b')]).toEqual([3, 4]);
    faults.inject('request 503', 1);
    expect(await bulk(5)).toEqual([503]);
    expect([await versionOf('a'), await versionOf('b')]).toEqual([3, 4]);
    expect(faults.hits()).toMatchObject({
      ...{ 'request 503': 1, 'item 429': 1, 'item 409': 1, 'item 400': 1 },
    });
  } finally {
    await fetch(`${url}/${index}`, { method: 'DELETE', headers: json });
    await faults.close();
  }
});
