import { describe, expect, it } from 'vitest';
import { positionCursorSchema, toPage } from '../../../../src/api/http/page.ts';

const keyOf = (row: { readonly position: bigint }) => row.position.toString();
const rows = (...positions: readonly bigint[]) => positions.map((position) => ({ position }));

describe('a page', () => {
  it('ends before the row that was read in addition, and its cursor leads there', () => {
    const page = toPage(rows(1n, 2n, 3n), 2, keyOf);
    expect(page.rows).toEqual(rows(1n, 2n));
    expect(positionCursorSchema.parse(page.nextCursor)).toBe(2n);
  });

  it('has no cursor if no row was read in addition', () => {
    expect(toPage(rows(1n, 2n), 2, keyOf)).toEqual({ rows: rows(1n, 2n), nextCursor: null });
    expect(toPage(rows(), 2, keyOf)).toEqual({ rows: [], nextCursor: null });
  });

  it('holds every row with the key of its last row, because the next page begins after this key', () => {
    expect(toPage(rows(1n, 2n, 2n), 2, keyOf)).toEqual({ rows: rows(1n, 2n, 2n), nextCursor: null });
    const page = toPage(rows(1n, 2n, 2n, 3n), 2, keyOf);
    expect(page.rows).toEqual(rows(1n, 2n, 2n));
    expect(positionCursorSchema.parse(page.nextCursor)).toBe(2n);
  });
});
