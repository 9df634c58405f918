// A list of any length, page by page: its table, how many rows there are, and the button that loads more.
// The search for movements uses it.
//
// Invariant: a list never ends in silence. It says that there is more or that this is all. An empty list says
// what to do, and a failed page says why.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { count } from './format.ts';
import { type Column, Table } from './table.tsx';

interface Page<T> {
  readonly rows: readonly T[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

interface ListState<T> extends Page<T> {
  readonly keyOf: (row: T) => string | number;
  readonly isLoading: boolean;
  readonly failure: string | undefined;
  /** Loads the next page, or the same one again after a failure. */
  readonly more: () => void;
}

interface ListSource<T> {
  /** The first page, if something else has read it. */
  readonly first?: Page<T>;
  readonly read: (cursor: string | undefined) => Promise<Page<T>>;
  readonly keyOf: (row: T) => string | number;
  /** A new version reads the list again, up to as many rows as were shown. */
  readonly version: unknown;
}

/** Pages that one new version reads again at most. */
const pagesAgainMax = 50;

interface Loaded<T> {
  /** Without those of the given first page. */
  readonly rows: readonly T[];
  /** Undefined until a page was loaded. */
  readonly nextCursor: string | null | undefined;
  readonly isLoading: boolean;
  readonly failure: string | undefined;
}

export function useList<T>({ first, read, keyOf, version }: ListSource<T>): ListState<T> {
  const start = first === undefined ? undefined : first.nextCursor;
  const [loaded, setLoaded] = useState<Loaded<T>>({
    rows: [],
    nextCursor: undefined,
    isLoading: first === undefined,
    failure: undefined,
  });
  // A later load makes the answers of an earlier one stale.
  const loads = useRef(0);
  const load = async (cursor: string | null | undefined, before: readonly T[], wanted: number) => {
    loads.current += 1;
    const load = loads.current;
    setLoaded((now) => ({ ...now, isLoading: true, failure: undefined }));
    let next: Loaded<T> = { rows: before, nextCursor: cursor, isLoading: false, failure: undefined };
    try {
      for (let pages = 0; pages < pagesAgainMax && loads.current === load; pages += 1) {
        const page = await read(next.nextCursor ?? undefined);
        next = { ...next, rows: [...next.rows, ...page.rows], nextCursor: page.nextCursor };
        if (page.nextCursor === null || next.rows.length >= wanted) break;
      }
    } catch (error) {
      next = { ...next, failure: error instanceof Error ? error.message : String(error) };
    }
    if (loads.current === load) setLoaded(next);
  };
  useEffect(() => {
    if (first === undefined || (loaded.rows.length > 0 && start !== null))
      void load(start, [], loaded.rows.length);
    else setLoaded({ rows: [], nextCursor: undefined, isLoading: false, failure: undefined });
    return () => {
      loads.current += 1;
    };
  }, [version]);
  const firstKeys = new Set(first?.rows.map(keyOf));
  const nextCursor = loaded.nextCursor === undefined ? start : loaded.nextCursor;
  return {
    rows: [...(first?.rows ?? []), ...loaded.rows.filter((row) => !firstKeys.has(keyOf(row)))],
    nextCursor: nextCursor ?? null,
    keyOf,
    isLoading: loaded.isLoading,
    failure: loaded.failure,
    more: () => {
      if (!loaded.isLoading) void load(nextCursor, loaded.rows, 0);
    },
  };
}

interface ListProps<T> {
  readonly list: ListState<T>;
  readonly columns: readonly [Column<T>, ...Column<T>[]];
  /** What the rows are, in plural. */
  readonly noun: string;
  /** All rows there are, if it is known. */
  readonly total?: number | undefined;
  /** Says what it means that there is nothing, and what to do. */
  readonly empty: ComponentChildren;
}

export function List<T>({ list, columns, noun, total, empty }: ListProps<T>) {
  const { rows, nextCursor, isLoading, failure, keyOf, more } = list;
  const isEmpty = rows.length === 0 && nextCursor === null && !isLoading && failure === undefined;
  return (
    <>
      {rows.length > 0 && <Table columns={columns} rows={rows} keyOf={keyOf} />}
      {isEmpty && <p class="empty">{empty}</p>}
      {failure !== undefined && (
        <p class="refusal" role="alert">
          {failure}
        </p>
      )}
      <div class="more">
        <span role="status" aria-label={`How many ${noun}`}>
          {isLoading && rows.length === 0 ? 'Loading…' : extent(list, noun, total)}
        </span>
        {(nextCursor !== null || failure !== undefined) && (
          <button type="button" onClick={more} aria-disabled={isLoading}>
            {isLoading ? 'Loading…' : failure === undefined ? 'Show more' : 'Try again'}
            <span class="unseen"> {noun}</span>
          </button>
        )}
      </div>
    </>
  );
}

function extent(
  { rows, nextCursor, failure }: Pick<ListState<unknown>, 'rows' | 'nextCursor' | 'failure'>,
  noun: string,
  total = 0,
): string {
  const shown = count(rows.length);
  if (nextCursor === null && failure === undefined)
    return rows.length === 0 ? '' : `${shown} ${rows.length === 1 ? noun.replace(/s$/, '') : noun} in all.`;
  if (rows.length === 0) return '';
  if (total > rows.length) return `${shown} of ${count(total)} ${noun} shown.`;
  return `${shown} ${noun} shown. There are more.`;
}
