// Statements over whole tables, which rightly take longer than anything that a request or a drain waits for.
import type { PoolClient, QueryResult, QueryResultRow } from 'pg';

export interface LongStatement {
  readonly text: string;
  readonly values?: unknown[];
}

/**
 * Runs one statement under a limit of its own, on the server and in the driver. Only inside a database transaction:
 * the limit ends with it.
 */
export async function queryLong<Row extends QueryResultRow>(
  client: PoolClient,
  timeMaxMs: number,
  statement: LongStatement,
): Promise<QueryResult<Row>> {
  await client.query(`select set_config('statement_timeout', $1::text, true)`, [String(timeMaxMs)]);
  const limited = { ...statement, query_timeout: timeMaxMs };
  return client.query<Row>(limited);
}
