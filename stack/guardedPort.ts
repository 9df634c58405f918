// Stands before a part that serves browsers and checks nothing, the Temporal Web UI. Passes a request on only
// if its Host is local and its Origin is this same port. A foreign page that reaches the port by a name of
// its own (DNS rebinding) is refused, and so is a form or a fetch of another site.
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { randomInt } from 'node:crypto';
import { freePorts } from './ports.ts';
import { StackError } from './part.ts';

export interface GuardedPort {
  readonly close: () => Promise<void>;
}

/** An address for the part inside: one of many that a page would have to guess. Only Linux has many. */
export async function hiddenAddress(): Promise<Inner> {
  const [port = 0] = await freePorts(1);
  const byte = () => randomInt(1, 255);
  const host = process.platform === 'linux' ? `127.${byte()}.${byte()}.${byte()}` : '127.0.0.1';
  return { host, port };
}

interface Inner {
  readonly host: string;
  readonly port: number;
}

const IDLE_MAX_MS = 120_000;
const localNames = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Why a request is refused. Undefined if it may pass. */
function refusalOf(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  port: number,
): string | undefined {
  const { host = '', origin } = headers;
  const [, name = '', given = '80'] = /^(.*?)(?::(\d+))?$/.exec(host.toLowerCase()) ?? [];
  if (!localNames.has(name) || Number(given) !== port) return `The Host "${shown(host)}" is not local.`;
  if (origin !== undefined && origin !== `http://${host}`) return 'Another site may not use this port.';
  const site = headers['sec-fetch-site'];
  const isOwn = site === undefined || site === 'same-origin' || site === 'none';
  // A link from another page may open the Web UI, but nothing else of another page may ask it anything.
  const isVisit =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return isOwn || isVisit ? undefined : 'Another site may not use this port.';
}

function shown(host: string): string {
  return host.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 100);
}

/** Listens on `address`. Throws StackError if the port is taken. */
export async function guardPort(port: number, inner: Inner, address = '127.0.0.1'): Promise<GuardedPort> {
  const server = createServer((incoming, outgoing) => {
    const refusal = refusalOf(incoming, port);
    if (refusal === undefined) pass(incoming, outgoing, inner);
    else refuse(incoming, outgoing, refusal);
  });
  // An upgrade would pass without the check. The Web UI uses none.
  server.on('upgrade', (_, socket) => socket.destroy());
  server.timeout = IDLE_MAX_MS;
  await listen(server, port, address);
  return {
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, reason: string): void {
  incoming.resume();
  outgoing.writeHead(403, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
  outgoing.end(`${reason}\n`);
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, inner: Inner): void {
  const onward = request({
    ...inner,
    method: incoming.method,
    path: incoming.url,
    headers: incoming.headers,
  });
  onward.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502, { 'Content-Type': 'text/plain' }).end('The part does not answer.\n');
  });
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}

async function listen(server: Server, port: number, address: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new StackError(`Port ${port} can't be guarded: ${error.message}`, { cause: error }));
    });
    server.listen(port, address, resolve);
  });
}
