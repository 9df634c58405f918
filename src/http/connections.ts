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
  /** The place of its latest request among those of all connections. */
  latestNumber: number;
  /** Answers that were not complete when a request was last counted, in the order of their requests. */
  readonly inHand: ServerResponse[];
  /** Requests beyond the limit, in their order. They came in one packet, so they are few. */
  readonly waiting: Waiting[];
}

interface Waiting {
  readonly outgoing: ServerResponse;
  readonly serve: () => void;
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
  const open = new Map<Duplex, Connection>();
  let requests = 0;
  return {
    opened: (socket) => {
      if (open.size >= connectionsMax) {
        const other = givingWay(open);
        (other ?? socket).destroy();
        if (other === undefined) return;
        open.delete(other);
      }
      open.set(socket, { latest: undefined, latestNumber: requests, inHand: [], waiting: [] });
      socket.once('close', () => open.delete(socket));
    },
    begun: (incoming, outgoing, serve) => {
      const { socket } = incoming;
      const connection = open.get(socket);
      if (connection === undefined) return;
      requests += 1;
      connection.latestNumber = requests;
      connection.latest = { incoming, outgoing };
      forgetAnswered(connection.inHand);
      if (connection.inHand.length < requestsInHandMax) {
        connection.inHand.push(outgoing);
        serve();
        return;
      }
      connection.waiting.push({ outgoing, serve });
      if (connection.waiting.length > 1) return;
      stopReading(socket);
      serveNextAfterAnswer(connection, socket);
    },
    latestOn: (socket) => open.get(socket)?.latest,
    oweAnswers: () =>
      open.values().some(({ latest }) => latest !== undefined && !latest.outgoing.writableFinished),
    destroyAll: () => {
      for (const socket of open.keys()) socket.destroy();
    },
  };
}

/** Answers of one connection end in their order. An answer is destroyed once it is complete. */
function forgetAnswered(inHand: ServerResponse[]): void {
  while (inHand[0]?.destroyed === true) inHand.shift();
}

/** Serves a waiting request once an earlier one is answered. Listens only while one waits, for speed. */
function serveNextAfterAnswer(connection: Connection, socket: Socket): void {
  const { inHand, waiting } = connection;
  inHand[0]?.once('close', () => {
    forgetAnswered(inHand);
    if (socket.destroyed) waiting.length = 0;
    const next = waiting.shift();
    if (next === undefined) return;
    inHand.push(next.outgoing);
    if (waiting.length > 0) serveNextAfterAnswer(connection, socket);
    else readOn(socket);
    next.serve();
  });
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
  let found: { readonly socket: Duplex; readonly rank: number; readonly number: number } | undefined;
  for (const [socket, { latest, latestNumber: number }] of open) {
    const rank = latest === undefined ? idleRank : rankOf(latest, socket);
    if (rank === undefined) continue;
    if (found === undefined || rank < found.rank || (rank === found.rank && number < found.number))
      found = { socket, rank, number };
  }
  return found?.socket;
}

const idleRank = 0;

/** Connections of a lower rank give way first. Undefined for a command. */
function rankOf({ incoming, outgoing }: Exchange, socket: Duplex): number | undefined {
  if (outgoing.writableFinished) return idleRank;
  if (!incoming.complete || socket.writableLength > 0) return 1;
  return incoming.method === 'GET' || incoming.method === 'HEAD' ? 2 : undefined;
}
