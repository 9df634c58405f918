// Reads what a load wrote to the write-ahead log, by table and index. Whole pages are counted apart, because
// they come from checkpoints and from how many pages commands touch.
import { urlOfDatabase, withClient } from '../../harness/databases.ts';

export interface WalOf {
  /** A table or an index, or `other` for what belongs to no relation of the database. */
  readonly relation: string;
  readonly wholePages: number;
  readonly wholePageBytes: number;
  readonly bytes: number;
}

/** The extension is made in the administrator's database, so the measured one stays as it is. */
export async function readWal(
  adminUrl: string,
  database: { readonly url: string; readonly name: string },
  from: bigint,
  to: bigint,
): Promise<readonly WalOf[]> {
  const names = await withClient(database.url, async (client) => {
    const { rows } = await client.query<{ file: string; name: string }>(
      `select pg_relation_filenode(oid) as file, relname as name
         from pg_class
        where relkind in ('r', 'i', 't')`,
    );
    return new Map(rows.map(({ file, name }) => [Number(file), name]));
  });
  return withClient(urlOfDatabase(adminUrl, 'postgres'), async (client) => {
    await client.query('create extension if not exists pg_walinspect');
    const { rows } = await client.query<{
      file: string | null;
      pages: string;
      page_bytes: string;
      bytes: string;
    }>(
      `with blocks as (
         select case when reldatabase = (select oid from pg_database where datname = $1::text) then relfilenode end as file,
                count(*) filter (where block_fpi_length > 0) as pages,
                sum(block_fpi_length) as page_bytes,
                sum(block_data_length) as data_bytes,
                -- The rest of a record is shared by its blocks: the first one has it.
                sum(case when block_id = 0 then record_length - block_fpi_length - block_data_length else 0 end) as rest
           from pg_get_wal_block_info('0/0'::pg_lsn + $2::numeric, '0/0'::pg_lsn + $3::numeric)
          group by 1
       )
       select file, sum(pages) as pages, sum(page_bytes) as page_bytes, sum(page_bytes + data_bytes + rest) as bytes
         from blocks
        group by 1`,
      [database.name, from.toString(), to.toString()],
    );
    const found = rows.map(({ file, pages, page_bytes, bytes }) => ({
      relation: file === null ? 'other' : (names.get(Number(file)) ?? 'other'),
      wholePages: Number(pages),
      wholePageBytes: Number(page_bytes),
      bytes: Number(bytes),
    }));
    return found.sort((one, other) => other.bytes - one.bytes);
  });
}
