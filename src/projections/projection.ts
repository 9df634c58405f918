// The contract between the drain and a projection, and the terms that the folder shares. A projection takes
// events in order of position. It must accept any event twice. It reports events that it can't take and does
// not throw for them.
import type { PoolClient } from 'pg';
import type { StoredEvent } from '../domain/events.ts';
import type { ProjectionName } from './registry.ts';

/** An event that a projection can't take, with the reason for the operator. */
export interface EventToPark {
  readonly position: bigint;
  readonly walletId: string;
  readonly reason: string;
}

/**
 * A projection with its sink. `project` throws if its store is unavailable, and the checkpoint then stays. A
 * sink in PostgreSQL writes in the database transaction that moves the checkpoint. A sink with another store
 * must have accepted the events before the checkpoint moves.
 */
export type Projection = {
  /** Makes the store ready before the first pass of a drain, so that the first event need not wait. */
  readonly prepare?: () => Promise<void>;
  /** Hears that a backlog began or ended. A drain that dies in a backlog tells no end. */
  readonly inBacklog?: (isInBacklog: boolean) => Promise<void>;
} & (
  | {
      readonly name: ProjectionName;
      readonly writes: 'with-checkpoint';
      /** Maps events while others are still written. */
      readonly map: (events: readonly StoredEvent[]) => WriteMapped;
    }
  | {
      readonly name: ProjectionName;
      readonly writes: 'before-checkpoint';
      readonly project: (events: readonly StoredEvent[]) => Promise<readonly EventToPark[]>;
    }
);

/** Writes mapped events in the database transaction that moves the checkpoint. */
type WriteMapped = (client: PoolClient) => Promise<readonly EventToPark[]>;

/** Something that an operator has to change first. The message says what it is, and no retry helps. */
export class UnrecoverableError extends Error {
  override readonly name = 'UnrecoverableError';
}

/**
 * The table or index that a rebuild was filling is gone, and no retry brings it back. Rebuilds run under a
 * fixed workflow id. A second rebuild, started under another id, removes what the first one made.
 */
export class RebuildSupersededError extends Error {
  /** The name in stored workflow histories. */
  override readonly name = 'RebuildGoneError';
}
