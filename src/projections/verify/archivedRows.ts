// Finds the rows of a wallet that ended among its archived events. The opening state has only their sums, so
// a comparison sums up what the tables have. Pure.
import {
  addHolds,
  addReversals,
  areSame,
  type Ended,
  type EndedRows,
  isEnded,
  isWhole,
} from '../../eventStore/endedRows.ts';
import { type HoldJson, readHold, readReversal, type ReversalJson } from '../../eventStore/holdRows.ts';

interface Rows {
  readonly holds: ReadonlyMap<string, HoldJson>;
  readonly reversals: ReadonlyMap<string, ReversalJson>;
}

export interface ArchivedRows extends Rows {
  /** The kinds whose rows have another sum than the opening state. */
  readonly differing: readonly EndedKind[];
}

type EndedKind = 'ended holds' | 'ended reversals';

/** `known` has a row for each hold and each reversal that is not in the sums. */
export function archivedRows(stored: Rows, known: Rows, ended: Ended): ArchivedRows {
  const holds = takeEnded(stored.holds, known.holds, ended.holds, readHold, isEnded, addHolds);
  const reversals = takeEnded(
    ...([stored.reversals, known.reversals, ended.reversals] as const),
    ...([readReversal, isWhole, addReversals] as const),
  );
  return {
    ...{ holds: holds.rows, reversals: reversals.rows },
    differing: [
      ...(holds.isSame ? [] : ['ended holds' as const]),
      ...(reversals.isSame ? [] : ['ended reversals' as const]),
    ],
  };
}

function takeEnded<Row, Value>(
  stored: ReadonlyMap<string, Row>,
  known: ReadonlyMap<string, Row>,
  expected: EndedRows,
  read: (row: Row) => Value,
  isOver: (value: Value) => boolean,
  add: (to: EndedRows, values: readonly Value[]) => EndedRows,
): { readonly rows: ReadonlyMap<string, Row>; readonly isSame: boolean } {
  const rows = new Map<string, Row>();
  // A row that nothing explains is then named as one too many.
  if (expected.count === 0) return { rows, isSame: true };
  const values: Value[] = [];
  for (const [key, row] of stored) {
    const value = known.has(key) ? undefined : readOrNothing(read, row);
    if (value === undefined || !isOver(value)) continue;
    rows.set(key, row);
    values.push(value);
  }
  return { rows, isSame: areSame(add({ count: 0, sum: 0n }, values), expected) };
}

/** Nothing for a row that a hand changed. It is compared as one too many. */
function readOrNothing<Row, Value>(read: (row: Row) => Value, row: Row): Value | undefined {
  try {
    return read(row);
  } catch {
    return undefined;
  }
}
