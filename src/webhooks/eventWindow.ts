// The events of one endpoint that were read and are not all done: which may be sent now, which wait for an
// earlier one of their wallet, and up to where everything is done. An alert is an event of its own. Pure.
//
// Invariant: of an ordered endpoint, one event of a wallet is under way at most, and it is the first that is
// open. Invariant: events of a parked wallet are passed over.
import type { FeedEvent } from '../feed/mapEvents.ts';

/** A slow receiver holds up no more memory than that, and the alerts of one event. */
const entriesMax = 100;

export interface Entry {
  readonly event: FeedEvent;
  state: 'waiting' | 'sending' | 'done';
}

export interface EventWindow {
  /** Events that may still be taken. */
  readonly room: () => number;
  /** The events that follow in the feed. */
  readonly take: (events: readonly FeedEvent[]) => void;
  /** The entries to send now, so that at most `limit` are under way. They count as sending from here on. */
  readonly next: (limit: number) => readonly Entry[];
  /** An entry that was not sent waits again. */
  readonly settle: (entry: Entry, isDone: boolean) => void;
  readonly park: (walletId: string) => void;
  readonly setParked: (walletIds: Iterable<string>) => void;
  /** The last position of an event of a parked wallet that was passed over; 0 if none was. */
  readonly skippedTo: () => bigint;
  /**
   * The position of the first event that is not done. Undefined if all are. An event is open as long as one
   * of its alerts is, because they have its position.
   */
  readonly firstOpen: () => bigint | undefined;
  readonly underWay: () => number;
}

export function createEventWindow(ordered: boolean, parkedAtFirst: readonly string[]): EventWindow {
  let entries: Entry[] = [];
  let underWay = 0;
  let skippedTo = 0n;
  let parked = new Set(parkedAtFirst);
  const busy = new Set<string>();

  /** Whether it may be sent now. An event of a parked wallet becomes done. */
  function isNext(entry: Entry): boolean {
    const { walletId, position } = entry.event;
    if (entry.state !== 'waiting' || (ordered && busy.has(walletId))) return false;
    if (!ordered || !parked.has(walletId)) return true;
    entry.state = 'done';
    // An event may be passed over after a later one of another wallet.
    if (position > skippedTo) skippedTo = position;
    return false;
  }

  function dropDone(): void {
    const first = entries.findIndex(({ state }) => state !== 'done');
    entries = first === -1 ? [] : entries.slice(first);
  }

  return {
    room: () => entriesMax - entries.length,
    take: (events) => {
      for (const event of events) entries.push({ event, state: 'waiting' });
    },
    next: (limit) => {
      const found: Entry[] = [];
      for (const entry of entries) {
        if (underWay >= limit) break;
        if (!isNext(entry)) continue;
        entry.state = 'sending';
        underWay += 1;
        busy.add(entry.event.walletId);
        found.push(entry);
      }
      dropDone();
      return found;
    },
    settle: (entry, isDone) => {
      underWay -= 1;
      busy.delete(entry.event.walletId);
      entry.state = isDone ? 'done' : 'waiting';
      dropDone();
    },
    park: (walletId) => {
      parked.add(walletId);
    },
    setParked: (walletIds) => {
      parked = new Set(walletIds);
    },
    skippedTo: () => skippedTo,
    firstOpen: () => entries[0]?.event.position,
    underWay: () => underWay,
  };
}
