// A list of any length, page by page: its table, how many rows there are, and the button that loads more.
// Every list of the console is one of these.
//
// Invariant: a list never ends in silence. It says that there is more or that this is all. An empty list says
// what to do, and a failed page says why.
import type { ComponentChildren } from 'preact';
import { count, counted, plural } from './format.ts';
import type { ListState, Total } from './listState.ts';
import { type Column, Table } from './table.tsx';

export interface ListProps<T> {
  readonly list: ListState<T>;
  readonly columns: readonly [Column<T>, ...Column<T>[]];
  /** What one row is. In singular. */
  readonly noun: string;
  /** All rows there are, if it is known. */
  readonly total?: Total | undefined;
  /** Says what it means that there is nothing, and what to do. */
  readonly empty: ComponentChildren;
}

export function List<T>({ list, columns, noun, total, empty }: ListProps<T>) {
  const { rows, nextCursor, isLoading, failure, keyOf, more } = list;
  const isEmpty = rows.length === 0 && nextCursor === null && !isLoading && failure === undefined;
  return (
    <>
      {rows.length > 0 && <Table columns={columns} rows={rows} keyOf={keyOf} />}
      {isEmpty && <div class="empty">{empty}</div>}
      {failure !== undefined && (
        <p class="refusal" role="alert">
          {failure}
        </p>
      )}
      <div class="more">
        <span role="status" aria-label={`How many ${plural(noun)}`}>
          {isLoading && rows.length === 0 ? 'Loading…' : extent(list, noun, total)}
        </span>
        {(nextCursor !== null || failure !== undefined) && (
          <button type="button" onClick={more} aria-disabled={isLoading}>
            {isLoading ? 'Loading…' : failure === undefined ? 'Show more' : 'Try again'}
            <span class="unseen"> {plural(noun)}</span>
          </button>
        )}
      </div>
    </>
  );
}

function extent(
  { rows, nextCursor, failure }: Pick<ListState<unknown>, 'rows' | 'nextCursor' | 'failure'>,
  noun: string,
  total: Total = { count: 0, isExact: false },
): string {
  if (rows.length === 0) return '';
  if (nextCursor === null && failure === undefined) return `That is all: ${counted(rows.length, noun)}.`;
  if (total.count <= rows.length) return `${counted(rows.length, noun)} shown. There are more.`;
  const all = `${total.isExact ? '' : 'at least '}${count(total.count)}`;
  return `${count(rows.length)} of ${all} ${plural(noun)} shown.`;
}
