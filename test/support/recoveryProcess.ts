// What a worker process wires, over a test's own stores: all activities, and the signal that it is to stop.
import { createActivities, type Activities } from '../../src/activities/activities.ts';
import { createWakeUps } from '../../src/projections/wakeUp.ts';
import type { ProjectionFixture } from './projections.ts';

export interface RecoveryProcess {
  readonly activities: Activities;
  readonly stop: () => void;
}

export function processOver(fixture: ProjectionFixture): RecoveryProcess {
  const stopping = new AbortController();
  const { pool, elasticsearch, indexPrefix, readModel, ledger } = fixture;
  const activities = createActivities({
    pool,
    elasticsearch,
    indexPrefix,
    wakeUps: createWakeUps(),
    now: () => performance.now(),
    batchSizeMax: 100,
    pollMaxMs: 20,
    budgetMs: 1_000,
    outboxRetentionHours: 1,
    idempotencyRetentionHours: 1,
    stopping: stopping.signal,
    projections: { 'read-model': readModel, ledger },
  });
  return {
    activities,
    stop: () => {
      stopping.abort();
    },
  };
}
