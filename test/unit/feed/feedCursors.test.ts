import { expect, it } from 'vitest';
import { createFeedCursors } from '../../../src/feed/feedCursors.ts';
import { type FeedFilter } from '../../../src/feed/feedFilter.ts';

const all: FeedFilter = {
  tenant: '',
  types: undefined,
  walletId: undefined,
  ownerId: undefined,
  label: undefined,
};
const others: readonly FeedFilter[] = [
  { ...all, tenant: 'acme' },
  { ...all, types: ['WalletCredited'] },
  { ...all, walletId: 'w-1' },
  { ...all, ownerId: 'w-1' },
  { ...all, label: 'w-1' },
];
const cursors = createFeedCursors(Buffer.alloc(32, 'secret'));

it('a cursor that programs have kept is read by this release', () => {
  expect(cursors.of(all).write(4_711n)).toBe('7hodjzoQqHMFNiZrQ9HspA');
  expect(cursors.of(all).read('7hodjzoQqHMFNiZrQ9HspA')).toBe(4_711n);
});

it('a cursor leads back to its position, from the first to the last that there can be', () => {
  for (const position of [0n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n])
    expect(cursors.of(all).read(cursors.of(all).write(position))).toBe(position);
});

it('a cursor is none in every other filter, in every other tenant and under another secret', () => {
  const cursor = cursors.of(all).write(4_711n);
  for (const filter of others)
    expect(cursors.of(filter).read(cursor), JSON.stringify(filter)).toBeUndefined();
  expect(createFeedCursors(Buffer.alloc(32)).of(all).read(cursor)).toBeUndefined();
});

it('neighbouring positions have cursors that share nothing, so nobody counts by them', () => {
  const bytes = [1n, 2n, 3n].map((position) => Buffer.from(cursors.of(all).write(position), 'base64url'));
  const [first, ...rest] = bytes;
  for (const other of rest) {
    const same = other.filter((byte, index) => byte === first?.[index]).length;
    expect(same).toBeLessThan(4);
  }
});

it.each(['', '4711', '7hodjzoQqHMFNiZrQ9HspA=', ' 7hodjzoQqHMFNiZrQ9HspA', 'AAAAAAAAAAAAAAAAAAAAAA'])(
  '%j is no cursor',
  (text) => {
    expect(cursors.of(all).read(text)).toBeUndefined();
  },
);
