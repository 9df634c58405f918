// Writes and reads a Parquet file of events. Both go row group by row group, so the memory does not grow with
// the segment.
import { promisify } from 'node:util';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type AsyncBuffer, parquetMetadataAsync, parquetScan } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { type Cell, type Column, schemaOf } from './columns.ts';

/** Rows of a row group. Encoding one holds up the process, so drains and heartbeats wait for it. */
export const rowsOfGroup = 8_192;

/** Some events in order of position, one list of cells for each column. */
export type EventPage = readonly (readonly Cell[])[];

/** The bytes of a file with these pages. Each page becomes one row group. */
export async function* encodeEvents(
  columns: readonly Column[],
  pages: AsyncIterable<EventPage>,
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const file = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(columns),
    codec: 'ZSTD',
    compressors: { ZSTD: (input) => zstdCompressSync(input) },
  });
  const take = () => {
    const taken = bytes.getBytes().slice();
    bytes.index = 0;
    return taken;
  };
  for await (const page of pages) {
    const columnData = columns.map(({ name }, number) => ({
      name,
      data: [...(page[number] ?? [])],
    }));
    await file.write({ columnData, rowGroupSize: rowsOfGroup });
    yield take();
  }
  await file.finish();
  yield take();
}

/** Yields the events of a file, in its order. */
export async function* decodeEvents(
  columns: readonly Column[],
  file: AsyncBuffer,
): AsyncGenerator<EventPage> {
  const options = {
    file,
    compressors: { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) },
    parsers: {
      timestampFromMicroseconds: (micros: bigint) => micros,
      // The default one drops a byte order mark.
      stringFromBytes: (bytes: Uint8Array | undefined) =>
        bytes === undefined
          ? undefined
          : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
    },
  };
  const metadata = await parquetMetadataAsync(file);
  const pause = promisify(setImmediate);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    // A scan keeps what it has read, so each group gets its own.
    const scan = await parquetScan({ ...options, metadata });
    const page: Cell[][] = [];
    for (const { name } of columns) {
      const cells = await scan.readColumn({ column: name, rowStart, rowEnd });
      page.push(Array.from(cells, (cell: Cell | undefined) => cell ?? null));
    }
    yield page;
    await pause();
    rowStart = rowEnd;
  }
}
