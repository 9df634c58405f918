// Runs a statement in a window of the log. A session keeps the plan of a named statement with a node for each
// segment, 2 to 3 MB over 300 of them, and it locks them all. So a statement about a small window of a long
// log has no name, and its positions stand in its text. PostgreSQL then plans and locks that window alone.
import type { QueryResult, QueryResultRow } from 'pg';
import type { ReadDatabase } from '../../tenantReads.ts';
import { isFew, type LogSegments, type LogWindow, positionsOf, sizeOf } from './logWindows.ts';

/** Planning so many segments takes 0.9 ms. A plan that is there opens them in 0.3 ms, and locks them all. */
const segmentsPlanned = 16;

interface WindowStatement {
  readonly name: string;
  /** The two parameters after `values` are the positions of the window. */
  readonly text: string;
  readonly values: readonly unknown[];
}

export function queryWindow<Row extends QueryResultRow>(
  database: Pick<ReadDatabase, 'query'>,
  segments: LogSegments,
  window: LogWindow,
  statement: WindowStatement,
): Promise<QueryResult<Row>> {
  const { text, values } = statement;
  const positions = positionsOf(segments, window);
  const isSmall = !isFew(segments) && sizeOf(window) <= segmentsPlanned;
  return isSmall
    ? database.query<Row>({ text: withPositions(text, values.length, positions), values: [...values] })
    : database.query<Row>({ ...statement, values: [...values, ...positions] });
}

/** A position is a bigint, so its text has digits alone. */
function withPositions(text: string, parameters: number, positions: readonly bigint[]): string {
  return positions.reduce(
    (changed, position, index) =>
      changed.replaceAll(`$${parameters + index + 1}::bigint`, `'${position.toString()}'::bigint`),
    text,
  );
}
