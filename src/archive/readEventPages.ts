// Reads the events of a segment for its file, in pages of one row group and in order of position.
import type { Pool } from 'pg';
import { type Cell, cellOf, type Column, readList } from './columns.ts';
import { type EventPage, rowsOfGroup } from './eventFile.ts';

/** Each column comes as a text, so nothing on the way rounds or parses it. */
export async function* readEventPages(
  pool: Pick<Pool, 'query'>,
  wanted: readonly Column[],
  { from, to }: { readonly from: bigint; readonly to: bigint },
): AsyncGenerator<EventPage> {
  const columns = readList(wanted);
  const text = `
    select ${columns}
      from events
     where position >= $1::bigint
       and position < $2::bigint
     order by events.position`;
  for (let begun = from; begun < to; begun += BigInt(rowsOfGroup)) {
    const end = begun + BigInt(rowsOfGroup);
    const values = [begun, end < to ? end : to];
    const { rows } = await pool.query<(string | null)[]>({ text, values, rowMode: 'array' });
    const page: Cell[][] = wanted.map((column, number) =>
      rows.map((row) => cellOf(column, row[number] ?? null)),
    );
    yield page;
  }
}
