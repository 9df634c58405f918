// Wires all activities over a test's own stores, as a worker process does, with the signal that stops the
// worker.
import type { ArchiveActivityDeps } from '../../src/activities/archiveLog.ts';
import { createActivities, type Activities } from '../../src/activities/activities.ts';
import type { ReachFailpoint } from '../../src/failpoints.ts';
import { createWakeUps } from '../../src/projections/drain/wakeUp.ts';
import { noWebhooks } from './noWebhooks.ts';
import type { ProjectionFixture } from './projections.ts';

export interface WorkerProcess {
  readonly activities: Activities;
  readonly stop: () => void;
}

interface ProcessOptions {
  /** Duration of one drain. */
  readonly budgetMs?: number;
  /** Events of one pass. */
  readonly batchSizeMax?: number;
  /** Replaces the fixture's read model, for example by one over a store that goes away. */
  readonly readModel?: ProjectionFixture['readModel'];
  readonly outboxRetentionHours?: number;
  readonly idempotencyRetentionHours?: number;
  readonly failpoint?: ReachFailpoint;
  readonly archive?: ArchiveActivityDeps['archive'];
}

/** For a worker whose workflows change no wallet. */
export const noCommands = {
  submitStep: () => Promise.reject(new Error('this process submits no commands')),
};

/** For a worker without an archive. */
export const noArchive: ArchiveActivityDeps['archive'] = {
  storage: undefined,
  isOn: false,
  times: () => ({ archiveBefore: new Date(0), dropBefore: new Date(0) }),
  busyWith: () => Promise.resolve(undefined),
  moveOpeningState: () => Promise.resolve(),
};

export function processOver(fixture: ProjectionFixture, options: ProcessOptions = {}): WorkerProcess {
  const stopping = new AbortController();
  const { pool, elasticsearch, indexPrefix, ledger } = fixture;
  const { budgetMs = 1_000, batchSizeMax = 100, readModel = fixture.readModel } = options;
  const { outboxRetentionHours = 1, idempotencyRetentionHours = 1 } = options;
  const activities = createActivities({
    pool,
    elasticsearch,
    indexPrefix,
    wakeUps: createWakeUps(),
    now: () => performance.now(),
    batchSizeMax,
    pollMaxMs: 20,
    paceMs: 0,
    pagesMax: 2,
    budgetMs,
    outboxRetentionHours,
    idempotencyRetentionHours,
    opensLevels: false,
    segmentWidthMin: 1_048_576,
    archive: options.archive ?? noArchive,
    ...noCommands,
    ...(options.failpoint === undefined ? {} : { failpoint: options.failpoint }),
    stopping: stopping.signal,
    projections: { 'read-model': readModel, ledger, webhooks: noWebhooks },
  });
  return {
    activities,
    stop: () => {
      stopping.abort();
    },
  };
}
