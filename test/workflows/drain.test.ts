import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, inject, it } from 'vitest';
import { createElasticsearch } from '../../src/projections/readModel/elasticsearch.ts';
import { createReadModelProjection } from '../../src/projections/readModel/readModelSink.ts';
import { drainLedger, drainReadModel } from '../../src/workflows/index.ts';
import { appendEvents } from '../support/appendEvents.ts';
import { eventually } from '../support/eventually.ts';
import { forwardTo, throughPort } from '../../harness/proxy/proxy.ts';
import { createProjectionFixture, type ProjectionFixture } from '../support/projections.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';
import { walletStream } from '../support/walletStream.ts';
import { processOver } from '../support/workerActivities.ts';

let temporal: TemporalFixture;
let fixture: ProjectionFixture;
beforeAll(async () => {
  temporal = await createTemporalFixture();
});
afterAll(() => temporal.close());
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

const hourMs = 3_600_000;

function start(
  workflow: typeof drainReadModel | typeof drainLedger,
): Promise<WorkflowHandle<typeof drainReadModel>> {
  return temporal.client.workflow.start(workflow, {
    taskQueue: temporal.taskQueue,
    workflowId: `${temporal.taskQueue}-${workflow.name}`,
  });
}

async function pendingFailure(handle: WorkflowHandle): Promise<string | undefined> {
  const { raw } = await handle.describe();
  return raw.pendingActivities?.[0]?.lastFailure?.message ?? undefined;
}

describe('a drain workflow', () => {
  it('projects what waits and ends with counts and a position', async () => {
    await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n]));
    const worker = await temporal.createWorker(processOver(fixture, { budgetMs: 500 }).activities);
    await worker.runUntil(async () => {
      const runs = [await start(drainReadModel), await start(drainLedger)];
      for (const run of runs) {
        expect(await run.result()).toEqual({
          processed: 2,
          parked: 0,
          resolved: 0,
          position: 2,
          reason: 'budget',
        });
      }
    });
    expect(await fixture.queries.getWalletDocument('wallet-001')).toMatchObject({ version: 2 });
    const { rows } = await fixture.pool.query('select from outbox where processed_at is null');
    expect(rows).toEqual([]);
  });

  it('says in the Web UI what it did, in words', async () => {
    const worker = await temporal.createWorker(processOver(fixture, { budgetMs: 100 }).activities);
    await worker.runUntil(async () => {
      const run = await start(drainLedger);
      await run.result();
      const metadata = await run.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      expect(metadata.currentDetails).toBe(
        'Drained **ledger** up to position 0: 0 events, 0 of them parked, 0 parked ones taken after all. The run ended because its time was used up; the next run is already waiting.',
      );
    });
  });

  it('returns normally when its worker stops, and the next worker goes on without a failed attempt', async () => {
    const first = processOver(fixture, { budgetMs: hourMs });
    const firstWorker = await temporal.createWorker(first.activities);
    let run: WorkflowHandle<typeof drainReadModel> | undefined;
    await firstWorker.runUntil(async () => {
      run = await start(drainLedger);
      await appendEvents(fixture.pool, walletStream('wallet-001', 100n));
      await eventually(ledgerIsAt(1));
      first.stop();
    });
    await appendEvents(fixture.pool, walletStream('wallet-002', 100n));

    const secondWorker = await temporal.createWorker(processOver(fixture, { budgetMs: 300 }).activities);
    const result = await secondWorker.runUntil(() => (run as WorkflowHandle<typeof drainReadModel>).result());
    expect(result).toEqual({ processed: 2, parked: 0, resolved: 0, position: 2, reason: 'budget' });
    const { events } = await (run as WorkflowHandle).fetchHistory();
    const started = events?.flatMap(
      ({ activityTaskStartedEventAttributes }) => activityTaskStartedEventAttributes ?? [],
    );
    expect(started?.map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  it('goes on at once, and only once, if something else moved its checkpoint', async () => {
    const { activities } = processOver(fixture, { budgetMs: 300 });
    const superseded = { processed: 3, parked: 0, resolved: 0, position: 3, reason: 'superseded' } as const;
    for (const moves of [1, 2]) {
      let calls = 0;
      const worker = await temporal.createWorker({
        ...activities,
        drainProjection: async (argument) => {
          calls += 1;
          return calls <= moves ? superseded : activities.drainProjection(argument);
        },
      });
      const result = await worker.runUntil(async () => (await start(drainLedger)).result());
      expect(result).toMatchObject(
        moves === 1 ? { processed: 3, reason: 'budget' } : { reason: 'superseded' },
      );
      expect(calls).toBe(2);
    }
  });

  it('shows in its pending activity, in words, that Elasticsearch is away, and goes on when it is back', async () => {
    const { port, close: disappear } = await forwardTo(inject('elasticsearchUrl'));
    await disappear();
    const elasticsearch = createElasticsearch({
      ELASTICSEARCH_URL: throughPort(inject('elasticsearchUrl'), port),
      ELASTICSEARCH_TIMEOUT_MS: 5_000,
    });
    const { pool, indexPrefix } = fixture;
    const readModel = createReadModelProjection({ pool, elasticsearch, indexPrefix });
    await appendEvents(
      pool,
      walletStream(
        'wallet-001',
        100n,
        Array.from({ length: 1_203 }, () => 1n),
      ),
    );

    // All events fit in one pass, which a run finishes even if it takes long.
    const worker = await temporal.createWorker(
      processOver(fixture, { budgetMs: 2_000, batchSizeMax: 2_000, readModel }).activities,
    );
    await worker.runUntil(async () => {
      const run = await start(drainReadModel);
      const failure = await eventually(() => pendingFailure(run));
      expect(failure).toBe(
        `Elasticsearch does not answer at http://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}; 1,204 events wait`,
      );
      const ledger = await start(drainLedger);
      expect(await ledger.result()).toMatchObject({ processed: 1_204 });

      const back = await forwardTo(inject('elasticsearchUrl'), port);
      expect(await run.result()).toMatchObject({ processed: 1_204, parked: 0 });
      await back.close();
    });
    expect(await fixture.queries.getWalletDocument('wallet-001')).toMatchObject({ version: 1_204 });
    await elasticsearch.close();
  });

  it('ends as cancelled when an operator cancels it', async () => {
    const worker = await temporal.createWorker(processOver(fixture, { budgetMs: hourMs }).activities);
    await worker.runUntil(async () => {
      const run = await start(drainLedger);
      await eventually(async () => {
        const { raw } = await run.describe();
        return Boolean(raw.pendingActivities?.[0]?.lastHeartbeatTime);
      });
      await run.cancel();
      await expect(run.result()).rejects.toThrow('Workflow execution cancelled');
    });
  });
});

function ledgerIsAt(position: number) {
  return async () => {
    const { rowCount } = await fixture.pool.query(
      "select from projector_checkpoints where projection = 'ledger' and position = $1",
      [position],
    );
    return rowCount === 1;
  };
}
