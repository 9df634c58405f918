// Runs statements over whole tables, which take longer than a request or a drain may wait.
import type { PoolClient, QueryResult, QueryResultRow } from 'pg';

export interface LongStatement {
  readonly text: string;
  readonly values?: unknown[];
}

/**
 * Runs one statement under its own time limit, on the server and in the driver. It may read a table from
 * beginning to end, which sessions otherwise avoid. The caller must be in a database transaction, because the
 * limit ends with it.
 */
export async function queryLong<Row extends QueryResultRow>(
  client: PoolClient,
  timeMaxMs: number,
  statement: LongStatement,
): Promise<QueryResult<Row>> {
  await client.query(
    `select set_config('statement_timeout', $1::text, true), set_config('enable_seqscan', 'on', true)`,
    [String(timeMaxMs)],
  );
  const limited = { ...statement, query_timeout: timeMaxMs };
  return client.query<Row>(limited);
}
