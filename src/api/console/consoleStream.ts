// Sends the console's snapshots as server-sent events. A page opens the stream, and it lives until the page
// leaves or the process stops.
import type { ConsoleFeed } from './consoleFeed.ts';
import type { ConsoleHello, ConsoleSettings } from './consoleSnapshot.ts';
import { ProblemError } from '../http/problems.ts';
import { eventStreamHeaders } from '../http/respond.ts';

/** A comment at this interval keeps proxies from closing a quiet stream. */
const heartbeatMs = 10_000;
/**
 * Events that may wait for a slow reader. It misses those above this number, and each snapshot is complete
 * alone.
 */
const eventsWaitingMax = 8;

/** A sign-out and a revoked key end the stream within this time. */
const askedAgainMs = 1_000;

/** Open pages of earlier releases listen to this name, too. */
const snapshotEvent = 'look';

interface StreamReader {
  readonly requestId: string;
  readonly address: string;
  /** Whether the reader may still see the snapshots. It is asked once a second. */
  readonly isAllowed: () => Promise<boolean>;
}

export function streamSnapshots(
  feed: ConsoleFeed,
  settings: ConsoleSettings,
  { requestId, address, isAllowed }: StreamReader,
): Response {
  if (!feed.isOpen()) throw new ProblemError({ code: 'TOO_MANY_READS', detail: 'This process stops.' });
  let leave: (() => void) | undefined;
  const body = new ReadableStream<string>(
    {
      start(controller) {
        const send = (text: string) => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(text);
        };
        const heartbeat = setInterval(() => {
          send(': heartbeat\n\n');
        }, heartbeatMs);
        let isOver = false;
        const stop = () => {
          isOver = true;
          clearInterval(heartbeat);
          clearInterval(check);
        };
        /** An answer may come after the stream is over. Then there is nothing left to end. */
        const endWith = (end: () => void) => {
          if (isOver) return;
          leave?.();
          end();
        };
        const check = setInterval(() => {
          void isAllowed().then(
            (allowed) => {
              if (allowed) return;
              endWith(() => {
                send(eventText('signed-out', {}));
                controller.close();
              });
            },
            (error: unknown) => {
              endWith(() => {
                controller.error(error);
              });
            },
          );
        }, askedAgainMs);
        const unwatch = feed.watch({
          address,
          onSnapshot: (snapshot) => {
            send(eventText(snapshotEvent, snapshot));
          },
          onEnd: (reason) => {
            stop();
            if (reason === 'replaced') send(eventText('replaced', {}));
            controller.close();
          },
        });
        leave = () => {
          stop();
          unwatch();
        };
        send(eventText('hello', { settings, samples: feed.samples() } satisfies ConsoleHello));
      },
      cancel() {
        leave?.();
      },
    },
    { highWaterMark: eventsWaitingMax },
  );
  return new Response(body.pipeThrough(new TextEncoderStream()), {
    headers: eventStreamHeaders(requestId),
  });
}

function eventText(event: string, value: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`;
}
