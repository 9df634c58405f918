// The archive over the API: a run archives what is old, a segment is restored and released, and the files are
// verified.
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ArchiveActivityDeps, createArchiveActivities } from '../../src/activities/archiveLog.ts';
import { eventFileNameOf } from '../../src/archive/manifest.ts';
import { runningReader } from '../../src/temporal/runningReader.ts';
import { archiveReasons } from '../../src/workflows/recovery/archiveReasons.ts';
import {
  allEvents,
  type ArchiveFixture,
  createArchiveFixture,
  letAge,
  narrow,
  timesOf,
} from '../support/archiveFixture.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { appendEvents } from '../support/appendEvents.ts';
import { eventually } from '../support/eventually.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';
import { walletStream } from '../support/walletStream.ts';

let temporal: TemporalFixture;
let fixture: ArchiveFixture;
let api: TestApi;
let prefix: string;
beforeAll(async () => {
  temporal = await createTemporalFixture();
});
afterAll(() => temporal.close());
beforeEach(async () => {
  fixture = await createArchiveFixture();
  const config = testConfig(fixture.databaseUrl, {
    TEMPORAL_TASK_QUEUE: temporal.taskQueue,
    ARCHIVE_URL: 'file:///archive',
    ARCHIVE_AFTER_DAYS: '30',
  });
  prefix = config.SCHEDULE_ID_PREFIX;
  api = createTestApi(config);
  await appendEvents(
    fixture.owner,
    walletStream(
      'wallet-001',
      100n,
      Array.from({ length: 19 }, () => 1n),
    ),
  );
  await letAge(fixture);
});
afterEach(async () => {
  await api.close();
  await fixture.close();
});

const createWorker = (replaced: Partial<ArchiveActivityDeps['archive']> = {}): Promise<Worker> =>
  temporal.createWorker(
    createArchiveActivities({
      pool: fixture.pool,
      archive: {
        ...{ storage: fixture.deps.storage, isOn: true, times: () => timesOf() },
        busyWith: () => Promise.resolve(undefined),
        moveOpeningState: fixture.deps.moveOpeningState,
        ...replaced,
      },
    }),
  );

/** Runs a recovery to its end. */
async function run(type: string, id: string, argument: object = {}) {
  expect(await post(api, `/admin/recovery/${type}/start`, argument)).toMatchObject({ status: 202 });
  return eventually(async () => {
    const { body } = await get(api, `/admin/recovery/${prefix}${id}`);
    return body.state !== 'RUNNING' && body.progress !== null && body;
  });
}
const archive = () => run('archiveLog', 'archive-log');
const status = async () => (await get(api, '/admin/archive')).body;

describe('the archive', () => {
  it('takes what is old, gives a segment back, lets it go, and verifies its files', async () => {
    const before = await allEvents(fixture.pool);
    expect(await status()).toMatchObject({
      archives: true,
      next: { segment: 1, step: null, waitsFor: null },
    });
    const worker = await createWorker();
    await worker.runUntil(async () => {
      expect(await archive()).toMatchObject({ state: 'COMPLETED', result: { steps: 12, dropped: 2 } });
      expect(await allEvents(fixture.pool)).toEqual(before.slice(2 * narrow));
      expect(await run('restoreSegment', 'restore-segment', { segment: 1 })).toMatchObject({
        state: 'COMPLETED',
        result: { segment: 1, events: narrow },
      });
      expect((await allEvents(fixture.pool)).slice(0, narrow)).toEqual(before.slice(0, narrow));
      expect(await archive()).toMatchObject({ state: 'COMPLETED', result: { steps: 0, dropped: 0 } });
      expect(await run('verifyArchive', 'verify-archive')).toMatchObject({
        state: 'COMPLETED',
        result: { segments: 2, events: 2 * narrow },
      });
      // It is written again from the restored events.
      await rm(path.join(fixture.folder, eventFileNameOf(1)));
      expect(await run('releaseSegment', 'release-segment', { segment: 1 })).toMatchObject({
        state: 'COMPLETED',
        result: { segment: 1 },
      });
      expect(await run('verifyArchive', 'verify-archive')).toMatchObject({ state: 'COMPLETED' });
    });
    expect(await allEvents(fixture.pool)).toEqual(before.slice(2 * narrow));
    expect(await status()).toMatchObject({
      ...{ archivedThrough: 16, archivedSegments: 2, next: null },
      segments: [
        { segment: 2, state: 'dropped', step: 'dropped', events: narrow, restoredAt: null },
        { segment: 1, state: 'dropped', step: 'dropped', from: 1, to: 9 },
      ],
    });
  });

  it('says why the next segment waits', async () => {
    await fixture.owner.query('update ledger_form set sums_through = 7');
    const worker = await createWorker();
    await worker.runUntil(async () => {
      expect(await archive()).toMatchObject({ result: { steps: 0, waitsFor: archiveReasons.sums } });
    });
    expect(await status()).toMatchObject({ next: { segment: 1, waitsFor: archiveReasons.sums } });
  });

  it('fails for good at a damaged file, drops nothing, tells it, and writes the file again', async () => {
    const worker = await createWorker({ times: () => timesOf(7) });
    const stuck = expect.objectContaining({ name: 'archive-stuck' }) as object;
    const conditions = async () => (await get(api, '/admin/health')).body.conditions;
    await worker.runUntil(async () => {
      await archive();
      await writeFile(path.join(fixture.folder, 'segment-000001', 'events.parquet'), 'PAR1');
      await fixture.owner.query("update log_archive_segments set detached_at = now() - interval '8 days'");
      expect(await archive()).toMatchObject({
        state: 'FAILED',
        failure: expect.stringContaining('4 bytes') as string,
      });
      expect((await status()).segments).toMatchObject([
        { segment: 2, state: 'detached' },
        { segment: 1, state: 'attached', problem: expect.stringContaining('4 bytes') as string },
      ]);
      expect(await conditions()).toContainEqual(stuck);
      expect(await archive()).toMatchObject({ state: 'COMPLETED', result: { dropped: 1 } });
      expect(await run('verifyArchive', 'verify-archive')).toMatchObject({ state: 'COMPLETED' });
      await writeFile(path.join(fixture.folder, 'segment-000002', 'events.parquet'), 'PAR1');
      expect(await run('verifyArchive', 'verify-archive')).toMatchObject({
        state: 'FAILED',
        failure: expect.stringContaining('4 bytes') as string,
      });
    });
    expect((await status()).segments).toMatchObject([
      { segment: 2, state: 'dropped', problem: null },
      { segment: 1, state: 'detached', problem: null },
    ]);
  });

  it.each([
    ['restoreSegment', 'restore-segment', {}, 'which segment'],
    ['restoreSegment', 'restore-segment', { segment: 3 }, 'not in the archive'],
    ['releaseSegment', 'release-segment', { segment: 1 }, 'was not restored'],
  ])('%s refuses what it can not do: %s %o', async (type, id, argument, reason) => {
    const worker = await createWorker();
    await worker.runUntil(async () => {
      if (type === 'releaseSegment') await archive();
      const failed = await run(type, id, argument);
      expect(failed).toMatchObject({ state: 'FAILED', failure: expect.stringContaining(reason) as string });
    });
  });

  it('does nothing without its settings', async () => {
    const worker = await createWorker({ isOn: false, storage: undefined });
    await worker.runUntil(async () => {
      expect(await archive()).toMatchObject({
        state: 'FAILED',
        failure: expect.stringContaining('set ARCHIVE_URL') as string,
      });
    });
  });
});

describe('a rebuild or a verification', () => {
  const config = () => ({ SCHEDULE_ID_PREFIX: prefix, TEMPORAL_TASK_QUEUE: temporal.taskQueue });

  it('is found while it runs, however it was started', async () => {
    const { client, taskQueue } = temporal;
    expect(await runningReader(client, config())).toBeUndefined();
    const byOperator = await client.workflow.start('rebuildLedger', {
      workflowId: `${prefix}rebuild-ledger`,
      taskQueue,
    });
    expect(await runningReader(client, config())).toBe('rebuildLedger');
    await byOperator.terminate();
    const bySchedule = await client.workflow.start('verifyProjections', {
      workflowId: `${prefix}verify-projections-2026-01-31T00:00:00Z`,
      taskQueue,
    });
    await eventually(async () => (await runningReader(client, config())) === 'verifyProjections');
    await bySchedule.terminate();
    await eventually(async () => (await runningReader(client, config())) === undefined);
  });
});
