// The columns of an archived event: their kinds in PostgreSQL, in a Parquet file, and in the text of a row.
// They come from the catalog, so a column that a later release adds is archived without a change here.
//
// Invariant: each value comes back as it was stored, times to the microsecond.
import type { SchemaElement } from 'hyparquet';

export type ColumnKind = 'bigint' | 'integer' | 'text' | 'json' | 'uuid' | 'time';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** Times are microseconds since 1970. JSON is a text. Null if the column is empty. */
export type Cell = string | number | bigint | null;

interface Forms {
  /** What the column is in a Parquet file. */
  readonly element: Omit<SchemaElement, 'name'>;
  /** The expression that gives its text. */
  readonly read: (name: string) => string;
  readonly cellOf: (text: string) => Cell;
}

const asText = (name: string) => `${name}::text`;
const texts = { read: asText, cellOf: (text: string) => text };

const forms: Readonly<Record<ColumnKind, Forms>> = {
  bigint: { element: { type: 'INT64' }, read: asText, cellOf: BigInt },
  integer: { element: { type: 'INT32' }, read: asText, cellOf: Number },
  text: { element: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, ...texts },
  // As a text, because not every reader knows the type JSON, and the writer would parse and write it anew.
  json: { element: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, ...texts },
  uuid: {
    element: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } },
    ...texts,
  },
  time: {
    element: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } },
    read: (name) => `(extract(epoch from ${name}) * 1000000)::bigint::text`,
    cellOf: BigInt,
  },
};

const kindsOfTypes: Readonly<Record<string, ColumnKind>> = {
  bigint: 'bigint',
  integer: 'integer',
  smallint: 'integer',
  text: 'text',
  jsonb: 'json',
  uuid: 'uuid',
  'timestamp with time zone': 'time',
};

/** The kind of a column of this type, as PostgreSQL names it. */
export function kindOf(type: string): ColumnKind {
  const kind = kindsOfTypes[type];
  if (kind === undefined) throw new Error(`a column of the type ${type} can't be archived`);
  return kind;
}

export function isColumnKind(text: unknown): text is ColumnKind {
  return typeof text === 'string' && Object.hasOwn(forms, text);
}

export function schemaOf(columns: readonly Column[]): SchemaElement[] {
  const elements = columns.map(({ name, kind }): SchemaElement => ({
    name,
    repetition_type: 'OPTIONAL',
    ...forms[kind].element,
  }));
  return [{ name: 'events', num_children: elements.length }, ...elements];
}

/** The list of a SELECT that gives each column as a text. */
export function readList(columns: readonly Column[]): string {
  return columns.map(({ name, kind }) => forms[kind].read(quoted(name))).join(', ');
}

export function cellOf({ kind }: Column, text: string | null): Cell {
  return text === null ? null : forms[kind].cellOf(text);
}

/** The text of a cell in the text of its row. Texts come with their length in bytes. */
export function textOf({ kind }: Column, cell: Cell): string {
  if (cell === null) return '-';
  const text = String(cell);
  return kind === 'text' || kind === 'json' ? `${Buffer.byteLength(text)}:${text}` : text;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
