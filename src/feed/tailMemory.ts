// Keeps the last events of the log in memory, for all readers of this process, and finds those that a reader
// asked for.
//
// Invariant: it holds every event between its oldest one and its position. A reader elsewhere reads pages. So
// nothing is kept for a single reader, however slow it is.
import type { WalletFacts } from '../eventStore/read/readFeedEvents.ts';
import { type FeedFilter, isWanted } from './feedFilter.ts';
import { type MappedEvent, wholePositions } from './mapEvents.ts';

/** Without facts its wallet was not looked up. */
type KnownEvent = MappedEvent & { readonly facts: WalletFacts | undefined };

/** No reader asked for events of its wallet when it came, so it was not mapped. A page maps it. */
interface UnaskedEvent {
  readonly position: bigint;
  readonly walletId: string;
  readonly type: undefined;
  readonly facts: undefined;
}

export type TailEvent = KnownEvent | UnaskedEvent;

type TailRead =
  /** The wanted events. Up to `endsAt` there is no other one. */
  | {
      readonly kind: 'events';
      readonly events: readonly KnownEvent[];
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
  /** The wanted events after this position, as many as `wholePositions` gives. */
  readonly read: (filter: FeedFilter, after: bigint, limit: number) => TailRead;
}

/** About 12 MB. It is more than one pass adds, even if each event of the pass crosses ten rules. */
const keptMax = 8_192;
/** So many more may be there before the oldest are dropped, because that copies all others. */
const surplusMax = 512;

const behind: TailRead = { kind: 'behind' };
const ahead: TailRead = { kind: 'ahead' };

export function createTailMemory(): TailMemory {
  let kept: TailEvent[] = [];
  let position: bigint | undefined;
  return {
    position: () => position,
    startAt: (head) => {
      kept = [];
      position = head;
    },
    add: (events) => {
      for (const event of events) kept.push(event);
      if (kept.length > keptMax + surplusMax) kept = newestOf(kept);
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
      return wantedOf(kept.slice(countUpTo(kept, after)), filter, limit, position);
    },
  };
}

/** The newest events that are kept. The oldest position among them is whole. */
function newestOf(events: readonly TailEvent[]): TailEvent[] {
  let from = Math.max(0, events.length - keptMax);
  while (from > 0 && events[from]?.position === events[from - 1]?.position) from += 1;
  return events.slice(from);
}

/** How many of the events lie at this position or before it. They are in order: a binary search finds it. */
function countUpTo(events: readonly TailEvent[], position: bigint): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.position ?? 0n) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `position` is that of the last of these events. */
function wantedOf(
  events: readonly TailEvent[],
  filter: FeedFilter,
  limit: number,
  position: bigint,
): TailRead {
  const found: KnownEvent[] = [];
  let endsAt = position;
  for (const event of events) {
    const last = found.at(-1)?.position;
    if (found.length >= limit && event.position !== last) {
      endsAt = last ?? endsAt;
      break;
    }
    const wanted = isWanted(filter, event);
    if (wanted === undefined) {
      if (found.length === 0) return behind;
      // The reader goes on with a page from there.
      endsAt = event.position - 1n;
      break;
    }
    if (wanted && event.type !== undefined) found.push(event);
  }
  const whole = wholePositions(found, limit);
  const isAll = whole.length === found.length;
  return eventsUpTo(whole, isAll ? endsAt : (whole.at(-1)?.position ?? endsAt), position);
}

function eventsUpTo(events: readonly KnownEvent[], endsAt: bigint, position: bigint): TailRead {
  return { kind: 'events', events, endsAt, hasMore: endsAt < position };
}
