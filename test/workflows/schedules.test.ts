import { randomBytes } from 'node:crypto';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { type Client, ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, afterEach, expect, it } from 'vitest';
import { autoStartPauseNote, ensureSchedules } from '../../src/temporal/ensureSchedules.ts';
import { eventually } from '../support/eventually.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';

let temporal: TemporalFixture;
let client: Client;
let prefix: string;
beforeAll(async () => {
  temporal = await createTemporalFixture();
  client = temporal.client;
});
afterAll(() => temporal.close());
beforeEach(() => {
  prefix = `test-${randomBytes(6).toString('hex')}-`;
});
afterEach(async () => {
  for (const name of names) {
    const handle = client.schedule.getHandle(`${prefix}${name}`);
    const { info } = await handle.describe();
    await handle.delete();
    for (const { workflow } of info.runningActions) {
      await client.workflow.getHandle(workflow.workflowId).terminate();
    }
  }
});

const drains = ['drain-read-model', 'drain-ledger', 'drain-webhooks'] as const;
const names = [
  ...drains,
  'expire-holds',
  'keep-segments',
  'retry-stale-events',
  'prune-outbox',
  'archive-log',
  'verify-projections',
] as const;
/** So long that only a trigger starts a run during a test. An interval of an hour ends at every full hour. */
const yearS = 365 * 24 * 3_600;

function startWorker(autoStart: boolean, intervalS = yearS): Promise<void> {
  return ensureSchedules(client, {
    SCHEDULE_ID_PREFIX: prefix,
    TEMPORAL_TASK_QUEUE: temporal.taskQueue,
    DRAIN_INTERVAL_S: intervalS,
    PROJECTORS_AUTO_START: autoStart,
    VERIFY_INTERVAL_HOURS: 24,
    ARCHIVE_URL: 'file:///archive',
    ARCHIVE_AFTER_DAYS: 30,
  });
}

const ledgerSchedule = () => client.schedule.getHandle(`${prefix}drain-ledger`);

/** The ids of the schedule's runs that are open now. */
async function openRuns(): Promise<readonly string[]> {
  const { info } = await ledgerSchedule().describe();
  return info.runningActions.map(({ workflow }) => workflow.workflowId);
}

it('are created by the first worker, which also starts the first run', async () => {
  await startWorker(true);
  for (const name of drains) {
    const schedule = await client.schedule.getHandle(`${prefix}${name}`).describe();
    expect(schedule.state.paused).toBe(false);
    expect(schedule.policies).toMatchObject({
      overlap: ScheduleOverlapPolicy.BUFFER_ONE,
      catchupWindow: 60_000,
    });
    expect(schedule.spec.intervals).toMatchObject([{ every: yearS * 1_000 }]);
  }
  const [run] = await eventually(async () => {
    const runs = await openRuns();
    return runs.length === 1 && runs;
  });
  expect(run?.startsWith(`${prefix}drain-ledger`)).toBe(true);
});

it('keep the upkeep going: stale events every minute, pruning every hour, never two at once', async () => {
  await startWorker(true);
  for (const [name, every] of [
    ['retry-stale-events', 60_000],
    ['prune-outbox', 3_600_000],
  ] as const) {
    const { spec, policies } = await client.schedule.getHandle(`${prefix}${name}`).describe();
    expect(spec.intervals).toMatchObject([{ every }]);
    expect(policies.overlap).toBe(ScheduleOverlapPolicy.SKIP);
  }
});

it('are brought up to date by a later worker, which starts no second run', async () => {
  await startWorker(true);
  await eventually(async () => (await openRuns()).length === 1);
  await startWorker(true, 2 * yearS);
  const { spec, info, raw } = await ledgerSchedule().describe();
  expect(spec.intervals).toMatchObject([{ every: 2 * yearS * 1_000 }]);
  expect(info.numActionsTaken).toBe(1);
  expect(raw.info?.bufferSize?.toNumber()).toBe(0);
});

it("keep an operator's pause, note and search attributes when a worker starts", async () => {
  await startWorker(true);
  const key = defineSearchAttributeKey('Projection', SearchAttributeType.KEYWORD);
  await ledgerSchedule().update((previous) => ({
    ...previous,
    typedSearchAttributes: previous.typedSearchAttributes.updateCopy([{ key, value: 'ours' }]),
  }));
  // The server applies an update and a pause a moment later. If both wait, it applies the update last.
  await eventually(async () => (await ledgerSchedule().describe()).typedSearchAttributes.get(key) === 'ours');
  await ledgerSchedule().pause('Ann looks into the ledger');
  await eventually(async () => (await ledgerSchedule().describe()).state.paused);
  await startWorker(true, 2 * yearS);
  const { state, typedSearchAttributes } = await ledgerSchedule().describe();
  expect(state).toMatchObject({ paused: true, note: 'Ann looks into the ledger' });
  expect(typedSearchAttributes.get(key)).toBe('ours');
});

it('are paused with the reason when a worker starts with projectors off, and resumed when on', async () => {
  await startWorker(false);
  expect((await ledgerSchedule().describe()).state).toMatchObject({ paused: true, note: autoStartPauseNote });
  expect((await ledgerSchedule().describe()).info.numActionsTaken).toBe(0);
  await startWorker(true);
  expect((await ledgerSchedule().describe()).state.paused).toBe(false);
  await eventually(async () => (await openRuns()).length === 1);
});

it('leave no run open when they are paused, for it would go on draining', async () => {
  await startWorker(true);
  const [id] = await eventually(async () => {
    const runs = await openRuns();
    return runs.length === 1 && runs;
  });
  if (id === undefined) throw new Error('one run is open');
  await startWorker(false);
  const worker = await temporal.createWorker({
    drainProjection: () => Promise.reject(new Error('nothing may be drained')),
  });
  await worker.runUntil(
    expect(client.workflow.getHandle(id).result()).rejects.toThrow('Workflow execution cancelled'),
  );
});
