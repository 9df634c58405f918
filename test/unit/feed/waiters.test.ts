import { expect, it } from 'vitest';
import { type FeedFilter, filterKeyOf } from '../../../src/feed/feedFilter.ts';
import type { TailEvent } from '../../../src/feed/tailMemory.ts';
import { createWaiters } from '../../../src/feed/waiters.ts';

const any: FeedFilter = {
  ...{ tenant: '', types: undefined, walletId: undefined, ownerId: undefined, label: undefined },
};

/** Waiters at position 1, one for each filter. `woken` counts how often each was woken. */
function waitersFor(filters: Readonly<Record<string, FeedFilter>>) {
  const waiters = createWaiters();
  const woken: string[] = [];
  const added = Object.entries(filters).map(([name, filter]) => {
    const waiter = { filter, filterKey: filterKeyOf(filter), at: 1n, wake: () => woken.push(name) };
    return { waiter, end: waiters.add(waiter) };
  });
  return { waiters, woken, added };
}

const event = (position: bigint, walletId: string, type = 'WalletCredited'): TailEvent => ({
  ...{ position, walletId, version: 1, alertNumber: 0, type, occurredAt: new Date(0) },
  ...{ text: '', facts: { ownerId: 'o', labels: ['vip'] } },
});

const filters = {
  any,
  a: { ...any, walletId: 'a' },
  'a or b': { ...any, walletIds: ['a', 'b'] },
  'debits of a': { ...any, walletId: 'a', types: ['WalletDebited'] },
  owner: { ...any, ownerId: 'other' },
  tenant: { ...any, tenant: 'acme' },
} as const satisfies Record<string, FeedFilter>;

it('wakes those that may want one of the events, once, and moves the others on', () => {
  const { waiters, woken, added } = waitersFor(filters);
  waiters.tell([event(2n, 'c'), event(3n, 'b')], 3n);
  expect(woken).toEqual(['any', 'a or b']);
  expect(added.map(({ waiter }) => waiter.at)).toEqual([1n, 3n, 1n, 3n, 3n, 3n]);
  waiters.tell([event(4n, 'a'), event(5n, 'a')], 5n);
  expect(woken).toEqual(['any', 'a or b', 'a']);
  // The type and the owner of this one are not known.
  waiters.tell([{ position: 6n, walletId: 'a', type: undefined, facts: undefined }], 6n);
  expect(woken).toEqual(['any', 'a or b', 'a', 'debits of a', 'owner']);
});

it('a waiter whose wait ended is not woken, and another one with its filter is', () => {
  const { waiters, woken, added } = waitersFor({ a: filters.a, b: filters.a });
  added[0]?.end();
  waiters.tell([event(2n, 'a')], 2n);
  expect(woken).toEqual(['b']);
  waiters.tell([event(3n, 'a')], 3n);
  expect(woken).toEqual(['b']);
});

it('wakes all that wait at another position', () => {
  const { waiters, woken } = waitersFor(filters);
  waiters.wakeElsewhere(1n);
  expect(woken).toEqual([]);
  waiters.wakeElsewhere(2n);
  expect(woken).toHaveLength(Object.keys(filters).length);
});
