// What the drain needs to know of a projection, and the words the folder shares. A projection takes events in
// order of position, must stand any of them twice, and reports those it can't take instead of throwing.
import type { PoolClient } from 'pg';
import type { StoredEvent } from '../domain/events.ts';

/** Rows of `projector_checkpoints`. */
export const projectionNames = ['read-model', 'ledger'] as const;
export type ProjectionName = (typeof projectionNames)[number];

/** One event that a projection can't take, and why, in words for the operator. */
export interface EventToPark {
  readonly position: bigint;
  readonly walletId: string;
  readonly reason: string;
}

/**
 * A projection with its sink. `project` throws when its store is not there; the checkpoint then stays. A sink in
 * PostgreSQL writes in the checkpoint's own database transaction; a sink with a store of its own has to have
 * accepted the events before the checkpoint moves.
 */
export type Projection = {
  /** Makes the store ready before the first pass of a drain, so that the first event need not wait for it. */
  readonly prepare?: () => Promise<void>;
} & (
  | {
      readonly name: ProjectionName;
      readonly writes: 'with-checkpoint';
      readonly project: (
        client: PoolClient,
        events: readonly StoredEvent[],
      ) => Promise<readonly EventToPark[]>;
    }
  | {
      readonly name: ProjectionName;
      readonly writes: 'before-checkpoint';
      readonly project: (events: readonly StoredEvent[]) => Promise<readonly EventToPark[]>;
    }
);

/** The table or the index that a rebuild was making is not there any more: no retry brings it back. */
export class RebuildSupersededError extends Error {
  override readonly name = 'RebuildGoneError';
}
