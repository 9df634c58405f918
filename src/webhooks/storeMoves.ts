// Stores what the pumps of a drain have done, in each pass of the drain. One statement stores the cursors of
// all endpoints. An endpoint that parks events has a database transaction of its own.
//
// Invariant: each pump hears whether its move was stored. After a failure nobody knows, so these pumps begin
// again at what the store says.
import { DatabaseError, type Pool } from 'pg';
import type { ReachFailpoint } from '../failpoints.ts';
import { type LeftBehind, type Move, moveAndPark, moveCursors } from './lane.ts';
import type { LaneReader } from './laneReader.ts';
import type { Pump, PumpMove } from './pump.ts';
import type { RetryTeller } from './retryTeller.ts';

/** A move, and the pump that has made it. */
export interface Taken {
  readonly pump: Pump;
  readonly taken: PumpMove;
}

interface StoreMoves {
  readonly deps: {
    readonly pool: Pool;
    readonly onFailure: (endpointId: string, error: unknown) => void;
    readonly onLeft: (endpointId: string, reason: string) => void;
    readonly failpoint?: ReachFailpoint;
  };
  readonly reader: Pick<LaneReader, 'moved' | 'parked'>;
  readonly teller: Pick<RetryTeller, 'parked'>;
  /** Hears of an endpoint whose rows the store refused. */
  readonly onRefused: (endpointId: string) => void;
}

export async function storeMoves(state: StoreMoves, all: readonly Taken[]): Promise<void> {
  const { deps, reader } = state;
  const open = new Map(all.map(({ pump, taken }) => [pump, taken]));
  const told = ({ pump, taken }: Taken, isStored: boolean) => {
    open.delete(pump);
    pump.stored(taken, isStored);
  };
  try {
    if (all.length > 0) deps.failpoint?.('beforeWebhookCursors');
    const plain = all.filter(({ taken: { left } }) => left === undefined);
    const moved = await moveCursors(
      deps.pool,
      plain.map(({ taken: { move } }) => move),
    );
    reader.moved(moved);
    for (const one of plain) told(one, moved.has(one.pump.id));
    for (const one of all) {
      const { move, left } = one.taken;
      if (left !== undefined) told(one, await storeLeft(state, move, left));
    }
  } finally {
    for (const [pump, taken] of open) pump.stored(taken, false);
  }
}

/** A row that the store refuses is the matter of one endpoint. Anything else ends the pass of all. */
async function storeLeft(
  { deps, reader, teller, onRefused }: StoreMoves,
  move: Move,
  left: LeftBehind,
): Promise<boolean> {
  const { pool, onLeft, onFailure } = deps;
  try {
    if (!(await moveAndPark(pool, move, left))) return false;
  } catch (error) {
    if (!isRefusedRow(error)) throw error;
    onFailure(move.id, error);
    onRefused(move.id);
    return false;
  }
  if (left.parked.length > 0) {
    reader.parked(move.id);
    teller.parked(move.id);
  }
  if (left.disabled !== null) onLeft(move.id, `disabled: ${left.disabled}`);
  else if (left.lane === 'retry') onLeft(move.id, 'its receiver fails, so its workflow takes over');
  return true;
}

/** Classes of SQLSTATE: a value that does not fit its type, and a constraint that a row violates. */
const isRefusedRow = (error: unknown) => error instanceof DatabaseError && /^2[23]/.test(error.code ?? '');
