// Tests that need a real socket: requests that never arrive in full, headers that are sent twice, and a
// server that stops while clients keep their connections.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { forwardTo, type Proxy, throughPort } from '../../harness/proxy/proxy.ts';
import { launchProcess, startProcess, type SystemProcess } from '../../harness/processes.ts';
import { freePorts } from '../../stack/ports.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: SystemProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

function startServer(settings: Readonly<Record<string, string>> = {}): Promise<SystemProcess> {
  return startProcess('server', testConfig(database.url, { REQUEST_TIMEOUT_MS: '500', ...settings }));
}

/** Opens a connection, sends `text` and collects the answer. */
async function send(
  to: SystemProcess,
  text: string,
  { allowHalfOpen = false } = {},
): Promise<{ socket: Socket; received: () => string }> {
  const { hostname, port } = new URL(to.url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen });
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  socket.write(text);
  return { socket, received: () => answer };
}

const postWallets = 'POST /wallets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

/** The JSON body of a raw answer. */
function bodyOf(answer: string): Record<string, unknown> {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>;
}

describe('a request that does not arrive whole', () => {
  it('is answered with a problem document after the timeout, and is not logged as a failure', async () => {
    const { socket, received } = await send(server, `${postWallets}Content-Length: 100\r\n\r\n{"ownerId":`);
    await once(socket, 'close');
    expect(received()).toMatch(/^HTTP\/1\.1 408 /);
    expect(received()).toContain('application/problem+json');
    expect(bodyOf(received())).toMatchObject({ status: 408, code: 'REQUEST_TIMEOUT' });
    expect(server.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  it('may be given up by its client without a line in the log', async () => {
    const { socket } = await send(server, `${postWallets}Content-Length: 100\r\n\r\n{"ownerId":`);
    socket.destroy();
    const probe = await fetch(`${server.url}/livez`);
    expect(probe.status).toBe(200);
    expect(server.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

describe('a request that is not HTTP', () => {
  it('is answered with a problem document', async () => {
    const { socket, received } = await send(server, 'nonsense\r\n\r\n');
    await once(socket, 'close');
    expect(bodyOf(received())).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST' });
  });

  it('is refused if its headers do not end', async () => {
    const { socket, received } = await send(server, `${postWallets}X-Long: ${'x'.repeat(40_000)}\r\n\r\n`);
    await once(socket, 'close');
    expect(bodyOf(received())).toMatchObject({ status: 431, code: 'HEADERS_TOO_LARGE' });
  });
});

describe('an Idempotency-Key that is sent twice', () => {
  it('is refused: joined to one text it would be another key, and the retry another command', async () => {
    const body = '{"ownerId":"o"}';
    const keys = 'Idempotency-Key: k1\r\nIdempotency-Key: k1\r\n';
    const { socket, received } = await send(
      server,
      `${postWallets}${keys}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await once(socket, 'close');
    expect(bodyOf(received())).toMatchObject({ status: 400, errors: [{ header: 'Idempotency-Key' }] });
  });
});

describe('a body whose declared length is too large', () => {
  it('is refused before it is read', async () => {
    const { socket, received } = await send(
      server,
      `${postWallets}Connection: close\r\nContent-Length: 9999999\r\n\r\n`,
    );
    await eventually(() => received().includes('BODY_TOO_LARGE'));
    expect(received()).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });
});

describe('the metrics of a server', () => {
  it('count commands without the lock, and the log has one line for an outage and one for its end', async () => {
    const [port = 0] = await freePorts(1);
    const config = testConfig(database.url, { REDIS_URL: throughPort(inject('redisUrl'), port) });
    const withoutRedis = await startProcess('server', config);
    const linesWith = (words: string) => withoutRedis.lines.filter((line) => line.includes(words));
    let passage: Proxy | undefined;
    try {
      const created = await fetch(`${withoutRedis.url}/wallets`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"ownerId":"o"}',
      });
      expect(created.status).toBe(201);
      const metrics = await fetch(`${withoutRedis.url}/metrics`);
      expect(metrics.headers.get('content-type')).toContain('text/plain');
      const text = await metrics.text();
      expect(text).toContain('\nwallet_lock_bypassed_total 1\n');
      expect(text).toContain('\nwallet_append_conflicts_total 0\n');
      expect(text).toContain('\nwallet_cache_batches_total{answer="miss"} 1\n');
      expect(text).toContain('\nwallet_commands_refused_total{code="QUEUE_FULL"} 0\n');
      expect(text).toContain('\nwallet_commands_waiting 0\n');

      passage = await forwardTo(inject('redisUrl'), port);
      await eventually(() => linesWith('Redis works again').length > 0);
      expect(linesWith('Redis works again')).toHaveLength(1);
      expect(linesWith('Redis fails: operations go on without the wallet lock')).toHaveLength(1);
    } finally {
      await withoutRedis.stop();
      await passage?.close();
    }
  });
});

describe('a server that is told to stop', () => {
  it('shows it at /readyz and takes no more commands while its port is still open', async () => {
    const stopping = await startServer({ SHUTDOWN_NOTICE_MS: '60000' });
    try {
      stopping.child.kill('SIGTERM');
      await eventually(async () => (await fetch(`${stopping.url}/readyz`)).status === 503);
      const refused = await fetch(`${stopping.url}/wallets`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"ownerId":"o"}',
      });
      expect(refused.status).toBe(503);
      expect(await refused.json()).toMatchObject({ code: 'SHUTTING_DOWN' });
    } finally {
      await stopping.stop('SIGKILL');
    }
  });

  it('ends with 0 even if a client never finishes and the signal comes again', async () => {
    const stopping = await startServer({ REQUEST_TIMEOUT_MS: '60000' });
    const { socket } = await send(stopping, `${postWallets}Content-Length: 100\r\n\r\n{"ownerId":`);
    const ended = stopping.stop();
    await eventually(() => stopping.lines.some((line) => line.includes('server stopping')));
    expect(await stopping.stop()).toBe(0);
    expect(await ended).toBe(0);
    socket.destroy();
  });

  it('ends with 0 even if a client that was refused a tunnel keeps its connection', async () => {
    const stopping = await startServer();
    const { socket, received } = await send(stopping, 'CONNECT x:1 HTTP/1.1\r\nHost: localhost\r\n\r\n', {
      allowHalfOpen: true,
    });
    await eventually(() => received().includes('METHOD_NOT_ALLOWED'));
    expect(await stopping.stop()).toBe(0);
    socket.destroy();
  });

  it('ends with 0 even if the signal comes while it starts', async () => {
    const { postgres, url } = await forwardedDatabase();
    postgres.hold();
    // The limits are long, so that a slow machine does not look like an unreachable database.
    const patience = { DATABASE_CONNECT_TIMEOUT_MS: '10000', SHUTDOWN_GRACE_MS: '60000' };
    const starting = launchProcess('server', testConfig(url, patience));
    try {
      await eventually(() => postgres.connections() > 0);
      starting.child.kill('SIGTERM');
      await eventually(() => starting.lines.some((line) => line.includes('server stopping')));
      postgres.release();
      expect(await starting.stop()).toBe(0);
    } finally {
      await starting.stop('SIGKILL');
      await postgres.close();
    }
  });

  it('ends with 1 if one of its own connections does not close', async () => {
    const { postgres, url } = await forwardedDatabase();
    const stopping = await startProcess(
      'server',
      testConfig(url, { ...shortCommands, SHUTDOWN_GRACE_MS: '2000' }),
    );
    try {
      // Opens a connection of the reads. The stop asks nothing over it, so no time limit closes it.
      expect((await fetch(`${stopping.url}/wallets/nobody?consistency=strong`)).status).toBe(404);
      postgres.hold();
      expect(await stopping.stop()).toBe(1);
      expect(stopping.lines.at(-1)).toContain('did not end in time');
    } finally {
      await stopping.stop('SIGKILL');
      await postgres.close();
    }
  });
});

/** Settings under which no command takes longer than two seconds. */
const shortCommands = {
  COMMAND_QUEUE_TIME_MAX_MS: '100',
  REDIS_COMMAND_TIMEOUT_MS: '100',
  DATABASE_CONNECT_TIMEOUT_MS: '500',
  DATABASE_STATEMENT_TIMEOUT_MS: '500',
  OUTCOME_WAIT_MAX_MS: '100',
};

/** A proxy to this file's database, and the database URL that leads through the proxy. */
async function forwardedDatabase(): Promise<{ postgres: Proxy; url: string }> {
  const postgres = await forwardTo(database.url);
  const url = new URL(database.url);
  url.host = `127.0.0.1:${postgres.port}`;
  return { postgres, url: url.href };
}
