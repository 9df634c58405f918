// All streams of this process: how many there are, of whom, and when they end. One timer looks at all of
// them.
//
// Invariant: a caller's streams and waiting requests have a bound, and so have those of the process. So no
// reader keeps others out.
import type { FeedCursors } from '../../feed/feedCursors.ts';
import type { FeedTail } from '../../feed/feedTail.ts';
import type { FeedPage } from '../../feed/readFeed.ts';
import { ProblemError } from '../http/problems.ts';
import {
  createEventStream,
  type EventStream,
  type FirstEvents,
  type StreamEnd,
  type StreamReader,
  type StreamTimes,
} from './eventStream.ts';

export const readerKinds = ['stream', 'wait'] as const;
type ReaderKind = (typeof readerKinds)[number];

interface FeedWatch {
  readonly opened: (kind: ReaderKind) => void;
  readonly closed: (kind: ReaderKind) => void;
  readonly sent: (events: number) => void;
  readonly ended: (reason: StreamEnd) => void;
}

/** The feed as this process serves it. */
export interface ServedFeed {
  readonly tail: FeedTail;
  readonly cursors: FeedCursors;
  readonly watch: FeedWatch;
  readonly readersMax: number;
  readonly readersPerCallerMax: number;
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
  /** Takes a place for a reader. Returns the function that gives it back. Throws if there is none left. */
  readonly enter: (actor: string, kind: ReaderKind) => () => void;
  /** Begins a stream on a place that was taken. */
  readonly open: (reader: StreamReader, first: FirstEvents, leave: () => void) => ReadableStream<Uint8Array>;
  /** Runs the read of a page for a stream. Only a few run at once. */
  readonly inTurn: (read: () => Promise<FeedPage>) => Promise<FeedPage>;
}

const timesDefault: StreamTimes = { heartbeatMs: 15_000, lifetimeMaxMs: 3_600_000, stalledMaxMs: 10_000 };
const sweepMs = 1_000;
/** Pages that streams read at once. The other connections of the pool are for requests. */
const pagesAtOnceMax = 3;

export function createEventStreams(deps: EventStreamsDeps): EventStreams {
  const { feed, stopping } = deps;
  const times = { ...timesDefault, ...feed.streamTimes };
  const streams = new Set<EventStream>();
  let timer: NodeJS.Timeout | undefined;
  const sweep = () => {
    for (const stream of streams) {
      void askAgain(stream, deps.onFailure);
      stream.sweep();
    }
  };
  stopping.addEventListener('abort', () => {
    for (const stream of streams) stream.end('stopping');
  });
  return {
    enter: createPlaces(deps),
    inTurn: createTurns(pagesAtOnceMax),
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

function createPlaces({ feed, stopping }: EventStreamsDeps): EventStreams['enter'] {
  const { readersMax, readersPerCallerMax, watch } = feed;
  const byActor = new Map<string, number>();
  let all = 0;
  return (actor, kind) => {
    if (stopping.aborted)
      throw new ProblemError({ code: 'SHUTTING_DOWN', detail: 'This process is shutting down.' });
    const own = byActor.get(actor) ?? 0;
    if (own >= readersPerCallerMax || all >= readersMax) {
      const whose = own >= readersPerCallerMax ? `A caller may have ${own}` : `This process has ${all}`;
      const detail = `${whose} streams and waiting requests at once.`;
      throw new ProblemError({ code: 'TOO_MANY_STREAMS', detail });
    }
    byActor.set(actor, own + 1);
    all += 1;
    watch.opened(kind);
    let isLeft = false;
    return () => {
      if (isLeft) return;
      isLeft = true;
      all -= 1;
      const left = (byActor.get(actor) ?? 1) - 1;
      if (left === 0) byActor.delete(actor);
      else byActor.set(actor, left);
      watch.closed(kind);
    };
  };
}

/** At most `max` run at once. The others wait in their order. */
function createTurns(max: number): EventStreams['inTurn'] {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (read) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await read();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
