import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RecoveryKind, recoveryKinds } from '../../src/workflows/recovery/recoveryKinds.ts';
import { eventually } from '../support/eventually.ts';
import { createProjectionFixture, type ProjectionFixture } from '../support/projections.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';
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

let runs = 0;
function start(kind: RecoveryKind, args: readonly unknown[]) {
  runs += 1;
  return temporal.client.workflow.start(kind, {
    taskQueue: temporal.taskQueue,
    workflowId: `${temporal.taskQueue}-argument-${runs}`,
    args: [...args],
  });
}

async function withWorker<T>(work: () => Promise<T>): Promise<T> {
  const worker = await temporal.createWorker(processOver(fixture).activities);
  return worker.runUntil(work);
}

/** A workflow that breaks its task neither ends nor fails, so the wait has a bound. */
async function endOf(handle: Awaited<ReturnType<typeof start>>): Promise<string> {
  return eventually(async () => {
    const { status } = await handle.describe();
    return status.name !== 'RUNNING' && status.name;
  });
}

async function refusal(kind: RecoveryKind, argument: unknown): Promise<string | undefined> {
  const handle = await start(kind, [argument]);
  await endOf(handle);
  const failure: unknown = await handle.result().catch((error: unknown) => error);
  return failure instanceof WorkflowFailedError ? failure.cause?.message : undefined;
}

describe('the argument of a recovery', () => {
  it('may be missing, or null, or an empty object', async () => {
    await withWorker(async () => {
      for (const kind of ['retryStaleEvents', 'rebuildLedger', 'verifyProjections', 'pruneOutbox'] as const)
        for (const args of [[], [null], [{}]])
          expect(await endOf(await start(kind, args)), `${kind} ${JSON.stringify(args)}`).toBe('COMPLETED');
    });
  });

  it('is refused with a sentence if it is misspelt, out of bounds or no object', async () => {
    await withWorker(async () => {
      for (const kind of Object.keys(recoveryKinds) as RecoveryKind[]) {
        expect(await refusal(kind, 'now')).toBe('the argument has to be one JSON object, such as {}');
        expect(await refusal(kind, ['now'])).toBe('the argument has to be one JSON object, such as {}');
        expect(await refusal(kind, { constructor: 1 })).toContain(
          `${kind} has no field "constructor"; it has `,
        );
      }
      expect(await refusal('rebuildLedger', { full: true })).toBe(
        'rebuildLedger has no field "full"; it has fromStart',
      );
      expect(await refusal('verifyProjections', { repiar: true })).toBe(
        'verifyProjections has no field "repiar"; it has repair, waitS, walletsPerPage',
      );
      expect(await refusal('verifyProjections', { repair: 'no' })).toBe('repair must be true or false');
      expect(await refusal('retryStaleEvents', { olderThanS: '60 seconds' })).toBe(
        'olderThanS must be a whole number from 0 to 31536000',
      );
      expect(await refusal('pruneOutbox', { olderThanHours: -1 })).toBe(
        'olderThanHours must be a whole number from 0 to 8760',
      );
      expect(await refusal('rebuildWalletReadModel', { walletId: 7 })).toBe('walletId must be an id');
      expect(await refusal('rebuildWalletReadModel', null)).toBe('walletId is missing: which wallet?');
    });
  });
});

it('a recovery that fails says why in the Web UI, not only which activity it was', async () => {
  await withWorker(async () => {
    const handle = await start('rebuildWalletReadModel', [{ walletId: 'nobody' }]);
    expect(await endOf(handle)).toBe('FAILED');
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain('wallet "nobody" has no events');
  });
});
