// A receiver of webhooks on 127.0.0.1, over TLS with a certificate that the tests trust. It counts its
// connections, so that a test can say that none was made.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import {
  type AddressInfo,
  createServer as createRawServer,
  type Server as RawServer,
  type Socket,
} from 'node:net';
import { TLSSocket } from 'node:tls';
import { readConfig } from '../../src/config/config.ts';
import { createAddressGuard } from '../../src/webhooks/addressGuard.ts';
import { createWebhookAgent, type Resolve, type WebhookAgent } from '../../src/webhooks/webhookAgent.ts';

const fileOf = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');
const receiverCertificate = fileOf('receiver.pem');
const receiverKey = fileOf('receiver.key');

interface ReceivedWebhook {
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** The name that TLS was asked for. */
  readonly serverName: string | undefined;
}

export interface Receiver {
  readonly port: number;
  readonly received: readonly ReceivedWebhook[];
  /** All connections until now, and those that are open. */
  readonly connections: () => { readonly all: number; readonly open: number };
  readonly close: () => Promise<void>;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Answers each request, once its body is there. */
export function startReceiver(answer: Answer, { isPlain = false } = {}): Promise<Receiver> {
  const received: ReceivedWebhook[] = [];
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { headers, socket } = request;
      received.push({ headers, body: Buffer.concat(chunks), serverName: serverNameOf(socket) });
      answer(response, request);
    });
    request.on('error', () => request.destroy());
  };
  const server: Server = isPlain
    ? createServer(onRequest)
    : createSecureServer({ key: receiverKey, cert: receiverCertificate }, onRequest);
  return listening(server, received);
}

function serverNameOf(socket: Socket): string | undefined {
  // Its type tells of the name alone. Without one there is `false`.
  const name: unknown = socket instanceof TLSSocket ? Reflect.get(socket, 'servername') : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** A server that speaks no HTTP unless `onSocket` does. */
export function startRawReceiver(onSocket: (socket: Socket) => void): Promise<Receiver> {
  return listening(createRawServer(onSocket), []);
}

async function listening(server: RawServer, received: readonly ReceivedWebhook[]): Promise<Receiver> {
  let all = 0;
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    all += 1;
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    connections: () => ({ all, open: open.size }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of open) socket.destroy();
      }),
  };
}

export interface TestAgentOptions {
  readonly ports: readonly number[];
  readonly networks?: string;
  readonly resolve?: Resolve;
  readonly connectTimeoutMs?: number;
  readonly trusted?: string | undefined;
}

/** An agent that trusts the receivers. Every name leads to them, unless `resolve` says something else. */
export function testAgent({
  ports,
  networks = '127.0.0.1',
  resolve = () => Promise.resolve(['127.0.0.1']),
  connectTimeoutMs = 10_000,
  trusted = receiverCertificate,
}: TestAgentOptions): WebhookAgent {
  const guard = createAddressGuard(
    readConfig({ WEBHOOK_ALLOWED_NETWORKS: networks, WEBHOOK_PORTS: ports.join(',') }),
  );
  return createWebhookAgent({ guard, resolve, connectTimeoutMs, trusted });
}
