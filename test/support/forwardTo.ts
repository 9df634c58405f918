// A plain TCP forwarder, so that a test can let a real store appear and disappear at an address of its own.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Forwarding {
  readonly port: number;
  readonly close: () => Promise<void>;
  /** Connections that are open from the clients' side. */
  readonly connections: () => number;
  /** From now on nothing passes in either direction, not even a connection's end, until `release`. */
  readonly hold: () => void;
  readonly release: () => void;
}

/** Forwards connections on `port` to the host and port of `url`; port 0 takes a free one. */
export async function forwardTo(url: string, port = 0): Promise<Forwarding> {
  const { hostname, port: targetPort } = new URL(url);
  /** Each client's socket with the one to the target. */
  const pairs = new Map<Socket, Socket>();
  let isHeld = false;
  const join = (incoming: Socket, outgoing: Socket) => {
    incoming.pipe(outgoing);
    outgoing.pipe(incoming);
  };
  const server = createServer((incoming) => {
    const outgoing = connect(Number(targetPort), hostname);
    pairs.set(incoming, outgoing);
    for (const socket of [incoming, outgoing]) {
      // One side's end is the other side's end.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        pairs.delete(incoming);
        incoming.destroy();
        outgoing.destroy();
      });
    }
    if (!isHeld) join(incoming, outgoing);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    port: address.port,
    connections: () => pairs.size,
    hold: () => {
      isHeld = true;
      for (const socket of [...pairs].flat()) socket.unpipe().pause();
    },
    release: () => {
      isHeld = false;
      for (const [incoming, outgoing] of pairs) join(incoming, outgoing);
    },
    close: async () => {
      server.close();
      for (const socket of [...pairs].flat()) socket.destroy();
      await once(server, 'close');
    },
  };
}
