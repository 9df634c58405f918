// Everything a workflow may ask for, over dependencies that worker/main.ts wires. Thin: an activity translates
// between Temporal (heartbeats, cancellation, failures, small results) and the projections.
import type { DrainDeps } from '../projections/drain/drain.ts';
import type { Projection, ProjectionName } from '../projections/projection.ts';
import { type DrainArgument, drainProjection, type DrainResult, type DrainWatch } from './drainProjection.ts';
import { createLedgerRebuildActivities } from './ledgerRebuild.ts';
import {
  type Comparison,
  createReadModelRecoveryActivities,
  type Difference,
  type MendedWallet,
  type ReadModelRecoveryDeps,
  type RebuildIndex,
  type SliceFigures,
} from './readModelRecovery.ts';
import { type CheckedStretch, createUpkeepActivities, type Stretch, type UpkeepDeps } from './upkeep.ts';

export type { CheckedStretch, DrainArgument, DrainResult, Stretch };

export type { Comparison, Difference, MendedWallet, RebuildIndex, SliceFigures };

export interface ActivityDeps extends DrainDeps, UpkeepDeps, ReadModelRecoveryDeps {
  readonly projections: Readonly<Record<ProjectionName, Projection>>;
  /** Aborted when the process is told to stop: the drains then return instead of failing. */
  readonly stopping: AbortSignal;
  /** Hears what the drains do, for the worker's figures. */
  readonly drainWatch?: DrainWatch;
}

export function createActivities(deps: ActivityDeps) {
  return {
    drainProjection: (argument: DrainArgument): Promise<DrainResult> => drainProjection(deps, argument),
    ...createUpkeepActivities(deps),
    ...createReadModelRecoveryActivities(deps),
    ...createLedgerRebuildActivities(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
