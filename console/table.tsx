// The one table of the page. On a phone each row becomes a card, in which every cell is labelled with its
// column's title.
import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** `number` aligns to the right. `reason` takes the room that the others leave. `actions` holds buttons. */
  readonly kind?: 'number' | 'reason' | 'actions';
}

interface TableProps<Row> {
  /** The first column names the row. */
  readonly columns: readonly [Column<Row>, ...Column<Row>[]];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  /** Names a table that is not the only one of its panel. */
  readonly label?: string;
}

export function Table<Row>({ columns, rows, keyOf, label }: TableProps<Row>) {
  const [first, ...others] = columns;
  return (
    <table class="cards" aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ title, kind }) => (
            <th key={title} scope="col" class={kind === 'number' ? kind : undefined}>
              {kind === 'actions' ? <span class="unseen">{title}</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            <th scope="row" class={first.kind} data-label={first.kind === 'number' ? first.title : undefined}>
              {first.cell(row)}
            </th>
            {others.map(({ title, kind, cell }) => (
              <td key={title} data-label={kind === 'actions' ? undefined : title} class={kind}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
