// Runs statements over whole tables, which take longer than a request or a drain may wait.
import type { PoolClient, QueryResult, QueryResultRow } from 'pg';

export interface LongStatement {
  readonly text: string;
  readonly values?: unknown[];
  /** True if an index bounds what is read. A plan of all sizes would take the whole table. */
  readonly byIndex?: boolean;
}

/**
 * Runs one statement under its own time limit, on the server and in the driver. Unless it reads by an index,
 * it may read a table from beginning to end, which sessions otherwise avoid. The caller must be in a database
 * transaction, because the limit ends with it.
 */
export async function queryLong<Row extends QueryResultRow>(
  client: PoolClient,
  timeMaxMs: number,
  { text, values, byIndex = false }: LongStatement,
): Promise<QueryResult<Row>> {
  // For a bound that it does not know, the planner expects a third of the table. Compiled code and parallel
  // workers would take 60 ms for a statement that then takes 1 ms.
  await client.query(
    `select set_config('statement_timeout', $1::text, true), set_config('enable_seqscan', $2::text, true)`,
    [String(timeMaxMs), byIndex ? 'off' : 'on'],
  );
  // A plan for the values of this run leaves out segments. Another one takes 13 ms to make for 300 of them.
  if (byIndex)
    await client.query(
      `select set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true),
              set_config('plan_cache_mode', 'force_custom_plan', true)`,
    );
  const limited = { text, ...(values === undefined ? {} : { values }), query_timeout: timeMaxMs };
  return client.query<Row>(limited);
}
