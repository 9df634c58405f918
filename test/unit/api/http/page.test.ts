import { describe, expect, it } from 'vitest';
import { positionKey, readCursor, toPage as pageOf } from '../../../../src/api/http/page.ts';

const list = { name: 'rows', asked: {} };
const toPage = (found: readonly { readonly position: bigint }[], limit: number) =>
  pageOf(list, found, limit, keyOf);
const keyOf = (row: { readonly position: bigint }) => row.position.toString();
const rows = (...positions: readonly bigint[]) => positions.map((position) => ({ position }));

describe('a page', () => {
  it('ends before the row that was read in addition, and its cursor leads there', () => {
    const page = toPage(rows(1n, 2n, 3n), 2);
    expect(page.rows).toEqual(rows(1n, 2n));
    expect(readCursor(page.nextCursor ?? '', list, positionKey)).toBe(2n);
  });

  it('has no cursor if no row was read in addition', () => {
    expect(toPage(rows(1n, 2n), 2)).toEqual({ rows: rows(1n, 2n), nextCursor: null });
    expect(toPage(rows(), 2)).toEqual({ rows: [], nextCursor: null });
  });

  it('holds every row with the key of its last row, because the next page begins after this key', () => {
    expect(toPage(rows(1n, 2n, 2n), 2)).toEqual({ rows: rows(1n, 2n, 2n), nextCursor: null });
    const page = toPage(rows(1n, 2n, 2n, 3n), 2);
    expect(page.rows).toEqual(rows(1n, 2n, 2n));
    expect(readCursor(page.nextCursor ?? '', list, positionKey)).toBe(2n);
  });
});
