// A TCP proxy in front of the API that loses replies: now and then it lets a request through, waits until the API
// has answered, which is after the commit, and then ends the connection before, or in the middle of, the reply.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  readonly url: string;
  /** Replies that were cut before their first byte, and after some of them. */
  readonly cut: () => { readonly whole: number; readonly half: number };
  readonly close: () => Promise<void>;
}

/** Bytes of a reply that is cut in the middle: inside the status line, so that nobody can take it for one. */
const halfReplyBytes = 10;

/** Cuts the share `cutShare` (0 to 1) of the replies. Requests must not be pipelined: one reply, one command. */
export async function startCuttingProxy(targetUrl: string, cutShare: number): Promise<CuttingProxy> {
  const target = new URL(targetUrl);
  const open = new Set<Socket>();
  const cut = { whole: 0, half: 0 };

  const server = createServer((client) => {
    const api = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, api],
      [api, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    client.pipe(api);
    api.on('data', (reply) => {
      if (client.destroyed || client.writableEnded) return;
      if (Math.random() >= cutShare) {
        client.write(reply);
        return;
      }
      if (Math.random() < 0.5) {
        cut.whole += 1;
        client.destroy();
        return;
      }
      cut.half += 1;
      client.end(reply.subarray(0, halfReplyBytes), () => client.destroy());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut: () => ({ ...cut }),
    close: async () => {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}
