import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createActivities } from '../../../src/activities/activities.ts';
import { createWakeUps } from '../../../src/projections/drain/wakeUp.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { eventually } from '../../support/eventually.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../support/projections.ts';
import { walletStream } from '../../support/walletStream.ts';

const hourMs = 3_600_000;

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

/** A drain with a budget of an hour. `beats` holds the details of its heartbeats. */
function startDrain(projection = 'ledger') {
  const environment = new MockActivityEnvironment();
  const beats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => beats.push(details));
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
    outboxRetentionHours: 1,
    idempotencyRetentionHours: 1,
    budgetMs: hourMs,
    stopping: stopping.signal,
    projections: { 'read-model': fixture.readModel, ledger: fixture.ledger },
  });
  const result = environment.run(drainProjection, { projection: projection as 'ledger' });
  return { environment, beats, stopping, result };
}

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
    message: 'there is no projection "leger", only read-model and ledger',
    nonRetryable: true,
  });
});
