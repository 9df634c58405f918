// Begins the log of a new installation with segments. An older installation keeps its tables until the upkeep
// converts them (convertLog.ts).
import type { ClientBase } from 'pg';
import { segmentWidthMin } from './segmentWidth.ts';

/** Cuts the empty tables into two segments. The log begins in the first. */
export async function beginWithSegments(client: Pick<ClientBase, 'query'>): Promise<void> {
  await client.query('select begin_log_conversion($1::bigint)', [segmentWidthMin + 1]);
  await client.query('select finish_log_conversion()');
  await client.query('select keep_log_segments($1::bigint, 0)', [segmentWidthMin]);
}
