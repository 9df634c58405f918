// Keeps the readers that wait at the end of the log, by their filter. Readers with one filter are judged
// once, however many they are.
import { type FeedFilter, isWanted, namedWallets } from './feedFilter.ts';
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

/** Waiters with one filter. */
interface Group {
  readonly filter: FeedFilter;
  readonly waiters: Set<Waiter>;
}

export function createWaiters(): Waiters {
  const byFilter = new Map<string, Group>();
  /** Groups by the wallets that they name, so that an event is compared with few of them. */
  const byWallet = new Map<string, Set<Group>>();
  const ofAnyWallet = new Set<Group>();

  function groupOf({ filter, filterKey }: Waiter): Group {
    const found = byFilter.get(filterKey);
    if (found !== undefined) return found;
    const group: Group = { filter, waiters: new Set() };
    byFilter.set(filterKey, group);
    const wallets = namedWallets(filter);
    if (wallets === undefined) ofAnyWallet.add(group);
    for (const walletId of wallets ?? []) {
      const groups = byWallet.get(walletId) ?? new Set();
      byWallet.set(walletId, groups.add(group));
    }
    return group;
  }

  function forget(group: Group, filterKey: string): void {
    byFilter.delete(filterKey);
    ofAnyWallet.delete(group);
    for (const walletId of namedWallets(group.filter) ?? []) {
      const groups = byWallet.get(walletId);
      if (groups?.delete(group) === true && groups.size === 0) byWallet.delete(walletId);
    }
  }

  const remove = (waiter: Waiter) => {
    const group = byFilter.get(waiter.filterKey);
    if (group?.waiters.delete(waiter) === true && group.waiters.size === 0) forget(group, waiter.filterKey);
  };
  const wake = (waiter: Waiter) => {
    remove(waiter);
    waiter.wake();
  };

  function wantingAnyOf(events: readonly TailEvent[]): ReadonlySet<Group> {
    const wanting = new Set<Group>();
    const compare = (group: Group, event: TailEvent) => {
      if (!wanting.has(group) && isWanted(group.filter, event) !== false) wanting.add(group);
    };
    for (const event of events) {
      for (const group of byWallet.get(event.walletId) ?? []) compare(group, event);
      for (const group of ofAnyWallet) compare(group, event);
    }
    return wanting;
  }

  return {
    add: (waiter) => {
      groupOf(waiter).waiters.add(waiter);
      return () => {
        remove(waiter);
      };
    },
    tell: (events, position) => {
      const wanting = wantingAnyOf(events);
      for (const group of [...byFilter.values()]) {
        const isWoken = wanting.has(group);
        for (const waiter of [...group.waiters]) {
          if (isWoken) wake(waiter);
          else if (waiter.at < position) waiter.at = position;
        }
      }
    },
    wakeElsewhere: (position) => {
      for (const { waiters } of [...byFilter.values()])
        for (const waiter of [...waiters]) if (waiter.at !== position) wake(waiter);
    },
  };
}
