// Receivers of webhooks in this process, each on a port of its own and so a host of its own for the worker.
// They do not verify signatures, because that would be work of another machine.
import type { ServerResponse } from 'node:http';
import { startWebhookReceiver } from '../../harness/feed/webhookReceiver.ts';

/** `silent` takes requests and never answers. */
type Answering = 'ok' | 'fails' | 'silent';

export interface Receivers {
  readonly urls: readonly string[];
  /** Changes how receiver number `at` answers. Requests that were left without an answer fail then. */
  readonly answer: (at: number, how: Answering) => void;
  readonly close: () => Promise<void>;
}

interface Receiver {
  readonly url: string;
  readonly close: () => Promise<void>;
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
          await receiver.close();
        }),
      );
    },
  };
}

async function startReceiver(take: (text: string) => void): Promise<Receiver> {
  const state = { how: 'ok' as Answering, held: new Set<ServerResponse>() };
  const { url, close } = await startWebhookReceiver(({ text }, response) => {
    if (state.how === 'silent') state.held.add(response);
    else if (state.how === 'fails') response.writeHead(500).end();
    else {
      take(text);
      response.writeHead(200).end('ok');
    }
  });
  return Object.assign(state, { url, close });
}
