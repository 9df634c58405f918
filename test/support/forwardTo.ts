// A plain TCP forwarder, so that a test can let a real store appear and disappear at an address of its own.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Forwards connections on `port` to the host and port of `url`; port 0 takes a free one. */
export async function forwardTo(
  url: string,
  port = 0,
): Promise<{ port: number; close: () => Promise<void> }> {
  const { hostname, port: targetPort } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect(Number(targetPort), hostname);
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket);
      // One side's end is the other side's end.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        incoming.destroy();
        outgoing.destroy();
      });
    }
    incoming.pipe(outgoing);
    outgoing.pipe(incoming);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    port: address.port,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
