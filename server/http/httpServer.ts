// The HTTP server around the application: its bounds, problem documents for what never reaches the application,
// and the order in which it stops.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { Config } from '../../src/config/config.ts';
import { type Connections, createConnections } from './connections.ts';
import { createSocketRefusals, refuseUnreadable } from './socketRefusals.ts';

/** Longer than the idle time of common load balancers, so that they, not we, close idle connections. */
const keepAliveTimeoutMs = 75_000;
/** How precisely REQUEST_TIMEOUT_MS is kept. */
const timeoutCheckIntervalMs = 500;
const idleSweepMs = 20;
/** What a slow client gets to read its answer, or to finish its request, once everything else is done. */
const lastAnswersMs = 2_000;

export interface HttpServer {
  readonly server: Server;
  /** Stops in order; `closeCommands` resolves once every command that was taken is answered. */
  readonly stop: (closeCommands: () => Promise<void>) => Promise<void>;
}

export async function startHttpServer(
  fetch: (request: Request) => Response | Promise<Response>,
  config: Config,
): Promise<HttpServer> {
  const answer = getRequestListener(fetch, { hostname: config.HOST, errorHandler: refuseUnreadable });
  const refuseHost = getRequestListener(refuseUnreadable, { errorHandler: refuseUnreadable });
  const connections = createConnections();
  const refusals = createSocketRefusals(connections);
  const server = createServer({
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    headersTimeout: config.REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: timeoutCheckIntervalMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // Checked here, because Node's own refusal is no problem document.
    requireHostHeader: false,
  });
  server.on('connection', connections.opened);
  server.on('request', (incoming, outgoing) => {
    connections.begun(incoming, outgoing);
    void (namesOneHost(incoming) ? answer : refuseHost)(incoming, outgoing);
  });
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // Who asks first is not told to send what will be refused. Its body may come or not, so this connection ends.
    if (Number(incoming.headers['content-length']) > config.REQUEST_BODY_BYTES_MAX)
      outgoing.shouldKeepAlive = false;
    else outgoing.writeContinue();
    server.emit('request', incoming, outgoing);
  });
  // Other expectations may be left unheeded (RFC 9110, 10.1.1).
  server.on('checkExpectation', (incoming, outgoing) => server.emit('request', incoming, outgoing));
  server.on('connect', refusals.refuseTunnel);
  server.on('clientError', refusals.refuse);
  server.maxConnections = config.HTTP_CONNECTIONS_MAX;
  server.listen(config.PORT, config.HOST);
  await once(server, 'listening');
  return {
    server,
    stop: (closeCommands) => stopHttpServer(server, connections, config, closeCommands),
  };
}

/** Two of them are two requests to two readers; none is allowed before HTTP/1.1 only. */
function namesOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === 'host') hosts += 1;
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0');
}

/**
 * Keeps the port open for SHUTDOWN_NOTICE_MS, so that /readyz can be seen to say 503; answers every command that was
 * taken; then closes, and cuts whoever has not sent or read everything by then.
 */
async function stopHttpServer(
  server: Server,
  connections: Connections,
  config: Config,
  closeCommands: () => Promise<void>,
): Promise<void> {
  server.prependListener('request', (_, response) => {
    response.shouldKeepAlive = false;
  });
  await Promise.all([closeCommands(), pause(config.SHUTDOWN_NOTICE_MS)]);
  const closed = once(server, 'close');
  // Not the HTTP server's own close: it destroys idle connections at once, and Node takes one for idle as soon as its
  // answer has ended, though a slow reader has not got all of it yet.
  NetServer.prototype.close.call(server);
  const sweep = setInterval(() => {
    if (!connections.oweAnswers()) server.closeIdleConnections();
  }, idleSweepMs);
  const cut = setTimeout(connections.destroyAll, lastAnswersMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
