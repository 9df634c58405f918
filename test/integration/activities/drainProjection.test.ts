import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createActivities, type DrainResult } from '../../../src/activities/activities.ts';
import { drainsOfProjectionMax } from '../../../src/activities/drainProjection.ts';
import { createWakeUps } from '../../../src/projections/drain/wakeUp.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { eventually } from '../../support/eventually.ts';
import { noWebhooks } from '../../support/noWebhooks.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../support/projections.ts';
import { walletStream } from '../../support/walletStream.ts';
import { noArchive, noCommands } from '../../support/workerActivities.ts';

const hourMs = 3_600_000;

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

/** The activities of one worker, whose drains have a budget of an hour. */
function startWorker() {
  const stopping = new AbortController();
  const { drainProjection } = createActivities({
    pool: fixture.pool,
    elasticsearch: fixture.elasticsearch,
    indexPrefix: fixture.indexPrefix,
    wakeUps: createWakeUps(),
    now: () => performance.now(),
    batchSizeMax: 100,
    pollMaxMs: 20,
    paceMs: 0,
    pagesMax: 2,
    outboxRetentionHours: 1,
    idempotencyRetentionHours: 1,
    opensLevels: false,
    segmentWidthMin: 1_048_576,
    ...noCommands,
    archive: noArchive,
    budgetMs: hourMs,
    stopping: stopping.signal,
    projections: { 'read-model': fixture.readModel, ledger: fixture.ledger, webhooks: noWebhooks },
  });
  return { drainProjection, stopping };
}

/** `beats` holds the details of its heartbeats. */
function startDrain(projection = 'ledger', { drainProjection, stopping } = startWorker()) {
  const environment = new MockActivityEnvironment();
  const beats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => beats.push(details));
  const result = environment.run(drainProjection, { projection: projection as 'ledger' });
  return { environment, beats, stopping, result };
}

it('a backfill of drains takes two slots for each projection, and projects everything', async () => {
  await appendEvents(fixture.pool, walletStream('wallet-001', 100n));
  const worker = startWorker();
  const drains = ['ledger', 'read-model'].flatMap((projection) =>
    Array.from({ length: 500 }, () => startDrain(projection, worker)),
  );
  let ended = 0;
  for (const { result } of drains) void result.then(() => (ended += 1));
  // Of two idle drains side by side, one may find that the other was faster, and ends as well.
  await eventually(() => ended >= 2 * (500 - drainsOfProjectionMax));
  await eventually(async () => {
    const { rows } = await fixture.pool.query<{ least: string }>(
      'select min(position) as least from projector_checkpoints',
    );
    return rows[0]?.least === '1';
  });
  expect(ended).toBeLessThan(drains.length);
  worker.stopping.abort();
  const results = (await Promise.all(drains.map(({ result }) => result))) as DrainResult[];
  expect(new Set(results.map(({ reason }) => reason))).toEqual(new Set(['superseded', 'shutdown']));
  // The slots are free again.
  const next = startDrain('ledger', { ...startWorker(), drainProjection: worker.drainProjection });
  expect(await next.result).toMatchObject({ reason: 'shutdown' });
});

it('the drain activity returns normally when its process is told to stop', async () => {
  await appendEvents(fixture.pool, walletStream('wallet-001', 100n));
  const { stopping, beats, result } = startDrain();
  await eventually(() => beats.length >= 2);
  stopping.abort();
  expect(await result).toEqual({ processed: 1, parked: 0, resolved: 0, position: 1, reason: 'shutdown' });
});

it('the drain activity heartbeats with counts and a position', async () => {
  await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n]));
  const { stopping, beats, result } = startDrain();
  await eventually(() => {
    expect(beats.at(-1)).toEqual({ position: 2, processed: 2, parked: 0 });
    return true;
  });
  stopping.abort();
  await result;
});

it('the drain activity ends as cancelled when Temporal cancels, pauses or resets it', async () => {
  const { environment, beats, result } = startDrain();
  await eventually(() => beats.length >= 1);
  environment.cancel();
  await expect(result).rejects.toThrow(CancelledFailure);
});

it('the drain activity does not retry an unknown projection', async () => {
  const failure: unknown = await startDrain('leger').result.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect(failure).toMatchObject({
    message: 'there is no projection "leger", only read-model, ledger, webhooks',
    nonRetryable: true,
  });
});
