// The HTTP server around the application: its bounds, problem documents for what never reaches the application,
// and the order in which it stops.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { type ProblemCode, problemAnswer, problemKinds } from '../src/api/problems.ts';
import type { Config } from '../src/config.ts';

/** Longer than the idle time of common load balancers, so that they, not we, close idle connections. */
const keepAliveTimeoutMs = 75_000;
/** How precisely REQUEST_TIMEOUT_MS is kept. */
const timeoutCheckIntervalMs = 500;
const idleSweepMs = 20;
/** What a slow client gets to read its answer, or to finish its request, once everything else is done. */
const lastAnswersMs = 2_000;

export async function startHttpServer(
  fetch: (request: Request) => Response | Promise<Response>,
  config: Config,
): Promise<Server> {
  const server = serve({
    fetch,
    hostname: config.HOST,
    port: config.PORT,
    serverOptions: {
      requestTimeout: config.REQUEST_TIMEOUT_MS,
      headersTimeout: config.REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: timeoutCheckIntervalMs,
      keepAliveTimeout: keepAliveTimeoutMs,
    },
  }) as Server;
  server.maxConnections = config.HTTP_CONNECTIONS_MAX;
  server.on('clientError', answerClientError);
  await once(server, 'listening');
  return server;
}

/** What Node's parser refuses, by its error code. */
const parserProblems: Readonly<Record<string, ProblemCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
};

function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = parserProblems[error.code ?? ''] ?? 'MALFORMED_REQUEST';
  const requestId = randomUUID();
  const { status, headers, body } = problemAnswer(
    { code, detail: `${problemKinds[code].title}.` },
    requestId,
  );
  const lines = {
    ...headers,
    'x-request-id': requestId,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${code}\r\n${head.join('')}\r\n${body}`);
}

/**
 * Keeps the port open for SHUTDOWN_NOTICE_MS, so that /readyz can be seen to say 503; answers every command that was
 * taken; then closes, and cuts whoever has not sent or read everything by then.
 */
export async function stopHttpServer(
  server: Server,
  config: Config,
  closeCommands: () => Promise<void>,
): Promise<void> {
  server.prependListener('request', (_, response) => {
    response.shouldKeepAlive = false;
  });
  await Promise.all([closeCommands(), pause(config.SHUTDOWN_NOTICE_MS)]);
  const closed = once(server, 'close');
  server.close();
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, idleSweepMs);
  const cut = setTimeout(() => {
    server.closeAllConnections();
  }, lastAnswersMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
