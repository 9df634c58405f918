// Every activity that a workflow may call. worker/main.ts passes the dependencies in. An activity only
// translates between Temporal and our own code: heartbeats, cancellation, failures and small results.
import type { DrainDeps } from '../projections/drain/drain.ts';
import type { Sinks } from '../projections/sinks.ts';
import { type ArchiveActivityDeps, type ArchiveWork, createArchiveActivities } from './archiveLog.ts';
import { createDrainActivities, type DrainResult, type DrainWatch } from './drainProjection.ts';
import { createSweepActivities, type SweepDeps, type SweepResult } from './endDue.ts';
import { createGenerationActivities, type GenerationDeps } from './keepGenerations.ts';
import { createSegmentActivities, type KeptSegments, type SegmentActivityDeps } from './keepSegments.ts';
import { createLedgerRebuildActivities } from './ledgerRebuild.ts';
import {
  createReadModelRebuildActivities,
  type ReadModelActivityDeps,
  type RebuildIndex,
  type SliceCounts,
} from './readModelRebuild.ts';
import { type CommandActivityDeps, createCommandActivities } from './submitCommand.ts';
import { createUpkeepActivities, type UpkeepChunk, type UpkeepDeps } from './upkeep.ts';
import { createWebhookActivities, type WebhookActivityDeps } from './retryWebhooks.ts';
import type { RetryRound } from '../webhooks/retryRound.ts';
import { type Comparison, createVerifyActivities, type Difference, type RepairedWallet } from './verify.ts';

export type {
  ArchiveWork,
  Comparison,
  Difference,
  DrainResult,
  KeptSegments,
  RebuildIndex,
  RepairedWallet,
  RetryRound,
  SliceCounts,
  SweepResult,
  UpkeepChunk,
};

export interface ActivityDeps
  extends
    DrainDeps,
    UpkeepDeps,
    GenerationDeps,
    ReadModelActivityDeps,
    CommandActivityDeps,
    SegmentActivityDeps,
    ArchiveActivityDeps,
    SweepDeps,
    WebhookActivityDeps {
  readonly projections: Sinks;
  /** Aborted when the process is told to stop. The drains then return instead of failing. */
  readonly stopping: AbortSignal;
  /** Hears what the drains do, for the worker's metrics. */
  readonly drainWatch?: DrainWatch;
}

export function createActivities(deps: ActivityDeps) {
  return {
    ...createDrainActivities(deps),
    ...createUpkeepActivities(deps),
    ...createGenerationActivities(deps),
    ...createReadModelRebuildActivities(deps),
    ...createVerifyActivities(deps),
    ...createLedgerRebuildActivities(deps),
    ...createCommandActivities(deps),
    ...createSweepActivities(deps),
    ...createSegmentActivities(deps),
    ...createArchiveActivities(deps),
    ...createWebhookActivities(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
