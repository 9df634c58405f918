// What is refused before the application sees it, in the same form as everything else: a problem document. Node's own
// answers to such requests have no body at all.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type ProblemAnswer,
  type ProblemCode,
  problemAnswer,
  problemKinds,
} from '../../src/api/http/problems.ts';
import { respond } from '../../src/api/http/respond.ts';
import type { Connections } from './connections.ts';

/** What Node's parser refuses, by its error code. */
const parserProblems: Readonly<Record<string, ProblemCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
};

/** What a client gets to read its refusal and to close its side of the connection; then the socket is ours again. */
const refusalReadMaxMs = 2_000;

export interface SocketRefusals {
  /** For the server's event clientError. */
  readonly refuse: (error: NodeJS.ErrnoException, socket: Duplex) => void;
  /** For the server's event connect: this is no proxy. */
  readonly refuseTunnel: (incoming: IncomingMessage, socket: Duplex) => void;
}

export function createSocketRefusals(connections: Connections): SocketRefusals {
  /** In turn: written before an answer that is on its way, the refusal of what follows would be taken for that answer. */
  const endInTurn = (socket: Duplex, code: ProblemCode, more?: Readonly<Record<string, string>>) => {
    const latest = connections.latestOn(socket);
    if (latest === undefined || latest.outgoing.writableFinished) endWith(socket, code, more);
    else if (latest.incoming.complete) {
      // A command that was carried out must not look like one that was not.
      latest.outgoing.once('finish', () => {
        if (socket.writable) endWith(socket, code, more);
      });
    } else if (latest.outgoing.headersSent) socket.destroy();
    else endWith(socket, code, more);
  };
  return {
    refuse: (error, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) {
        socket.destroy();
        return;
      }
      endInTurn(socket, parserProblems[error.code ?? ''] ?? 'MALFORMED_REQUEST');
    },
    refuseTunnel: (_, socket) => {
      // Node has let go of the socket: without a listener of ours, a reset would end the process, and without a reader
      // the client's end would never be seen.
      socket.on('error', () => socket.destroy());
      socket.resume();
      endInTurn(socket, 'METHOD_NOT_ALLOWED', { allow: 'GET, HEAD, POST' });
    },
  };
}

/** The answer to a request of which no URL can be made, or that does not name its host as HTTP wants it. */
export function refuseUnreadable(): Response {
  const { answer, requestId } = refusal('MALFORMED_REQUEST');
  return respond(answer, requestId, { connection: 'close' });
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
  const letGo = setTimeout(() => socket.destroy(), refusalReadMaxMs).unref();
  socket.once('close', () => {
    clearTimeout(letGo);
  });
}
