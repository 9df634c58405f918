// Rebuilds that an operator holds or ends at the moments that are easily forgotten.
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Activities } from '../../src/activities/activities.ts';
import { readTargets } from '../../src/projections/readModel/targets.ts';
import type { RecoveryProgress } from '../../src/workflows/recovery.ts';
import { rebuildAllReadModels, rebuildLedger } from '../../src/workflows/index.ts';
import { innermostMessage } from '../../src/workflows/innermostMessage.ts';
import { appendEvents } from '../support/appendEvents.ts';
import { eventually } from '../support/eventually.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../support/projections.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';
import { walletStream } from '../support/walletStream.ts';
import { processOver } from '../support/workerProcess.ts';

let temporal: TemporalFixture;
let fixture: ProjectionFixture;
let activities: Activities;
beforeAll(async () => {
  temporal = await createTemporalFixture();
});
afterAll(() => temporal.close());
beforeEach(async () => {
  fixture = await createProjectionFixture();
  ({ activities } = processOver(fixture));
  await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n, 2n]));
  await drainAll(fixture.pool, fixture.readModel);
  await drainAll(fixture.pool, fixture.ledger);
});
afterEach(async () => {
  for (const index of await indexes()) await fixture.elasticsearch.indices.delete({ index });
  await fixture.close();
});

async function indexes(): Promise<string[]> {
  const { elasticsearch, indexPrefix } = fixture;
  return Object.keys(await elasticsearch.indices.get({ index: `${indexPrefix}wallets-*` })).sort();
}

let runs = 0;
const options = () => {
  runs += 1;
  return { taskQueue: temporal.taskQueue, workflowId: `${temporal.taskQueue}-steered-${runs}` };
};
const startReadModel = (graceS: number) =>
  temporal.client.workflow.start(rebuildAllReadModels, { ...options(), args: [{ slices: 1, graceS }] });
const startLedger = () => temporal.client.workflow.start(rebuildLedger, { ...options(), args: [{}] });

/** Something that waits in front of an activity, or behind it, until it is let go. */
function gate() {
  const reached = Promise.withResolvers<undefined>();
  const opened = Promise.withResolvers<undefined>();
  return {
    pass: () => {
      reached.resolve(undefined);
      return opened.promise;
    },
    reached: reached.promise,
    open: () => {
      opened.resolve(undefined);
    },
  };
}

async function innermostOf(result: Promise<unknown>): Promise<string> {
  const failure: unknown = await result.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof Error)) throw new Error('the workflow was expected to fail');
  return innermostMessage(failure);
}

const phaseIs = (run: WorkflowHandle, phase: string) =>
  eventually(async () => (await run.query<RecoveryProgress>('progress')).phase === phase);

/** The workflow has taken notice of the cancel: a task behind it was completed. */
const cancelIsKnown = (run: WorkflowHandle) =>
  eventually(async () => {
    const { events = [] } = await run.fetchHistory();
    const at = events?.findIndex((event) => event.workflowExecutionCancelRequestedEventAttributes) ?? -1;
    return at >= 0 && events?.slice(at).some((event) => event.workflowTaskCompletedEventAttributes);
  });

async function ledgerTables(): Promise<readonly string[]> {
  const { rows } = await fixture.pool.query<{ name: string }>(
    "select relname as name from pg_class where relname like 'ledger_entries%' and relkind = 'r' order by 1",
  );
  return rows.map(({ name }) => name);
}

describe('a rebuild of the read model', () => {
  it('keeps the old index while it is paused in the grace', async () => {
    const worker = await temporal.createWorker(activities);
    await worker.runUntil(async () => {
      const run = await startReadModel(1);
      await phaseIs(run, 'grace');
      await run.executeUpdate('pause');
      const timerFired = async () => {
        const { events } = await run.fetchHistory();
        const at = events?.findIndex((event) => event.timerFiredEventAttributes) ?? -1;
        return at >= 0 && events?.slice(at).some((event) => event.workflowTaskCompletedEventAttributes);
      };
      await eventually(timerFired);
      expect((await run.describe()).raw.pendingActivities ?? []).toEqual([]);
      expect(await indexes()).toHaveLength(2);
      await run.executeUpdate('resume');
      await run.result();
      expect(await indexes()).toEqual([`${fixture.indexPrefix}wallets-000002`]);
    });
  });

  it('that is cancelled while its index is being made leaves neither index nor registration', async () => {
    const held = gate();
    const worker = await temporal.createWorker({
      ...activities,
      prepareReadModelRebuild: async () => {
        await held.pass();
        return activities.prepareReadModelRebuild();
      },
    });
    await worker.runUntil(async () => {
      const run = await startReadModel(0);
      await held.reached;
      await run.cancel();
      await cancelIsKnown(run);
      held.open();
      await expect(run.result()).rejects.toThrow('Workflow execution cancelled');
    });
    expect(await indexes()).toEqual([`${fixture.indexPrefix}wallets-000001`]);
    expect(await readTargets(fixture.pool)).toEqual([]);
  });
});

describe('a rebuild that others, under other ids, took the place of', () => {
  it('ends and leaves the index of the other one alone, whichever step it had come to', async () => {
    for (const step of ['fillReadModelIndex', 'compareReadModelIndex', 'finishReadModelIndex'] as const) {
      const held = gate();
      let calls = 0;
      const worker = await temporal.createWorker({
        ...activities,
        [step]: async (argument: never) => {
          calls += 1;
          if (calls === 1) await held.pass();
          return (activities[step] as (given: never) => Promise<unknown>)(argument);
        },
      });
      await worker.runUntil(async () => {
        const first = await startReadModel(0);
        await held.reached;
        // The next one makes an index of the same name, which does no harm; the one behind that removes it.
        await (await startReadModel(0)).result();
        const { index } = await (await startReadModel(0)).result();
        held.open();
        await expect(innermostOf(first.result())).resolves.toContain('gone: someone removed it');
        expect(await indexes()).toEqual([index]);
      });
    }
  });

  it('ends and leaves the table of the other one alone', async () => {
    const held = gate();
    let calls = 0;
    const worker = await temporal.createWorker({
      ...activities,
      fillLedgerRebuild: async (target) => {
        calls += 1;
        if (calls === 1) await held.pass();
        return activities.fillLedgerRebuild(target);
      },
    });
    await worker.runUntil(async () => {
      const first = await startLedger();
      await held.reached;
      expect(await (await startLedger()).result()).toMatchObject({ position: 3 });
      held.open();
      await expect(innermostOf(first.result())).resolves.toContain('another one began');
    });
    expect(await ledgerTables()).toEqual(['ledger_entries']);
  });
});

describe('a rebuild of the ledger', () => {
  it('shows at its end how far it came', async () => {
    const worker = await temporal.createWorker(activities);
    await worker.runUntil(async () => {
      const run = await startLedger();
      await run.result();
      const { currentDetails } = await run.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      expect(await run.query<RecoveryProgress>('progress')).toMatchObject({ status: 'completed', done: 3 });
      expect(currentDetails).toContain('phase *taking the place of the ledger in use*. 3 events,');
    });
  });

  it('that is cancelled while its table is being made leaves none', async () => {
    const held = gate();
    const worker = await temporal.createWorker({
      ...activities,
      prepareLedgerRebuild: async (target) => {
        await held.pass();
        return activities.prepareLedgerRebuild(target);
      },
    });
    await worker.runUntil(async () => {
      const run = await startLedger();
      await held.reached;
      await run.cancel();
      await cancelIsKnown(run);
      held.open();
      await expect(run.result()).rejects.toThrow('Workflow execution cancelled');
    });
    expect(await ledgerTables()).toEqual(['ledger_entries']);
  });

  it('that is cancelled behind its swap has ended well, and one cancelled in it leaves no table', async () => {
    const dropping = gate();
    const swapping = gate();
    let swaps = 0;
    const worker = await temporal.createWorker({
      ...activities,
      swapLedgerRebuild: async (target) => {
        const outcome = await activities.swapLedgerRebuild(target);
        swaps += 1;
        if (swaps === 2) await swapping.pass();
        return outcome;
      },
      dropReplacedLedger: async () => {
        await dropping.pass();
        return activities.dropReplacedLedger();
      },
    });
    await worker.runUntil(async () => {
      const behind = await startLedger();
      await dropping.reached;
      await behind.cancel();
      await cancelIsKnown(behind);
      dropping.open();
      expect(await behind.result()).toMatchObject({ position: 3 });
      expect(await ledgerTables()).toEqual(['ledger_entries']);
      const within = await startLedger();
      await swapping.reached;
      await within.cancel();
      await expect(within.result()).rejects.toThrow('Workflow execution cancelled');
      swapping.open();
    });
    expect(await ledgerTables()).toEqual(['ledger_entries']);
  });
});
