// Runs the HTTP server around the application. It limits connections and requests, and refuses requests that
// cannot reach the application. A stop follows an order in which no answer is lost.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { DirectWay } from '../api/http/directRoutes.ts';
import type { Config } from '../config/config.ts';
import { strictTransport } from '../api/http/securityHeaders.ts';
import { createServedHosts } from '../servedHosts.ts';
import { type Connections, createConnections } from './connections.ts';
import { createDirectListener } from './directRequests.ts';
import { assertLoopbackIfOpen } from './loopbackOnly.ts';
import { createSocketRefusals, refuseHost, refuseUnreadable } from './socketRefusals.ts';

/**
 * The host in the URL of a request without one. HOST is an address, which may be none of a URL, such as ::.
 */
const nameless = 'localhost';
/** A request may exceed REQUEST_TIMEOUT_MS by this time. */
const timeoutCheckIntervalMs = 500;
const idleSweepMs = 20;
/**
 * How long a stop finally waits for slow clients to read their answers or to finish their requests.
 */
const lastAnswersMs = 2_000;

type HttpServerConfig = Pick<
  Config,
  | 'ACCESS'
  | 'ALLOWED_HOSTS'
  | 'BEHIND_TLS'
  | 'HOST'
  | 'HTTP_CONNECTIONS_MAX'
  | 'HTTP_KEEP_ALIVE_MS'
  | 'PORT'
  | 'REQUEST_BODY_BYTES_MAX'
  | 'REQUEST_TIMEOUT_MS'
  | 'SHUTDOWN_NOTICE_MS'
>;

export interface HttpServer {
  readonly server: Server;
  /** Stops in order; `closeCommands` resolves once every command that was taken is answered. */
  readonly stop: (closeCommands: () => Promise<void>) => Promise<void>;
}

export async function startHttpServer(
  fetch: (request: Request) => Response | Promise<Response>,
  config: HttpServerConfig,
  directWay?: DirectWay,
): Promise<HttpServer> {
  const answer = getRequestListener(fetch, { hostname: nameless, errorHandler: refuseUnreadable });
  const direct = {
    bodyBytesMax: config.REQUEST_BODY_BYTES_MAX,
    otherwise: answer,
    refuse: refuseUnreadable,
  };
  const listeners = {
    served: directWay === undefined ? answer : createDirectListener({ ...direct, ...directWay }),
    malformed: getRequestListener(refuseUnreadable, { errorHandler: refuseUnreadable }),
    refused: getRequestListener(refuseHost, { errorHandler: refuseHost }),
  };
  const verdictOn = createServedHosts(config.ALLOWED_HOSTS, config.HOST);
  const connections = createConnections(config.HTTP_CONNECTIONS_MAX);
  const refusals = createSocketRefusals(connections);
  const server = createServer({
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    headersTimeout: config.REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: timeoutCheckIntervalMs,
    keepAliveTimeout: config.HTTP_KEEP_ALIVE_MS,
    // Checked below, because the refusal of Node.js is not a problem document.
    requireHostHeader: false,
  });
  // Node.js fires it if a socket neither sent nor took a byte for this time, or at the end of keep-alive.
  server.timeout = config.REQUEST_TIMEOUT_MS;
  server.on('timeout', (socket: Socket) => {
    if (waitsForServer(socket, connections)) socket.setTimeout(config.REQUEST_TIMEOUT_MS);
    else socket.destroy();
  });
  server.on('connection', connections.opened);
  server.on('request', (incoming, outgoing) => {
    if (config.BEHIND_TLS) outgoing.setHeader('strict-transport-security', strictTransport);
    connections.begun(incoming, outgoing, () => {
      void listeners[verdictOn(incoming)](incoming, outgoing);
    });
  });
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // A client that asks first is not told to send a body that will be refused. Whether the body comes is
    // unknown, so this connection ends.
    if (Number(incoming.headers['content-length']) > config.REQUEST_BODY_BYTES_MAX)
      outgoing.shouldKeepAlive = false;
    else outgoing.writeContinue();
    server.emit('request', incoming, outgoing);
  });
  // Other expectations may be ignored (RFC 9110, 10.1.1).
  server.on('checkExpectation', (incoming, outgoing) => server.emit('request', incoming, outgoing));
  server.on('connect', refusals.refuseTunnel);
  server.on('clientError', refusals.refuse);
  await listen(server, config);
  return {
    server,
    stop: (closeCommands) => stopHttpServer(server, connections, config, closeCommands),
  };
}

/** A name is looked up once more by `listen`, so the address that it found is judged as well. */
async function listen(server: Server, config: HttpServerConfig): Promise<void> {
  await assertLoopbackIfOpen(config, config.HOST);
  server.listen(config.PORT, config.HOST);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') return;
  try {
    await assertLoopbackIfOpen(config, address.address);
  } catch (error) {
    server.close();
    server.closeAllConnections();
    throw error;
  }
}

/**
 * Whether nothing is the client's turn. A request that has not arrived is left to `requestTimeout`, which
 * answers it. A client that does not read its answer gets no more time.
 */
function waitsForServer(socket: Socket, connections: Connections): boolean {
  const latest = connections.latestOn(socket);
  if (socket.writableLength > 0) return false;
  return latest?.outgoing.writableFinished !== true;
}

/**
 * Answers every command that was taken. Keeps the port open for SHUTDOWN_NOTICE_MS, so that callers of
 * /readyz see the 503. Then it closes the port. After `lastAnswersMs` it destroys the connections that are
 * still open.
 */
async function stopHttpServer(
  server: Server,
  connections: Connections,
  config: HttpServerConfig,
  closeCommands: () => Promise<void>,
): Promise<void> {
  server.prependListener('request', (_, response) => {
    response.shouldKeepAlive = false;
  });
  await Promise.all([closeCommands(), pause(config.SHUTDOWN_NOTICE_MS)]);
  const closed = once(server, 'close');
  // The HTTP server's own close would destroy idle connections at once. For Node.js a connection is idle as
  // soon as its answer has ended. A slow reader may not have all of it by then.
  NetServer.prototype.close.call(server);
  const sweep = setInterval(() => {
    if (!connections.oweAnswers()) server.closeIdleConnections();
  }, idleSweepMs);
  const cut = setTimeout(connections.destroyAll, lastAnswersMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
