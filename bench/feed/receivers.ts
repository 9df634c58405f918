// Receivers of webhooks in this process, each on a port of its own and so a host of its own for the worker.
// They do not verify signatures, because that would be work of another machine.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `silent` takes requests and never answers. */
type Answering = 'ok' | 'fails' | 'silent';

export interface Receivers {
  readonly urls: readonly string[];
  /** Changes how receiver number `at` answers. Requests that were left without an answer fail then. */
  readonly answer: (at: number, how: Answering) => void;
  readonly close: () => Promise<void>;
}

interface Receiver {
  readonly server: Server;
  readonly url: string;
  how: Answering;
  readonly held: Set<ServerResponse>;
}

/** `take` gets the events that are answered with success. */
export async function startReceivers(count: number, take: (text: string) => void): Promise<Receivers> {
  const receivers: Receiver[] = [];
  while (receivers.length < count) receivers.push(await startReceiver(take));
  const letGo = ({ held }: Receiver) => {
    for (const response of held) response.destroy();
    held.clear();
  };
  return {
    urls: receivers.map(({ url }) => url),
    answer: (at, how) => {
      const receiver = receivers[at];
      if (receiver === undefined) throw new Error(`there is no receiver ${at}`);
      receiver.how = how;
      letGo(receiver);
    },
    close: async () => {
      await Promise.all(
        receivers.map(async (receiver) => {
          letGo(receiver);
          const closed = once(receiver.server, 'close');
          receiver.server.close();
          receiver.server.closeAllConnections();
          await closed;
        }),
      );
    },
  };
}

async function startReceiver(take: (text: string) => void): Promise<Receiver> {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('error', () => request.destroy());
    request.on('end', () => {
      if (receiver.how === 'silent') receiver.held.add(response);
      else if (receiver.how === 'fails') response.writeHead(500).end();
      else {
        take(text);
        response.writeHead(200).end('ok');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const receiver: Receiver = { server, url, how: 'ok', held: new Set() };
  return receiver;
}
