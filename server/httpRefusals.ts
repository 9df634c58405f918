// What is refused before the application sees it, in the same form as everything else: a problem document. Node's own
// answers to such requests have no body at all.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ProblemAnswer, type ProblemCode, problemAnswer, problemKinds } from '../src/api/problems.ts';
import { respond } from '../src/api/respond.ts';

/** What Node's parser refuses, by its error code. */
const parserProblems: Readonly<Record<string, ProblemCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
};

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

export interface SocketRefusals {
  /** To be told of every request that begins. */
  readonly begun: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  /** For the server's event clientError. */
  readonly refuse: (error: NodeJS.ErrnoException, socket: Duplex) => void;
}

export function createSocketRefusals(): SocketRefusals {
  /** The latest of each connection. */
  const exchanges = new WeakMap<Duplex, Exchange>();
  return {
    begun: (incoming, outgoing) => {
      exchanges.set(incoming.socket, { incoming, outgoing });
    },
    refuse: (error, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) {
        socket.destroy();
        return;
      }
      const code = parserProblems[error.code ?? ''] ?? 'MALFORMED_REQUEST';
      const latest = exchanges.get(socket);
      if (latest === undefined || latest.outgoing.writableFinished) endWith(socket, code);
      else if (latest.incoming.complete) {
        // What can't be read follows a whole request whose answer is on its way: written now, the refusal would be
        // taken for that answer, and a command that was carried out for one that was not.
        latest.outgoing.once('finish', () => {
          if (socket.writable) endWith(socket, code);
        });
      } else if (latest.outgoing.headersSent) socket.destroy();
      else endWith(socket, code);
    },
  };
}

/** The answer to a request of which no URL can be made, or that does not name its host as HTTP wants it. */
export function refuseUnreadable(): Response {
  const { answer, requestId } = refusal('MALFORMED_REQUEST');
  return respond(answer, requestId, { connection: 'close' });
}

/** For the server's event connect: this is no proxy. */
export function refuseTunnel(_: IncomingMessage, socket: Duplex): void {
  endWith(socket, 'METHOD_NOT_ALLOWED', { allow: 'GET, HEAD, POST' });
}

function refusal(code: ProblemCode): { readonly answer: ProblemAnswer; readonly requestId: string } {
  const requestId = randomUUID();
  return { answer: problemAnswer({ code, detail: `${problemKinds[code].title}.` }, requestId), requestId };
}

function endWith(socket: Duplex, code: ProblemCode, more: Readonly<Record<string, string>> = {}): void {
  const { answer, requestId } = refusal(code);
  const { status, headers, body } = answer;
  const lines = {
    ...headers,
    ...more,
    'x-request-id': requestId,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${code}\r\n${head.join('')}\r\n${body}`);
}
