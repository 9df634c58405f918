// Keeps the list of open connections of the HTTP server, with the latest exchange on each. Node.js has such a
// list, but it leaves out a connection that asked for a tunnel. It also counts a connection as idle as soon
// as the answer has ended. A slow reader may not have all of it by then.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

export interface Connections {
  /** Must be called for every connection. */
  readonly opened: (socket: Duplex) => void;
  /** Must be called for every request that begins. */
  readonly begun: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  /**
   * The latest exchange of that connection. It ends last, because answers keep the order of their requests.
   */
  readonly latestOn: (socket: Duplex) => Exchange | undefined;
  /** Whether some answer is not yet completely in the hands of the operating system. */
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
