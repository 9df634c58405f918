// Keeps all streams of this process, and ends them. One timer looks at all of them each second: whether they
// may go on, whether their clients take what is sent, and whether their time is over.
import type { FeedCursors } from '../../feed/feedCursors.ts';
import type { FeedTail } from '../../feed/feedTail.ts';
import { ProblemError } from '../http/problems.ts';
import {
  createEventStream,
  type EventStream,
  type FirstEvents,
  type StreamEnd,
  type StreamReader,
  type StreamTimes,
} from './eventStream.ts';
import { createReaderPlaces, type EnterReader, type ReaderKind, type ReaderLimits } from './readerPlaces.ts';
import { createTurns, type Turns } from './turns.ts';

interface FeedWatch {
  readonly opened: (kind: ReaderKind) => void;
  readonly closed: (kind: ReaderKind) => void;
  readonly sent: (events: number) => void;
  readonly ended: (reason: StreamEnd) => void;
}

/** The feed as this process serves it. */
export interface ServedFeed extends ReaderLimits {
  readonly tail: FeedTail;
  readonly cursors: FeedCursors;
  readonly watch: FeedWatch;
  readonly streamTimes?: Partial<StreamTimes>;
}

interface EventStreamsDeps {
  readonly feed: ServedFeed;
  readonly monotonicMs: () => number;
  /** Hears why a stream failed. */
  readonly onFailure: (error: unknown) => void;
  /** Aborted when the process begins to stop. */
  readonly stopping: AbortSignal;
}

export interface EventStreams {
  readonly enter: EnterReader;
  /** Begins a stream on a place that was taken. */
  readonly open: (reader: StreamReader, first: FirstEvents, leave: () => void) => ReadableStream<Uint8Array>;
  readonly inTurn: Turns['inTurn'];
}

const timesDefault: StreamTimes = { heartbeatMs: 15_000, lifetimeMaxMs: 3_600_000, stalledMaxMs: 10_000 };
const sweepMs = 1_000;

export function createEventStreams(deps: EventStreamsDeps): EventStreams {
  const { feed, stopping } = deps;
  const times = { ...timesDefault, ...feed.streamTimes };
  const streams = new Set<EventStream>();
  const enter = createReaderPlaces(feed, feed.watch);
  let timer: NodeJS.Timeout | undefined;
  const sweep = () => {
    const isStale = feed.tail.standsStill();
    for (const stream of streams) {
      // A client that hears nothing would take it for quiet. It comes back and is told.
      if (isStale) stream.end('stale');
      void askAgain(stream, deps.onFailure);
      stream.sweep();
    }
  };
  stopping.addEventListener('abort', () => {
    for (const stream of streams) stream.end('stopping');
  });
  return {
    enter: (caller, kind) => {
      if (stopping.aborted)
        throw new ProblemError({ code: 'SHUTTING_DOWN', detail: 'This process is shutting down.' });
      if (feed.tail.standsStill())
        throw new ProblemError({
          code: 'FEED_UNAVAILABLE',
          detail: 'The end of the log can not be read now.',
        });
      return enter(caller, kind);
    },
    inTurn: createTurns().inTurn,
    open: (reader, first, leave) => {
      const stream = createEventStream(
        {
          times,
          monotonicMs: deps.monotonicMs,
          random: Math.random,
          onSent: feed.watch.sent,
          onOver: (reason, cause) => {
            streams.delete(stream);
            if (streams.size === 0) {
              clearInterval(timer);
              timer = undefined;
            }
            if (cause !== undefined) deps.onFailure(cause);
            feed.watch.ended(reason);
            leave();
          },
        },
        reader,
        first,
      );
      streams.add(stream);
      timer ??= setInterval(sweep, sweepMs);
      // The stop may have come while the first page was read.
      if (stopping.aborted) stream.end('stopping');
      return stream.body;
    },
  };
}

/** A key that was revoked, or lost its scope, ends the stream. A failure to ask does not. */
async function askAgain(stream: EventStream, onFailure: (error: unknown) => void): Promise<void> {
  try {
    const answer = stream.mayGoOn();
    if (!(typeof answer === 'boolean' ? answer : await answer)) stream.end('refused');
  } catch (error) {
    onFailure(error);
  }
}
