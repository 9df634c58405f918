// Sends bytes that no client library would send to the socket of a real server process. Every refusal must be
// a problem document, also one that Node's parser makes. No connection may wait for ever, nothing may be
// written, and nothing may be logged.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ProblemCode, problemKinds, problemType } from '../../src/api/http/problems.ts';
import { testConfig } from '../support/api.ts';
import { badInputRuns, secret } from '../support/badInput.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';

/**
 * Longest wait for an answer. Far longer than the short REQUEST_TIMEOUT_MS and its check take together, and
 * shorter than the default REQUEST_TIMEOUT_MS.
 */
const answerMaxMs = 10_000;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: SystemProcess;
/**
 * A server with a REQUEST_TIMEOUT_MS so short that a busy machine exceeds it. So tests send it only requests
 * that never end.
 */
let impatient: SystemProcess;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  const startServer = (limits: Readonly<Record<string, string>>) =>
    startProcess('server', testConfig(database.url, { HTTP_CONNECTIONS_MAX: '500', ...limits }));
  [server, impatient] = await Promise.all([startServer({}), startServer({ REQUEST_TIMEOUT_MS: '300' })]);
  pool = new Pool({ connectionString: database.url, max: 2 });
});
afterAll(async () => {
  await Promise.all([server.stop(), impatient.stop()]);
  await pool.end();
  await database.drop();
});
afterEach(async () => {
  expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  await eventually(async () => (await fetch(`${impatient.url}/livez`)).status === 200);
  for (const { lines } of [server, impatient]) {
    expect(lines.filter((line) => /"level":"(warn|error|fatal)"|"stack"/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  }
});

async function open({ at = server, allowHalfOpen = false } = {}): Promise<{
  socket: Socket;
  received: () => string;
}> {
  const { hostname, port } = new URL(at.url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen });
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
  // A server may reset the connection after its refusal, while the test still sends.
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  return { socket, received: () => answer };
}

/** Everything that the server sends for these bytes until it closes. Fails if it never closes. */
async function exchange(bytes: string | Uint8Array, at = server): Promise<string> {
  const { socket, received } = await open({ at });
  if (socket.writable) socket.write(bytes);
  await eventually(() => socket.closed || socket.readableEnded, answerMaxMs);
  socket.destroy();
  return received();
}

interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Splits the text of a connection into answers, by their Content-Length. */
function answersIn(text: string): readonly RawAnswer[] {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return [];
  const head = text.slice(0, end);
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
  const length = status < 200 ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
  if (Number.isNaN(status) || Number.isNaN(length)) throw new Error(`not an answer: ${head}`);
  const from = end + 4;
  return [{ status, head, body: text.slice(from, from + length) }, ...answersIn(text.slice(from + length))];
}

function expectProblem({ status, head, body }: RawAnswer): ProblemCode {
  expect(head.toLowerCase()).toContain('\r\ncontent-type: application/problem+json');
  const problem = JSON.parse(body) as { readonly code: ProblemCode; readonly requestId: string };
  const { code, requestId } = problem;
  expect(problem).toMatchObject({ status, type: problemType(code), title: problemKinds[code].title });
  expect(status).toBe(problemKinds[code].status);
  expect(head.toLowerCase()).toContain(`x-request-id: ${requestId.toLowerCase()}`);
  expect(body).not.toContain(secret);
  return code;
}

async function eventCount(): Promise<number> {
  const { rows } = await pool.query<{ events: number }>('select count(*)::int as events from events');
  return rows[0]?.events ?? NaN;
}

/** The one refusal that the server sends for these bytes. Fails if an event was written. */
async function refusalOf(bytes: string | Uint8Array, at = server): Promise<ProblemCode> {
  const before = await eventCount();
  const text = await exchange(bytes, at);
  const answers = answersIn(text);
  expect(answers.length, text).toBe(1);
  expect(await eventCount()).toBe(before);
  return expectProblem(answers[0] as RawAnswer);
}

const wallet = '{"ownerId":"o"}';
const start = `POST /wallets HTTP/1.1\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\n`;
const post = `${start}Host: localhost\r\n`;
const whole = `${post}Content-Length: ${wallet.length}\r\n\r\n${wallet}`;
const read = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';
const tunnel = 'CONNECT bank.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n';
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;

describe('a request that two parsers could read as two requests', () => {
  it.each([
    ['both lengths', `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['both, the other way', `${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${post}Content-Length: 15\r\nContent-Length: 16\r\n\r\n${wallet}`],
    ['a list of lengths', `${post}Content-Length: 15, 15\r\n\r\n${wallet}`],
    ['a length below zero', `${post}Content-Length: -1\r\n\r\n${wallet}`],
    ['a length with a sign', `${post}Content-Length: +15\r\n\r\n${wallet}`],
    ['a length in hex', `${post}Content-Length: 0xf\r\n\r\n${wallet}`],
    ['a length beyond any number', `${post}Content-Length: ${'9'.repeat(40)}\r\n\r\n${wallet}`],
    ['a coding nobody knows last', `${post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
    ['chunked twice', `${post}Transfer-Encoding: chunked, chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n`],
    ['a space before the colon', `${post}Content-Length : 15\r\n\r\n${wallet}`],
    ['a folded header', `${post}X: a\r\n b: c\r\nContent-Length : 15\r\n\r\n${wallet}`],
    ['a chunk size that is none', `${chunked}zz\r\n${wallet}\r\n0\r\n\r\n`],
    ['a chunk longer than it says', `${chunked}2\r\n${wallet}\r\n0\r\n\r\n`],
    ['a chunk size beyond any number', `${chunked}${'f'.repeat(20)}\r\n${wallet}\r\n0\r\n\r\n`],
    ['bare line feeds', post.replaceAll('\r\n', '\n') + `Content-Length: 15\n\n${wallet}`],
    ['NUL in a header', `${post}X: a\0b\r\nContent-Length: 15\r\n\r\n${wallet}`],
    ['no host', `${start}Content-Length: 15\r\n\r\n${wallet}`],
    ['two hosts', `${post}Host: y\r\nContent-Length: 15\r\n\r\n${wallet}`],
    ['a host that is none', `${start}Host: a b\r\nContent-Length: 15\r\n\r\n${wallet}`],
    ['a host with a path', `${start}Host: a/b\r\nContent-Length: 15\r\n\r\n${wallet}`],
    ['a target that is no URL', `GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n`],
    ['a target without a slash', `OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n`],
    ['a backslash in the path', `GET /wallets\\..\\x HTTP/1.1\r\nHost: localhost\r\n\r\n`],
    ['no method that HTTP knows', `MONEY /wallets HTTP/1.1\r\nHost: localhost\r\n\r\n`],
    ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', new Uint8Array([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3, 13, 10, 13, 10])],
  ])('%s is refused whole', async (_, bytes) => {
    expect(await refusalOf(bytes)).toBe('MALFORMED_REQUEST');
  });
});

describe('a request for a feature that this server lacks', () => {
  it('is refused if it asks for a tunnel', async () => {
    expect(await refusalOf(tunnel)).toBe('METHOD_NOT_ALLOWED');
  });

  it('may reset its connection once it is refused', async () => {
    for (let run = 0; run < 20; run += 1) {
      const { socket, received } = await open({ allowHalfOpen: true });
      socket.write(tunnel);
      await eventually(() => received().includes('METHOD_NOT_ALLOWED'));
      socket.resetAndDestroy();
    }
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  });

  it('is answered like any other if it asks for another protocol or has an unknown expectation', async () => {
    for (const wish of [
      'Connection: Upgrade, close\r\nUpgrade: websocket',
      'Connection: close\r\nExpect: money',
    ]) {
      const [answer, ...more] = answersIn(
        await exchange(`GET /livez HTTP/1.1\r\nHost: localhost\r\n${wish}\r\n\r\n`),
      );
      expect([answer?.status, more.length], wish).toEqual([200, 0]);
    }
  });

  it('gets no 100 Continue for a body that is too large', async () => {
    const [answer, ...more] = answersIn(
      await exchange(`${post}Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n`),
    );
    expect(more).toEqual([]);
    expect(expectProblem(answer as RawAnswer)).toBe('BODY_TOO_LARGE');
    expect(answer?.head.toLowerCase()).toContain('connection: close');
  });

  it('gets 100 Continue for a body within the limit', async () => {
    const asks = whole.replace(
      'Host: localhost',
      'Host: localhost\r\nConnection: close\r\nExpect: 100-continue',
    );
    expect(answersIn(await exchange(asks)).map(({ status }) => status)).toEqual([100, 201]);
  });

  it('is refused with headers beyond the limit', async () => {
    for (const headers of [`X: ${'x'.repeat(20_000)}`, `${'X: x\r\n'.repeat(5_000)}Y: y`])
      expect(await refusalOf(`${post}${headers}\r\n\r\n`)).toBe('HEADERS_TOO_LARGE');
  });
});

describe('a request that stops in the middle', () => {
  it('is refused after the timeout, wherever it stops', async () => {
    const property = fc.asyncProperty(fc.integer({ min: 1, max: whole.length - 1 }), async (at) => {
      expect(await refusalOf(whole.slice(0, at), impatient)).toBe('REQUEST_TIMEOUT');
    });
    await fc.assert(property, badInputRuns(6));
  });

  it('is refused after the timeout, even if its body goes on byte by byte', async () => {
    const { socket, received } = await open({ at: impatient });
    socket.write(`${post}Content-Length: 10000\r\n\r\n`);
    await eventually(() => {
      if (socket.writable) socket.write(' ');
      return socket.closed || socket.readableEnded;
    }, answerMaxMs);
    socket.destroy();
    expect(expectProblem(answersIn(received())[0] as RawAnswer)).toBe('REQUEST_TIMEOUT');
  });

  it('leaves no trace when its connection is dropped, wherever it stops', async () => {
    const before = await eventCount();
    const property = fc.asyncProperty(fc.integer({ min: 1, max: whole.length - 1 }), async (at) => {
      const { socket } = await open();
      socket.write(whole.slice(0, at), () => socket.resetAndDestroy());
      await once(socket, 'close');
    });
    await fc.assert(property, badInputRuns(60));
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    expect(await eventCount()).toBe(before);
  });
});

describe('requests that are sent at once on one connection', () => {
  it('are answered in order', async () => {
    const last = 'GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const answers = answersIn(await exchange(whole + read + last));
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 404]);
  });

  it.each([
    ['can not be read', 'NONSENSE\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    ['wants a tunnel', tunnel, 405, 'METHOD_NOT_ALLOWED'],
  ])('keep their answers though something follows that %s', async (_, bytes, status, code) => {
    const before = await eventCount();
    const answers = answersIn(await exchange(whole + bytes));
    expect(answers.map((answer) => answer.status)).toEqual([201, status]);
    expect(expectProblem(answers[1] as RawAnswer)).toBe(code);
    expect(await eventCount()).toBe(before + 1);
  });
});

describe('a client that was refused and does not close its side', () => {
  it.each([
    ['a tunnel', tunnel],
    ['a tunnel after a request', read + tunnel],
  ])('is disconnected after a timeout: %s', async (_, bytes) => {
    const { socket, received } = await open({ allowHalfOpen: true });
    socket.write(bytes);
    await eventually(() => received().includes('application/problem+json'));
    // A closed connection answers further bytes with a reset.
    await eventually(() => socket.destroyed || (socket.write('more'), false), answerMaxMs);
  });
});

it('random bytes get a problem document, or nothing', async () => {
  const noise = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 200 }),
    fc
      .tuple(fc.nat(whole.length), fc.uint8Array({ minLength: 1, maxLength: 3 }))
      .map(([at, bytes]) =>
        Buffer.concat([Buffer.from(whole.slice(0, at)), bytes, Buffer.from(whole.slice(at))]),
      ),
  );
  const property = fc.asyncProperty(noise, async (bytes) => {
    const { socket, received } = await open();
    // The client ends the connection too. Otherwise a good request would keep it alive until the time limit.
    socket.end(bytes);
    await eventually(() => socket.closed || socket.readableEnded, answerMaxMs);
    socket.destroy();
    for (const answer of answersIn(received())) {
      expect(answer.status).toBeLessThan(500);
      if (answer.status >= 400) expectProblem(answer);
    }
  });
  await fc.assert(property, badInputRuns(120));
});
