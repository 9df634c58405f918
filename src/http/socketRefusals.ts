// Refuses requests that cannot reach the application, such as a broken request line. The answer is a problem
// document, like every other refusal. The answers of Node.js to such requests have no body.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ProblemAnswer, type ProblemCode, problemAnswer, problemKinds } from '../api/http/problems.ts';
import { respondTo } from '../api/http/respond.ts';
import { answerSecurity } from '../api/http/securityHeaders.ts';
import type { Connections } from './connections.ts';

/** Refusals of the parser of Node.js, by its error code. */
const parserProblems: Readonly<Record<string, ProblemCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
};

/** How long a client may take to read its refusal and to close its side. Then the socket is destroyed. */
const refusalReadMaxMs = 2_000;

export interface SocketRefusals {
  /** Handles the server's event clientError. */
  readonly refuse: (error: NodeJS.ErrnoException, socket: Duplex) => void;
  /** Handles the server's event connect: this server is no proxy. */
  readonly refuseTunnel: (incoming: IncomingMessage, socket: Duplex) => void;
}

export function createSocketRefusals(connections: Connections): SocketRefusals {
  /**
   * Writes the refusal after all earlier answers. A client would take an earlier refusal for one of those
   * answers.
   */
  const endInTurn = (socket: Duplex, code: ProblemCode, more?: Readonly<Record<string, string>>) => {
    const latest = connections.latestOn(socket);
    if (latest === undefined || latest.outgoing.writableFinished) endWith(socket, code, more);
    else if (latest.incoming.complete) {
      // Its command may have been carried out, so its own answer goes first.
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
      // Node.js no longer handles this socket. Without a listener, a reset would end the process. Without a
      // reader, the end from the client would never be seen.
      socket.on('error', () => socket.destroy());
      socket.resume();
      endInTurn(socket, 'METHOD_NOT_ALLOWED', { allow: 'DELETE, GET, HEAD, OPTIONS, POST' });
    },
  };
}

/** The answer to a request whose URL cannot be read, or whose Host header breaks the rules of HTTP. */
export function refuseUnreadable(): Response {
  return refuseWhole('MALFORMED_REQUEST');
}

/** The answer to a request that names a host which is not served. */
export function refuseHost(): Response {
  return refuseWhole('HOST_NOT_SERVED');
}

function refuseWhole(code: ProblemCode): Response {
  const { answer, requestId } = refusal(code);
  return respondTo(requestId, answer, { connection: 'close' });
}

function refusal(code: ProblemCode): { readonly answer: ProblemAnswer; readonly requestId: string } {
  const requestId = randomUUID();
  return { answer: problemAnswer({ code, detail: `${problemKinds[code].title}.` }, requestId), requestId };
}

function endWith(socket: Duplex, code: ProblemCode, more: Readonly<Record<string, string>> = {}): void {
  const { answer, requestId } = refusal(code);
  const { status, headers, body } = answer;
  const lines = {
    ...answerSecurity,
    ...headers,
    ...more,
    'cache-control': 'no-store',
    'x-request-id': requestId,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${code}\r\n${head.join('')}\r\n${body}`);
  const cut = setTimeout(() => socket.destroy(), refusalReadMaxMs).unref();
  socket.once('close', () => {
    clearTimeout(cut);
  });
}
