// Keeps the last events of the log in memory, for all readers of this process, and finds those that a reader
// asked for.
//
// Invariant: it holds every event between its oldest one and its position. A reader elsewhere reads pages. So
// nothing is kept for a single reader, however slow it is.
import type { WalletFacts } from '../eventStore/read/readFeedEvents.ts';
import { type FeedFilter, isWanted } from './feedFilter.ts';
import type { MappedEvent } from './mapEvents.ts';

/** Without facts its wallet was not looked up. */
export type TailEvent = MappedEvent & { readonly facts: WalletFacts | undefined };

type TailRead =
  /** The wanted events. Up to `endsAt` there is no other one. */
  | {
      readonly kind: 'events';
      readonly events: readonly TailEvent[];
      readonly endsAt: bigint;
      /** Whether the memory goes on after it. */
      readonly hasMore: boolean;
    }
  /** The memory does not know what comes next, because it begins later. A page does. */
  | { readonly kind: 'behind' }
  /** The reader knows more than the memory. A page tells whether the log has what the reader knows. */
  | { readonly kind: 'ahead' };

export interface TailMemory {
  /** Undefined until the end of the log is known. */
  readonly position: () => bigint | undefined;
  readonly startAt: (head: bigint) => void;
  /** The events that follow the position directly. */
  readonly add: (events: readonly TailEvent[]) => void;
  readonly forget: () => void;
  /** At most `limit` wanted events after this position. */
  readonly read: (filter: FeedFilter, after: bigint, limit: number) => TailRead;
}

/** About 3 MB. */
const keptMax = 2_048;

const behind: TailRead = { kind: 'behind' };
const ahead: TailRead = { kind: 'ahead' };

export function createTailMemory(): TailMemory {
  let kept: readonly TailEvent[] = [];
  let position: bigint | undefined;
  return {
    position: () => position,
    startAt: (head) => {
      kept = [];
      position = head;
    },
    add: (events) => {
      kept = [...kept, ...events].slice(-keptMax);
      position = kept.at(-1)?.position ?? position;
    },
    forget: () => {
      kept = [];
      position = undefined;
    },
    read: (filter, after, limit) => {
      if (position === undefined) return behind;
      if (after > position) return ahead;
      if (after === position) return eventsUpTo([], after, position);
      const oldest = kept[0]?.position;
      if (oldest === undefined || after < oldest - 1n) return behind;
      return wantedOf(kept.slice(Number(after - oldest) + 1), filter, limit, position);
    },
  };
}

/** `position` is that of the last of these events. */
function wantedOf(
  events: readonly TailEvent[],
  filter: FeedFilter,
  limit: number,
  position: bigint,
): TailRead {
  const found: TailEvent[] = [];
  for (const event of events) {
    const wanted = isWanted(filter, event);
    // The reader goes on with a page from there.
    if (wanted === undefined)
      return found.length === 0 ? behind : eventsUpTo(found, event.position - 1n, position);
    if (!wanted) continue;
    found.push(event);
    if (found.length === limit) return eventsUpTo(found, event.position, position);
  }
  return eventsUpTo(found, position, position);
}

function eventsUpTo(events: readonly TailEvent[], endsAt: bigint, position: bigint): TailRead {
  return { kind: 'events', events, endsAt, hasMore: endsAt < position };
}
