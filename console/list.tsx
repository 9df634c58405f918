// A list of any length, page by page: its table, how many rows there are, and the button that loads more.
// The search for movements uses it.
//
// Invariant: a list never ends in silence. It says that there is more or that this is all. An empty list says
// what to do, and a failed page says why.
import type { ComponentChildren } from 'preact';
import { count } from './format.ts';
import { type Column, Table } from './table.tsx';

interface ListState<T> {
  readonly rows: readonly T[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
  readonly keyOf: (row: T) => string | number;
  readonly isLoading: boolean;
  readonly failure: string | undefined;
  /** Loads the next page, or the same one again after a failure. */
  readonly more: () => void;
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
