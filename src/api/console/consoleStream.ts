// The console's looks as server-sent events.
import { type ConsoleFeed, watchersMax } from './consoleFeed.ts';
import type { ConsoleHello, ConsoleSettings } from './consoleSnapshot.ts';
import { ProblemError } from '../http/problems.ts';

/** A comment now and then keeps proxies from closing a stream in which nothing happens. */
const heartbeatMs = 10_000;
/** Events that a slow reader may leave waiting; past them it misses looks, each of which is whole by itself. */
const eventsWaitingMax = 8;

export function streamSnapshots(feed: ConsoleFeed, settings: ConsoleSettings, requestId: string): Response {
  if (!feed.hasRoom()) {
    throw new ProblemError({
      code: 'TOO_MANY_READS',
      detail: `This process stops, or feeds ${watchersMax} consoles already.`,
    });
  }
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
        const unwatch = feed.watch({
          onSnapshot: (look) => {
            send(eventText('look', look));
          },
          onEnd: () => {
            clearInterval(heartbeat);
            controller.close();
          },
        });
        leave = () => {
          clearInterval(heartbeat);
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
    headers: streamHeaders(requestId),
  });
}

export function streamHeaders(requestId: string): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Proxies that gather answers before they pass them on leave this one alone.
    'x-accel-buffering': 'no',
    'x-request-id': requestId,
  };
}

function eventText(event: string, value: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`;
}
