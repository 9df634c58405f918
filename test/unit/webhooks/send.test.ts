// Sends to real servers on this machine, over TLS, that answer in every way a receiver can.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type SendResult, sendWebhook, sendLimits } from '../../../src/webhooks/send.ts';
import type { WebhookAgent } from '../../../src/webhooks/webhookAgent.ts';
import { eventually } from '../../support/eventually.ts';
import {
  type Receiver,
  startRawReceiver,
  startReceiver,
  testAgent,
  type TestAgentOptions,
} from '../../support/webhookReceiver.ts';

const toClose: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(toClose.splice(0).map((one) => one.close()));
});
function closing<T extends { readonly close: () => Promise<void> }>(one: T): T {
  toClose.push(one);
  return one;
}

const body = Buffer.from('{"description":"Zürich 🦊","amount":"1.10"}');
/** Short, for receivers that would never come to an end. */
const shortTimeout = { ...sendLimits, totalTimeoutMs: 300 };

type Answer = Parameters<typeof startReceiver>[0];

async function receiving(answer: Answer, options: Partial<TestAgentOptions> = {}) {
  const receiver = closing(await startReceiver(answer));
  return reaching(receiver, options);
}

async function receivingRaw(onSocket: (socket: Socket) => void, options: Partial<TestAgentOptions> = {}) {
  return reaching(closing(await startRawReceiver(onSocket)), options);
}

function reaching(receiver: Receiver, options: Partial<TestAgentOptions>) {
  const agent = closing(testAgent({ ports: [receiver.port], ...options }));
  const url = `https://receiver.test:${receiver.port}/hooks?a=b`;
  const send = (limits = sendLimits, headers: Readonly<Record<string, string>> = {}) =>
    sendWebhook(agent, { url, headers, body }, limits);
  return { receiver, agent, url, send };
}

const ended = (result: Partial<SendResult>) => ({ ...result, ms: expect.any(Number) as number });

it('sends the very bytes and headers, to the host that the URL names', async () => {
  const paths: (string | undefined)[] = [];
  const { receiver, send } = await receiving((response, { url, method }) => {
    paths.push(`${method ?? ''} ${url ?? ''}`);
    response.end('thank you');
  });
  const headers = { 'webhook-id': 'msg_1', 'content-type': 'application/cloudevents+json' };
  expect(await send(sendLimits, headers)).toEqual(
    ended({ outcome: 'delivered', status: 200, reason: 'status' }),
  );
  const [received] = receiver.received;
  expect(paths).toEqual(['POST /hooks?a=b']);
  expect(received?.body.equals(body)).toBe(true);
  expect(received?.serverName).toBe('receiver.test');
  expect(received?.headers).toMatchObject({
    ...headers,
    host: `receiver.test:${receiver.port}`,
    'content-length': String(body.length),
  });
});

describe('the status decides', () => {
  it.each([
    ...[200, 201, 202, 204, 299].map((status) => [status, 'delivered', 'status'] as const),
    ...[300, 301, 302, 303, 304, 307, 308].map((status) => [status, 'failed', 'redirect'] as const),
    ...[400, 401, 403, 404, 408, 409, 413, 500, 501, 599].map(
      (status) => [status, 'failed', 'status'] as const,
    ),
    [410, 'gone', 'status'] as const,
    ...[429, 502, 503, 504].map((status) => [status, 'slowDown', 'status'] as const),
  ])('%i: %s', async (status, outcome, reason) => {
    const { send } = await receiving((response) => response.writeHead(status).end());
    expect(await send()).toEqual(ended({ outcome, status, reason }));
  });

  it('and with 503 the receiver says when it can be asked again', async () => {
    const { send } = await receiving((response) => response.writeHead(503, { 'retry-after': '120' }).end());
    expect(await send()).toEqual(
      ended({ outcome: 'slowDown', status: 503, reason: 'status', retryAfterMs: 120_000 }),
    );
  });

  it('and no other status is slowed down by what the receiver says', async () => {
    const { send } = await receiving((response) => response.writeHead(500, { 'retry-after': '120' }).end());
    expect(await send()).toEqual(ended({ outcome: 'failed', status: 500, reason: 'status' }));
  });
});

it.each([302, 307, 308])('a redirect with %i is not followed, wherever it leads', async (status) => {
  const other = closing(await startReceiver((response) => response.end()));
  const targets = [`https://other.test:${other.port}/`, 'http://169.254.169.254/latest/meta-data/'];
  for (const location of targets) {
    const { send, receiver, agent } = await receiving(
      (response) => response.writeHead(status, { location }).end(),
      { networks: '127.0.0.1,169.254.169.254' },
    );
    expect(agent.guard.checkUrl(targets[1] ?? '').ok).toBe(true);
    expect(await send()).toEqual(ended({ outcome: 'failed', status, reason: 'redirect' }));
    expect(receiver.received).toHaveLength(1);
  }
  expect(other.connections().all).toBe(0);
});

describe('a receiver fails that', () => {
  const noAnswer = (reason: string) =>
    ended({ outcome: 'failed', status: null, reason } as Partial<SendResult>);

  it('never answers', async () => {
    const { send } = await receiving(() => undefined);
    expect(await send(shortTimeout)).toEqual(noAnswer('timeout'));
  });

  it('sends its headers without an end', async () => {
    const { send } = await receiving((response) => {
      const socket = response.socket as Socket;
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('x: y\r\n'), 5);
      socket.on('close', () => {
        clearInterval(timer);
      });
    });
    expect(await send(shortTimeout)).toEqual(noAnswer('timeout'));
  });

  it('announces its answer without an end', async () => {
    const { send } = await receiving((response) => {
      const timer = setInterval(() => {
        response.writeProcessing();
      }, 5);
      response.on('close', () => {
        clearInterval(timer);
      });
    });
    expect(await send(shortTimeout)).toEqual(noAnswer('timeout'));
  });

  it('sends more headers than are read', async () => {
    const { send } = await receiving((response) => {
      (response.socket as Socket).write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}\r\n`);
    });
    expect(await send()).toEqual(noAnswer('badAnswer'));
  });

  it('begins its answer and never ends it', async () => {
    const { send } = await receiving((response) => response.writeHead(200).write('a'));
    // On a busy machine the answer may begin late, so the time grows until it has begun.
    let totalTimeoutMs = 100;
    const result = await eventually(async () => {
      const sent = await send({ ...sendLimits, totalTimeoutMs: (totalTimeoutMs *= 2) });
      return sent.status === 200 && sent;
    });
    expect(result).toEqual(ended({ outcome: 'failed', status: 200, reason: 'timeout' }));
  });

  it('closes in the middle of its answer', async () => {
    const { send } = await receiving((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('a', () => response.socket?.end());
    });
    expect(await send()).toEqual(ended({ outcome: 'failed', status: 200, reason: 'connectionClosed' }));
  });

  it('closes in the middle of a chunk', async () => {
    const { send } = await receiving((response) => {
      (response.socket as Socket).end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\nabc');
    });
    expect(await send()).toEqual(ended({ outcome: 'failed', status: 200, reason: 'connectionClosed' }));
  });

  it('closes without an answer', async () => {
    const { send } = await receiving((response) => response.socket?.destroy());
    expect(await send()).toEqual(noAnswer('connectionClosed'));
  });

  it('speaks no HTTP', async () => {
    const { send } = await receiving((response) =>
      (response.socket as Socket).end('SSH-2.0-OpenSSH_9.9\r\n'),
    );
    expect(await send()).toEqual(noAnswer('badAnswer'));
  });

  it('speaks no TLS', async () => {
    const { send } = await receivingRaw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await send()).toEqual(noAnswer('tls'));
  });

  it('never ends its handshake', async () => {
    const { send } = await receivingRaw(() => undefined, { connectTimeoutMs: 200 });
    expect(await send({ ...sendLimits, totalTimeoutMs: 8_000 })).toEqual(noAnswer('connectTimeout'));
  });

  it('has a certificate that nobody trusts', async () => {
    const { send, receiver } = await receiving((response) => response.end(), { trusted: '' });
    expect(await send()).toEqual(noAnswer('tls'));
    expect(receiver.received).toEqual([]);
  });

  it('has a certificate of another name', async () => {
    const { agent, receiver } = await receiving((response) => response.end());
    const url = `https://wrong.test:${receiver.port}/`;
    expect(await sendWebhook(agent, { url, headers: {}, body })).toEqual(noAnswer('tls'));
    expect(receiver.received).toEqual([]);
  });

  it('is not there', async () => {
    const { send, receiver } = await receiving((response) => response.end());
    await receiver.close();
    expect(await send()).toEqual(noAnswer('connectionRefused'));
  });
});

describe('an answer', () => {
  it('that is too long is left, with its connection, and the delivery counts', async () => {
    let written = 0;
    const closed: Promise<unknown>[] = [];
    const { send } = await receiving((response) => {
      closed.push(once(response, 'close'));
      const chunk = Buffer.alloc(16_384, 'x');
      const more = () => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length;
      };
      response.writeHead(200).on('drain', more);
      more();
    });
    expect(await send()).toEqual(ended({ outcome: 'delivered', status: 200, reason: 'status' }));
    await Promise.all(closed);
    // The buffers between the two take this much, and no more is sent.
    expect(written).toBeLessThan(50_000_000);
  });

  it('that is as long as is read keeps its connection', async () => {
    const { send, receiver } = await receiving((response) => response.end(Buffer.alloc(65_536, 'x')));
    for (let round = 0; round < 6; round += 1) expect((await send()).outcome).toBe('delivered');
    // A connection may be busy for a moment longer than its delivery.
    expect(receiver.connections().all).toBeLessThanOrEqual(2);
  });
});

describe('connections', () => {
  it('are kept between deliveries', async () => {
    const { send, receiver } = await receiving((response) => response.end());
    for (let round = 0; round < 5; round += 1) await send();
    expect(receiver.received).toHaveLength(5);
    // One may be busy for a moment longer than its delivery.
    expect(receiver.connections().all).toBeLessThanOrEqual(2);
  });

  it('to one host are ten at most, and further deliveries wait', async () => {
    const waiting: ServerResponse[] = [];
    const { send, receiver, agent } = await receiving((response) => waiting.push(response));
    const sent = Array.from({ length: 25 }, () => send());
    await eventually(() => waiting.length >= 10);
    // A later one to another host arrives, so those 25 would have arrived too.
    const url = `https://other.test:${receiver.port}/`;
    const other = sendWebhook(agent, { url, headers: {}, body });
    await eventually(() => waiting.length >= 11);
    expect(receiver.connections().open).toBe(11);
    const isDone = Promise.all([...sent, other]).then((results) => results);
    while (receiver.received.length < 26 || waiting.length > 0) {
      const response = await eventually(() => waiting.shift());
      response.end();
    }
    expect((await isDone).every(({ outcome }) => outcome === 'delivered')).toBe(true);
  });
});

it('each of many deliveries to one host ends, also if nothing can be reached there', async () => {
  const many = async (agent: WebhookAgent, url: string, limits = sendLimits) => {
    const sent = Array.from({ length: 25 }, () => sendWebhook(agent, { url, headers: {}, body }, limits));
    return new Set((await Promise.all(sent)).map(({ reason }) => reason));
  };
  const { receiver, agent, url } = await receiving(() => undefined);
  expect(await many(agent, url, shortTimeout)).toEqual(new Set(['timeout']));
  await receiver.close();
  expect(await many(agent, url)).toEqual(new Set(['connectionRefused']));
});

describe('a signal', () => {
  it('ends a delivery that waits for its answer, and the delivery is no failure of the receiver', async () => {
    const asked = Promise.withResolvers<IncomingMessage>();
    const { send, receiver } = await receiving((_, request) => {
      asked.resolve(request);
    });
    const stop = new AbortController();
    const sent = send({ ...sendLimits, signal: stop.signal });
    const outcome = expect(sent).rejects.toThrow('the process stops');
    await asked.promise;
    stop.abort(new Error('the process stops'));
    await outcome;
    await eventually(() => receiver.connections().open === 0);
  });

  it('that came before lets nothing be sent', async () => {
    const { send, receiver } = await receiving((response) => response.end());
    const signal = AbortSignal.abort(new Error('the process stops'));
    await expect(send({ ...sendLimits, signal })).rejects.toThrow('the process stops');
    expect(receiver.connections().all).toBe(0);
  });
});

describe('a delivery that is cut off', () => {
  it('ends as if its time were up', async () => {
    const asked = Promise.withResolvers<IncomingMessage>();
    const { send, receiver } = await receiving((_, request) => {
      asked.resolve(request);
    });
    const cutOff = new AbortController();
    const sent = send({ ...sendLimits, cutOff: cutOff.signal });
    await asked.promise;
    cutOff.abort();
    expect(await sent).toEqual(ended({ outcome: 'failed', status: null, reason: 'timeout' }));
    await eventually(() => receiver.connections().open === 0);
  });

  it('before it began is not sent', async () => {
    const { send, receiver } = await receiving((response) => response.end());
    expect(await send({ ...sendLimits, cutOff: AbortSignal.abort() })).toEqual(
      ended({ outcome: 'failed', status: null, reason: 'timeout' }),
    );
    expect(receiver.received).toEqual([]);
  });
});

describe('a mistake of the caller is thrown:', () => {
  it.each(['Host', 'content-length', 'Transfer-Encoding', 'connection'])('the header %s', async (name) => {
    const { send, receiver } = await receiving((response) => response.end());
    await expect(send(sendLimits, { [name]: 'evil.test' })).rejects.toThrow(`can't set the header ${name}`);
    expect(receiver.connections().all).toBe(0);
  });

  it('a header with a line break', async () => {
    const { send } = await receiving((response) => response.end());
    await expect(send(sendLimits, { 'x-one': 'a\r\nx-two: b' })).rejects.toThrow('invalid x-one header');
  });

  it('an agent that was closed', async () => {
    const { send, agent } = await receiving((response) => response.end());
    await agent.close();
    await expect(send()).rejects.toThrow('destroyed');
  });
});

it('plain http reaches an allowed address', async () => {
  const receiver = closing(await startReceiver((response) => response.end(), { isPlain: true }));
  const agent: WebhookAgent = closing(testAgent({ ports: [443] }));
  const url = `http://127.0.0.1:${receiver.port}/`;
  expect(await sendWebhook(agent, { url, headers: {}, body })).toEqual(
    ended({ outcome: 'delivered', status: 200, reason: 'status' }),
  );
});
