// The open connections of the HTTP server and the latest exchange on each. Node's own list leaves out a connection that
// asked for a tunnel, and takes one for idle whose answer has ended but is still on its way to a slow reader.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

export interface Connections {
  /** To be told of every connection. */
  readonly opened: (socket: Duplex) => void;
  /** To be told of every request that begins. */
  readonly begun: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  /** The latest of that connection; it ends behind all before it, because answers keep the order of their requests. */
  readonly latestOn: (socket: Duplex) => Exchange | undefined;
  /** Whether some answer has not been handed to the operating system whole. */
  readonly oweAnswers: () => boolean;
  readonly destroyAll: () => void;
}

export function createConnections(): Connections {
  const exchanges = new Map<Duplex, Exchange | undefined>();
  return {
    opened: (socket) => {
      exchanges.set(socket, undefined);
      socket.once('close', () => exchanges.delete(socket));
    },
    begun: (incoming, outgoing) => {
      if (exchanges.has(incoming.socket)) exchanges.set(incoming.socket, { incoming, outgoing });
    },
    latestOn: (socket) => exchanges.get(socket),
    oweAnswers: () =>
      exchanges.values().some((exchange) => exchange !== undefined && !exchange.outgoing.writableFinished),
    destroyAll: () => {
      for (const socket of exchanges.keys()) socket.destroy();
    },
  };
}
