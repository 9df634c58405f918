// Hands plain requests to the direct way of the application, and all others to Hono. A request is plain if
// its body came with its head, and if its head has a plain host, each header once, no chunks and no Expect.
//
// Invariant: Hono gets a request before a byte of its body was read.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { DirectAnswer, DirectRoutes } from '../api/http/directRoutes.ts';
import { createWriteAnswer } from './writeAnswer.ts';

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

export interface DirectRequestDeps {
  readonly routes: DirectRoutes;
  readonly bodyBytesMax: number;
  /** Answers every other request. */
  readonly otherwise: Listener;
  /** Answers a request that made the application fail. */
  readonly refuse: () => Response;
  /** Told of an answer that could not be written, such as one with a header that HTTP can't carry. */
  readonly onFailure: (error: unknown) => void;
}

/** Hosts that stand in a URL as they are. Hono's adapter looks closer at others. */
const plainHost = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/;
const noBytes = new Uint8Array();

/**
 * The last request of a connection that waits for its body. Those after it must not overtake it. It is no
 * entry of a Map, whose tables would keep ended requests until the next full garbage collection.
 */
const lastWaiting = Symbol('last request that waits for its body');
type Connection = Socket & { [lastWaiting]?: IncomingMessage | undefined };

export function createDirectListener({
  routes,
  bodyBytesMax,
  otherwise,
  refuse,
  onFailure,
}: DirectRequestDeps): Listener {
  const write = createWriteAnswer(refuse);
  const serve = (incoming: IncomingMessage, outgoing: ServerResponse, answerTo: DirectAnswer | undefined) => {
    if (answerTo === undefined || !incoming.complete || incoming.destroyed) {
      otherwise(incoming, outgoing);
      return;
    }
    answerTo((incoming.read() as Uint8Array | null) ?? noBytes)
      .then(
        (response) => {
          write(incoming, outgoing, response);
        },
        () => {
          write(incoming, outgoing, refuse());
        },
      )
      .catch((error: unknown) => {
        // As Hono's adapter does: the client learns that it has no answer, and the others keep theirs.
        outgoing.destroy();
        onFailure(error);
      });
  };
  return (incoming, outgoing) => {
    const connection: Connection = incoming.socket;
    const answerTo = isPlain(incoming, bodyBytesMax) ? routes({ incoming, outgoing }) : undefined;
    if (answerTo === undefined && connection[lastWaiting] === undefined) {
      otherwise(incoming, outgoing);
      return;
    }
    connection[lastWaiting] = incoming;
    // By then Node.js has parsed all bytes that came with the head. In the next tick it may not have.
    setImmediate(() => {
      if (connection[lastWaiting] === incoming) connection[lastWaiting] = undefined;
      serve(incoming, outgoing, answerTo);
    });
  };
}

function isPlain({ headers, rawHeaders, httpVersion }: IncomingMessage, bodyBytesMax: number): boolean {
  const length = headers['content-length'];
  return (
    length !== undefined &&
    Number(length) <= bodyBytesMax &&
    headers['transfer-encoding'] === undefined &&
    headers.expect === undefined &&
    httpVersion === '1.1' &&
    plainHost.test(headers.host ?? '') &&
    // Node.js joins or drops a header that comes twice.
    Object.keys(headers).length * 2 === rawHeaders.length
  );
}
