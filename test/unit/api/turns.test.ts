// The turns in which readers of the feed read their pages.
import { expect, it, onTestFinished, vi } from 'vitest';
import { createTurns } from '../../../src/api/events/turns.ts';
import type { FeedPage } from '../../../src/feed/readFeed.ts';
import { eventually } from '../../support/eventually.ts';

const page = (hasMore: boolean): FeedPage => ({ events: [], endsAt: 1n, hasMore, unreadable: undefined });

/** Reads that last until they are told to end. They are in the order in which they began. */
function createReads(inTurn: ReturnType<typeof createTurns>['inTurn']) {
  const begun: { readonly caller: string; readonly end: (hasMore?: boolean) => void }[] = [];
  const ask = (caller: string) => {
    const { promise, resolve } = Promise.withResolvers<FeedPage>();
    const end = (hasMore = false) => {
      resolve(page(hasMore));
    };
    return inTurn(caller, () => {
      begun.push({ caller, end });
      return promise;
    });
  };
  return { begun, ask, callers: () => begun.map(({ caller }) => caller) };
}

it('a caller reads one page at once, and holds nobody up with many', async () => {
  const { begun, ask, callers } = createReads(createTurns().inTurn);
  const pages = [...Array.from({ length: 100 }, () => ask('greedy')), ask('one'), ask('other')];
  await eventually(() => begun.length === 3);
  expect(callers()).toEqual(['greedy', 'one', 'other']);
  for (let at = 0; at < 102; at += 1) {
    await eventually(() => begun.length > at);
    begun[at]?.end();
  }
  await Promise.all(pages);
});

it('three pages are read at once, and the callers take turns', async () => {
  const { begun, ask, callers } = createReads(createTurns().inTurn);
  const pages = ['a', 'a', 'b', 'c', 'd', 'b'].map(ask);
  await eventually(() => begun.length === 3);
  expect(callers()).toEqual(['a', 'b', 'c']);
  begun[0]?.end();
  await eventually(() => begun.length === 4);
  expect(callers().at(-1)).toBe('d');
  for (const at of [1, 2, 3, 4, 5]) {
    await eventually(() => begun.length > at);
    begun[at]?.end();
  }
  await Promise.all(pages);
  expect(callers().slice(4).sort()).toEqual(['a', 'b']);
});

it('a caller rests after a page that found nothing and led on, and not after others', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const { begun, ask } = createReads(createTurns().inTurn);
  const pages = ['rare', 'rare', 'rare'].map(ask);
  await settled();
  begun[0]?.end(false);
  await settled();
  expect(begun).toHaveLength(2);
  begun[1]?.end(true);
  await settled();
  expect(begun).toHaveLength(2);
  vi.runAllTimers();
  await settled();
  expect(begun).toHaveLength(3);
  begun[2]?.end();
  await Promise.all(pages);
});

it('a read that fails gives its turn back', async () => {
  const { inTurn } = createTurns();
  for (let round = 0; round < 5; round += 1)
    await expect(inTurn('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});
