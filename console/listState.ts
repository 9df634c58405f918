// The rows of a list that were loaded so far, and how to load more. The first page may come from elsewhere,
// such as the snapshot that is sent each second.
//
// Invariant: a press of the button is never lost, even if the list is read again in the middle of it.
import { useEffect, useRef, useState } from 'preact/hooks';

export interface Page<T> {
  readonly rows: readonly T[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** All rows there are. Counting may have ended before the last one. */
export interface Total {
  readonly count: number;
  readonly isExact: boolean;
}

export interface ListState<T> extends Page<T> {
  readonly keyOf: (row: T) => string | number;
  readonly isLoading: boolean;
  readonly failure: string | undefined;
  /** Loads the next page, or the same one again after a failure. */
  readonly more: () => void;
}

interface ListSource<T> {
  /** The first page, if something else reads it. */
  readonly first?: Page<T>;
  readonly read: (cursor: string | undefined) => Promise<Page<T>>;
  readonly keyOf: (row: T) => string | number;
  /** A new version reads the list again, up to as many rows as were asked for. */
  readonly version: unknown;
}

/** Pages that one press of the button, or one new version, reads at most. */
const pagesAtOnceMax = 50;

/** The rows after those of the given first page. */
interface Loaded<T> extends Pick<ListState<T>, 'rows' | 'isLoading' | 'failure'> {
  /** Undefined until a page was loaded. */
  readonly nextCursor: string | null | undefined;
}

export function useList<T>({ first, read, keyOf, version }: ListSource<T>): ListState<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({
    ...{ rows: [], nextCursor: undefined, failure: undefined },
    isLoading: first === undefined,
  });
  /** Rows to load. A list read again in the middle of a load keeps what its reader has asked for. */
  const wanted = useRef(first === undefined ? 1 : 0);
  // A later load makes the answers of an earlier one stale.
  const loads = useRef(0);
  const load = async (from: Pick<Loaded<T>, 'rows' | 'nextCursor'>) => {
    loads.current += 1;
    const load = loads.current;
    setLoaded((now) => ({ ...now, isLoading: true, failure: undefined }));
    let next: Loaded<T> = { ...from, isLoading: false, failure: undefined };
    try {
      for (let pages = 0; pages < pagesAtOnceMax && loads.current === load; pages += 1) {
        const page = await read(next.nextCursor ?? undefined);
        next = { ...next, rows: [...next.rows, ...page.rows], nextCursor: page.nextCursor };
        if (page.nextCursor === null || next.rows.length >= wanted.current) break;
      }
    } catch (error) {
      next = { ...next, failure: error instanceof Error ? error.message : String(error) };
    }
    if (loads.current === load) setLoaded(next);
  };
  useEffect(() => {
    const isWanted = wanted.current > 0 && first?.nextCursor !== null;
    if (isWanted) void load({ rows: [], nextCursor: first?.nextCursor });
    else setLoaded({ rows: [], nextCursor: undefined, isLoading: false, failure: undefined });
    return () => {
      loads.current += 1;
    };
  }, [version]);
  const firstKeys = new Set(first?.rows.map(keyOf));
  const nextCursor = loaded.nextCursor === undefined ? (first?.nextCursor ?? null) : loaded.nextCursor;
  return {
    rows: [...(first?.rows ?? []), ...loaded.rows.filter((row) => !firstKeys.has(keyOf(row)))],
    ...{ nextCursor, keyOf, isLoading: loaded.isLoading, failure: loaded.failure },
    more: () => {
      if (loaded.isLoading) return;
      wanted.current = loaded.rows.length + 1;
      void load({ rows: loaded.rows, nextCursor: nextCursor ?? undefined });
    },
  };
}
