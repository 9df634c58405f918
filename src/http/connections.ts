// Keeps the list of open connections of the HTTP server, with the latest exchange on each. Node.js has such a
// list, but it leaves out a connection that asked for a tunnel. It also counts a connection as idle as soon
// as the answer has ended. A slow reader may not have all of it by then.
//
// Invariant: no client keeps others out by doing nothing. At the limit an idle connection gives way to a new
// one, and a command never does. Requests of one connection are served a few at a time.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

interface Connection {
  latest: Exchange | undefined;
  /** Requests that are served and have no complete answer. */
  inHand: number;
  /** Requests beyond the limit, in their order. They came in one packet, so they are few. */
  readonly waiting: (() => void)[];
}

export interface Connections {
  /** Must be called for every connection. At the limit it closes one that does not work on a command. */
  readonly opened: (socket: Socket) => void;
  /** Must be called for every request that begins. Calls `serve` once the connection may have one more. */
  readonly begun: (incoming: IncomingMessage, outgoing: ServerResponse, serve: () => void) => void;
  /**
   * The latest exchange of that connection. It ends last, because answers keep the order of their requests.
   */
  readonly latestOn: (socket: Duplex) => Exchange | undefined;
  /** Whether some answer is not yet completely in the hands of the operating system. */
  readonly oweAnswers: () => boolean;
  readonly destroyAll: () => void;
}

/** Requests of one connection that are served at once. One client must not take many places of reads. */
const requestsInHandMax = 8;

export function createConnections(connectionsMax: number): Connections {
  /** In the order of their latest requests, so the first one that is idle is idle for the longest time. */
  const open = new Map<Duplex, Connection>();
  return {
    opened: (socket) => {
      if (open.size >= connectionsMax) {
        const other = givingWay(open);
        (other ?? socket).destroy();
        if (other === undefined) return;
        open.delete(other);
      }
      open.set(socket, { latest: undefined, inHand: 0, waiting: [] });
      socket.once('close', () => open.delete(socket));
    },
    begun: (incoming, outgoing, serve) => {
      const { socket } = incoming;
      const connection = open.get(socket);
      if (connection === undefined) return;
      connection.latest = { incoming, outgoing };
      open.delete(socket);
      open.set(socket, connection);
      outgoing.once('close', () => {
        connection.inHand -= 1;
        serveNext(connection, socket);
      });
      if (connection.inHand < requestsInHandMax) {
        connection.inHand += 1;
        serve();
        return;
      }
      if (connection.waiting.length === 0) stopReading(socket);
      connection.waiting.push(serve);
    },
    latestOn: (socket) => open.get(socket)?.latest,
    oweAnswers: () =>
      open.values().some(({ latest }) => latest !== undefined && !latest.outgoing.writableFinished),
    destroyAll: () => {
      for (const socket of open.keys()) socket.destroy();
    },
  };
}

function serveNext(connection: Connection, socket: Socket): void {
  if (socket.destroyed) connection.waiting.length = 0;
  const next = connection.waiting.shift();
  if (next === undefined) return;
  if (connection.waiting.length === 0) readOn(socket);
  connection.inHand += 1;
  next();
}

/** Only what has arrived is still parsed. Node.js would resume the socket after each answer. */
function stopReading(socket: Socket): void {
  socket.pause();
  socket.resume = () => socket;
}

function readOn(socket: Socket): void {
  Reflect.deleteProperty(socket, 'resume');
  // Node.js itself pauses a socket whose client does not read, and then resumes it.
  if ((socket as { readonly _paused?: boolean })._paused !== true) socket.resume();
}

/**
 * The connection that gives way to a new one. First the one that has been idle for the longest time, then one
 * whose client sends slowly or does not read, then the oldest read. A command never gives way.
 */
function givingWay(open: ReadonlyMap<Duplex, Connection>): Duplex | undefined {
  let slow: Duplex | undefined;
  let reading: Duplex | undefined;
  for (const [socket, { latest }] of open) {
    if (latest === undefined || latest.outgoing.writableFinished) return socket;
    const { complete, method } = latest.incoming;
    if (!complete || socket.writableLength > 0) slow ??= socket;
    else if (method === 'GET' || method === 'HEAD') reading ??= socket;
  }
  return slow ?? reading;
}
