import { expect, it } from 'vitest';
import { newOrderedId } from '../../../src/commands/orderedIds.ts';

const uuidOfVersion7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it('ids are UUIDs of version 7, and sort by the millisecond at which they were made', () => {
  const begin = Date.UTC(2026, 10, 30);
  const ids = Array.from({ length: 1_000 }, (_, ms) => newOrderedId(begin + ms));
  for (const id of ids) expect(id).toMatch(uuidOfVersion7);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids[1]?.slice(0, 13)).toBe('01a229c0-5401');
});

it('ids of one millisecond differ, and those of an impossible clock are ids as well', () => {
  expect(new Set(Array.from({ length: 1_000 }, () => newOrderedId(0))).size).toBe(1_000);
  for (const now of [0, 2 ** 48 - 1, 2 ** 50]) expect(newOrderedId(now)).toMatch(uuidOfVersion7);
});
