// Keeps the readers that wait at the end of the log, by their filter. Readers with one filter are judged
// once, however many they are.
import { type FeedFilter, isWanted } from './feedFilter.ts';
import type { TailEvent } from './tailMemory.ts';

export interface Waiter {
  readonly filter: FeedFilter;
  /** Equal for waiters with equal filters. */
  readonly filterKey: string;
  /** The reader knows everything up to here. It rises while nothing is wanted. */
  at: bigint;
  /** Called once, as soon as there may be more for the reader. */
  readonly wake: () => void;
}

export interface Waiters {
  /** Returns the function that ends the wait. */
  readonly add: (waiter: Waiter) => () => void;
  /** `events` are all since the call before. The last one has this position. */
  readonly tell: (events: readonly TailEvent[], position: bigint) => void;
  /** Wakes the waiters at any other position. Each has to ask a page where it stands. */
  readonly wakeElsewhere: (position: bigint) => void;
}

export function createWaiters(): Waiters {
  const byFilter = new Map<string, Set<Waiter>>();
  const remove = (waiter: Waiter) => {
    const group = byFilter.get(waiter.filterKey);
    if (group?.delete(waiter) === true && group.size === 0) byFilter.delete(waiter.filterKey);
  };
  const wake = (waiter: Waiter) => {
    remove(waiter);
    waiter.wake();
  };
  return {
    add: (waiter) => {
      const group = byFilter.get(waiter.filterKey) ?? new Set();
      byFilter.set(waiter.filterKey, group.add(waiter));
      return () => {
        remove(waiter);
      };
    },
    tell: (events, position) => {
      for (const group of [...byFilter.values()]) {
        const [one] = group;
        const isAny = events.some((event) => one === undefined || isWanted(one.filter, event) !== false);
        for (const waiter of [...group]) {
          if (isAny) wake(waiter);
          else if (waiter.at < position) waiter.at = position;
        }
      }
    },
    wakeElsewhere: (position) => {
      for (const group of [...byFilter.values()])
        for (const waiter of [...group]) if (waiter.at !== position) wake(waiter);
    },
  };
}
