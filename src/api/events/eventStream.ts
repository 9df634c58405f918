// Writes one stream of server-sent events. It makes the next piece when the client has taken the one before.
//
// Invariant: at most one piece is under way to a client. A client that does not take it is cut off, and finds
// everything again after its last cursor.
import type { CursorsOfFilter } from '../../feed/feedCursors.ts';
import type { Follower } from '../../feed/follower.ts';
import type { FeedEvent } from '../../feed/mapEvents.ts';

/** Why a stream is over. */
export const streamEnds = ['left', 'expired', 'slow', 'refused', 'stopping', 'stale', 'failed'] as const;
export type StreamEnd = (typeof streamEnds)[number];

export interface StreamTimes {
  /** A comment at this interval keeps proxies from closing a quiet stream. */
  readonly heartbeatMs: number;
  /** A stream lives this long at most. Its client comes again, perhaps to another process. */
  readonly lifetimeMaxMs: number;
  /** A client that takes nothing for this long is cut off. */
  readonly stalledMaxMs: number;
}

export interface StreamReader {
  readonly follower: Follower;
  readonly cursors: CursorsOfFilter;
  /** Whether the reader may still see the events. */
  readonly mayGoOn: () => boolean | Promise<boolean>;
  /** Ends the connection, whatever is under way on it. False if there is none. */
  readonly cut: () => boolean;
}

export interface StreamDeps {
  readonly times: StreamTimes;
  readonly monotonicMs: () => number;
  readonly random: () => number;
  readonly onSent: (events: number) => void;
  /** Called once. `cause` is there for a failure. */
  readonly onOver: (reason: StreamEnd, cause?: unknown) => void;
}

export interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Looks at the clock. Must be called about once a second. */
  readonly sweep: () => void;
  /** The piece that is under way becomes the last one. */
  readonly end: (reason: StreamEnd) => void;
  readonly mayGoOn: StreamReader['mayGoOn'];
}

/** Events that were read before the stream began, after this cursor. */
export interface FirstEvents {
  readonly cursor: string;
  readonly events: readonly FeedEvent[];
}

/** The events of one piece at most, about 35 kB. */
export const pieceEventsMax = 50;
/** The share of the longest life that each stream gets. The rest is chance, so streams don't end together. */
const lifetimeShareMin = 0.9;
const retryMs = 2_000;

export function createEventStream(deps: StreamDeps, reader: StreamReader, first: FirstEvents): EventStream {
  const { times, monotonicMs, onOver } = deps;
  const { mayGoOn, cut } = reader;
  const lifetimeMs = times.lifetimeMaxMs * (lifetimeShareMin + (1 - lifetimeShareMin) * deps.random());
  const endsAt = monotonicMs() + lifetimeMs;
  const pieces = createPieces(deps, reader, first);
  let isOver = false;
  /** When the piece under way was handed over. The client's turn comes first. */
  let handedAt: number | undefined = monotonicMs();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  const finish = (reason: StreamEnd, cause?: unknown) => {
    if (isOver) return;
    isOver = true;
    pieces.end(reason);
    onOver(reason, cause);
  };

  async function pull(given: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    handedAt = undefined;
    try {
      const text = await pieces.next();
      if (isOver) return;
      if (typeof text === 'string') {
        given.enqueue(Buffer.from(text));
        handedAt = monotonicMs();
        return;
      }
      given.close();
      finish(text.end);
    } catch (error) {
      // The client left, and the stream is closed already.
      if (isOver) return;
      // Every piece is whole, so the client finds the rest after its last cursor.
      given.close();
      finish('failed', error);
    }
  }

  const source: UnderlyingDefaultSource<Uint8Array> = {
    start: (given) => {
      controller = given;
    },
    pull,
    cancel: () => {
      finish('left');
    },
  };
  return {
    // A piece that nobody has asked for is not made.
    body: new ReadableStream(source, { highWaterMark: 0 }),
    mayGoOn,
    sweep: () => {
      const now = monotonicMs();
      if (handedAt !== undefined && now - handedAt > times.stalledMaxMs) {
        if (!cut()) controller?.error(new Error('the client takes nothing'));
        finish('slow');
      } else if (now >= endsAt) pieces.end('expired');
      else pieces.beatIfDue();
    },
    end: pieces.end,
  };
}

/** The pieces of a stream in their order. */
function createPieces(
  { times, monotonicMs, onSent }: StreamDeps,
  { follower, cursors }: StreamReader,
  first: FirstEvents,
) {
  let ending: StreamEnd | undefined;
  let toldAt = follower.at();
  let madeAt = monotonicMs();

  const textOf = (events: readonly FeedEvent[]) => {
    onSent(events.length);
    return events.map(({ text }, at) => `${idOf(events, at)}data: ${text}\n\n`).join('');
  };
  /**
   * An event with alerts has none, and its last alert has it. A client that loses its connection in between
   * comes back with the cursor before, and gets all of them again.
   */
  const idOf = (events: readonly FeedEvent[], at: number) => {
    const position = events[at]?.position;
    const isLast = position !== undefined && position !== events[at + 1]?.position;
    return isLast ? `id: ${cursors.write(position)}\n` : '';
  };
  const isBeatDue = () => monotonicMs() - madeAt >= times.heartbeatMs;
  /** An id without data moves Last-Event-ID on, and is no event. */
  const beat = () => (follower.at() === toldAt ? ': \n\n' : `: \nid: ${cursors.write(follower.at())}\n\n`);
  let begin: string | undefined = `retry: ${retryMs}\nid: ${first.cursor}\n\n${textOf(first.events)}`;

  async function make(): Promise<string | { readonly end: StreamEnd }> {
    if (begin !== undefined) return begin;
    while (ending === undefined) {
      const events = await follower.next(pieceEventsMax);
      if (events.length > 0) return textOf(events);
      if (isBeatDue()) return beat();
    }
    return { end: ending };
  }

  return {
    next: async () => {
      const piece = await make();
      begin = undefined;
      toldAt = follower.at();
      madeAt = monotonicMs();
      return piece;
    },
    beatIfDue: () => {
      if (ending !== undefined || isBeatDue()) follower.interrupt();
    },
    end: (reason: StreamEnd) => {
      ending ??= reason;
      follower.interrupt();
    },
  };
}
