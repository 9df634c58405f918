// An operator pauses or cancels rebuilds at moments that are easily forgotten.
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Activities } from '../../src/activities/activities.ts';
import { readTargets } from '../../src/projections/readModel/targets.ts';
import type { RecoveryProgress } from '../../src/workflows/recovery/progress.ts';
import { rebuildAllReadModels, rebuildLedger } from '../../src/workflows/index.ts';
import { innermostMessage } from '../../src/workflows/recovery/innermostMessage.ts';
import { appendEvents } from '../support/appendEvents.ts';
import { eventually } from '../support/eventually.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../support/projections.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';
import { walletStream } from '../support/walletStream.ts';
import { processOver } from '../support/workerActivities.ts';

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
  for (const { resolve } of gates.splice(0)) resolve(undefined);
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

/** They are opened after each test, because a worker with a closed gate never ends. */
const gates: PromiseWithResolvers<undefined>[] = [];

/** Makes an activity wait before or after its work until the gate is opened. */
function gate() {
  const reached = Promise.withResolvers<undefined>();
  const opened = Promise.withResolvers<undefined>();
  gates.push(opened);
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

/**
 * True for every call of the rebuild that called first. Temporal tries an activity again if it is held long
 * enough.
 */
function forTheFirst() {
  let first: string | undefined;
  return (argument: {
    readonly index?: string;
    readonly to?: string;
    readonly rebuildId?: string;
  }): boolean => {
    const of = argument.index ?? argument.to ?? argument.rebuildId;
    first ??= of;
    return of === first;
  };
}

const phaseIs = (run: WorkflowHandle, phase: string) =>
  eventually(async () => (await run.query<RecoveryProgress>('progress')).phase === phase);

/** The workflow knows of the cancel, because it has completed a task after it. */
const cancelIsKnown = (run: WorkflowHandle) =>
  eventually(async () => {
    const { events = [] } = await run.fetchHistory();
    const at = events?.findIndex((event) => event.workflowExecutionCancelRequestedEventAttributes) ?? -1;
    return at >= 0 && events?.slice(at).some((event) => event.workflowTaskCompletedEventAttributes);
  });

/** Says if the second activity was scheduled before the first one ended. */
async function cleanUpBeganAfter(run: WorkflowHandle): Promise<string> {
  const { events } = await run.fetchHistory();
  const ended = events?.findIndex(
    ({ activityTaskCompletedEventAttributes: completed, activityTaskCanceledEventAttributes: cancelled }) =>
      completed ?? cancelled,
  );
  const scheduled = events?.findLastIndex((event) => event.activityTaskScheduledEventAttributes);
  return (ended ?? 0) < (scheduled ?? 0) ? 'its step ended' : 'the cancel';
}

async function ledgerTables(): Promise<readonly string[]> {
  const { rows } = await fixture.pool.query<{ name: string }>(
    "select relname as name from pg_class where relname like 'ledger_postings%' and relkind in ('r', 'p') and not relispartition order by 1",
  );
  return rows.map(({ name }) => name);
}

describe('a rebuild of the read model', () => {
  it('keeps the old index while it is paused in the grace', async () => {
    // Paused before the grace begins, so that the grace cannot end first even if this test is slow.
    const held = gate();
    const worker = await temporal.createWorker({
      ...activities,
      switchReadModel: async (index) => {
        await held.pass();
        return activities.switchReadModel(index);
      },
    });
    await worker.runUntil(async () => {
      const run = await startReadModel(1);
      await held.reached;
      await run.executeUpdate('pause');
      held.open();
      await phaseIs(run, 'grace: the old index is kept for a while');
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
    // The activity removes its index even if its run is over by then.
    await eventually(async () => (await indexes()).length === 1);
    expect(await indexes()).toEqual([`${fixture.indexPrefix}wallets-000001`]);
    await eventually(async () => (await readTargets(fixture.pool)).length === 0);
  });
});

describe('a rebuild that another one, under another id, superseded', () => {
  it('ends and leaves the index of the other one alone, at whichever step it was', async () => {
    const steps = [
      'fillReadModelIndex',
      'finishReadModelIndex',
      'compareReadModelIndex',
      'switchReadModel',
    ] as const;
    for (const step of steps) {
      const held = gate();
      const isFirst = forTheFirst();
      const worker = await temporal.createWorker({
        ...activities,
        [step]: async (argument: never) => {
          if (isFirst(argument)) await held.pass();
          return (activities[step] as (given: never) => Promise<unknown>)(argument);
        },
      });
      await worker.runUntil(async () => {
        const first = await startReadModel(0);
        await held.reached;
        const { index } = await (await startReadModel(0)).result();
        held.open();
        // At the switch the index that it would replace is gone too, and that is checked first.
        await expect(innermostOf(first.result())).resolves.toMatch(
          /gone: someone removed it|is read instead of/,
        );
        expect(await indexes()).toEqual([index]);
        expect(await readTargets(fixture.pool)).toEqual([]);
      });
    }
  });

  it('leaves a half-built index of another one alone when it is cancelled', async () => {
    const held = [gate(), gate()];
    const isFirst = forTheFirst();
    const worker = await temporal.createWorker({
      ...activities,
      fillReadModelIndex: async (argument) => {
        await held[isFirst(argument) ? 0 : 1]?.pass();
        return activities.fillReadModelIndex(argument);
      },
    });
    await worker.runUntil(async () => {
      const first = await startReadModel(0);
      await held[0]?.reached;
      const second = await startReadModel(0);
      await held[1]?.reached;
      await first.cancel();
      await cancelIsKnown(first);
      held[0]?.open();
      // It ends as cancelled or because its index is gone, depending on which it heard of first.
      await expect(first.result()).rejects.toBeInstanceOf(WorkflowFailedError);
      held[1]?.open();
      const { index } = await second.result();
      expect(await indexes()).toEqual([index]);
    });
  });

  it('removes its registration if somebody deleted its index, so that the drain goes on', async () => {
    const held = gate();
    const worker = await temporal.createWorker({
      ...activities,
      fillReadModelIndex: async (argument) => {
        await held.pass();
        return activities.fillReadModelIndex(argument);
      },
    });
    await worker.runUntil(async () => {
      const run = await startReadModel(0);
      await held.reached;
      await fixture.elasticsearch.indices.delete({ index: `${fixture.indexPrefix}wallets-000002` });
      held.open();
      await expect(innermostOf(run.result())).resolves.toContain('gone: someone removed it');
    });
    expect(await readTargets(fixture.pool)).toEqual([]);
    await appendEvents(fixture.pool, walletStream('wallet-002', 100n));
    await drainAll(fixture.pool, fixture.readModel);
    expect(await fixture.queries.getWalletDocument('wallet-002')).toMatchObject({ version: 1 });
  });

  it.each(['fillLedgerRebuild', 'swapLedgerRebuild'] as const)(
    'ends, leaves the table of the other one alone and does not take its swap for its own: held at %s',
    async (step) => {
      const held = gate();
      const isFirst = forTheFirst();
      const worker = await temporal.createWorker({
        ...activities,
        [step]: async (target: { rebuildId: string }) => {
          if (isFirst(target)) await held.pass();
          return activities[step](target);
        },
      });
      await worker.runUntil(async () => {
        const first = await startLedger();
        await held.reached;
        expect(await (await startLedger()).result()).toMatchObject({ position: 3 });
        held.open();
        await expect(innermostOf(first.result())).resolves.toContain('another one began');
      });
      expect(await ledgerTables()).toEqual(['ledger_postings']);
    },
  );
});

describe('a rebuild of the ledger', () => {
  it('shows at its end how far it came', async () => {
    const worker = await temporal.createWorker(activities);
    await worker.runUntil(async () => {
      const run = await startLedger();
      await run.result();
      const { currentDetails } = await run.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      expect(await run.query<RecoveryProgress>('progress')).toMatchObject({ status: 'completed', done: 3 });
      expect(currentDetails).toContain(
        'phase *taking the place of the ledger in use*. 3 of about 3 events (100 %),',
      );
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
      expect(await cleanUpBeganAfter(run)).toBe('its step ended');
    });
    expect(await ledgerTables()).toEqual(['ledger_postings']);
  });

  it('that is cancelled after its swap has ended well, and one cancelled in it leaves no table', async () => {
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
      dropReplacedLedger: async (target) => {
        await dropping.pass();
        return activities.dropReplacedLedger(target);
      },
    });
    await worker.runUntil(async () => {
      const late = await startLedger();
      await dropping.reached;
      await late.cancel();
      await cancelIsKnown(late);
      dropping.open();
      expect(await late.result()).toMatchObject({ position: 3 });
      expect(await ledgerTables()).toEqual(['ledger_postings']);
      const within = await startLedger();
      await swapping.reached;
      await within.cancel();
      await expect(within.result()).rejects.toThrow('Workflow execution cancelled');
      swapping.open();
    });
    expect(await ledgerTables()).toEqual(['ledger_postings']);
  });
});
