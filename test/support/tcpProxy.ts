// A TCP proxy in front of one part, so that a test can take the part away and bring it back without touching the
// stack that other tests use at the same time.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Ends every connection and refuses new ones. */
  readonly cut: () => void;
  readonly restore: () => void;
  /** Connections that were ended or refused while the part was cut off. */
  readonly struck: () => number;
  readonly close: () => Promise<void>;
}

export async function startTcpProxy(targetHost: string, targetPort: number): Promise<TcpProxy> {
  const open = new Set<Socket>();
  let isCut = false;
  let struck = 0;

  const server = createServer((client) => {
    if (isCut) {
      struck += 1;
      client.destroy();
      return;
    }
    const target = connect(targetPort, targetHost);
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  return {
    port: address.port,
    cut: () => {
      isCut = true;
      struck += open.size / 2;
      for (const socket of open) socket.destroy();
    },
    restore: () => {
      isCut = false;
    },
    struck: () => struck,
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
