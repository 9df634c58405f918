// Rebuilds the ledger by the activities of its workflow, one after the other.
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Pool } from 'pg';
import { expect } from 'vitest';
import { createLedgerRebuildActivities } from '../../src/activities/ledgerRebuild.ts';

export async function rebuildLedger(pool: Pool, rebuildId: string, fromStart = false): Promise<void> {
  const { signal } = new AbortController();
  const activities = createLedgerRebuildActivities({ pool, now: () => performance.now(), stopping: signal });
  const run = <Result>(work: () => Promise<Result>) => new MockActivityEnvironment().run(work);
  await run(() => activities.prepareLedgerRebuild({ rebuildId, fromStart }));
  expect(await run(() => activities.fillLedgerRebuild({ rebuildId }))).toMatchObject({ done: true });
  await run(() => activities.indexLedgerRebuild({ rebuildId }));
  await run(() => activities.verifyLedgerRebuild({ rebuildId }));
  expect(await run(() => activities.swapLedgerRebuild({ rebuildId }))).toMatchObject({ swapped: true });
  await run(() => activities.dropReplacedLedger({ rebuildId }));
}
