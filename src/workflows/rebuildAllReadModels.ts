// Rebuilds the whole read model from the event store while commands and reads go on. An operator starts it.
// New index → the live drain writes to both → backfill in slices → comparison in slices. Then one atomic
// switch → grace → the old index is dropped. Nobody has to catch up, because the drain writes to both indexes
// as soon as the new one is registered.
import { ApplicationFailure, isCancellation, sleep } from '@temporalio/workflow';
import type { RebuildIndex } from '../activities/activities.ts';
import { activitiesFor } from './activitiesFor.ts';
import {
  addComparisons,
  type ComparisonSum,
  differencesInWords,
  isEqual,
  noComparison,
} from './recovery/comparison.ts';
import { cancellableStep, cleanUp, cleanUpAfterSuccess } from './recovery/cleanUp.ts';
import { compareReadModelSlice } from './compareReadModelSlice.ts';
import { fillReadModelSlice } from './fillReadModelSlice.ts';
import { type Recovery, runRecovery } from './recovery/runRecovery.ts';
import { readArgument } from './recovery/recoveryArgument.ts';
import type { CompleteArgument, RecoveryArguments } from './recovery/recoveryKinds.ts';
import { reportEvery, runSlices } from './recovery/slices.ts';
import { workflowTimeMs } from './recovery/workflowTime.ts';

export interface RebuildResult {
  /** Reads use this index from now on. */
  readonly index: string;
  readonly wallets: number;
  readonly events: number;
  /** Wallets whose stream breaks a rule. `verifyProjections` names them. */
  readonly brokenStreams: number;
  /** Sum over (id, version, document): the same from the event store and from the index. */
  readonly checksum: string;
}

type Plan = CompleteArgument<'rebuildAllReadModels'>;

export async function rebuildAllReadModels(
  argument?: RecoveryArguments['rebuildAllReadModels'] | null,
): Promise<RebuildResult> {
  return runRecovery({ projection: 'read-model', summaryOf }, async (recovery) => {
    const plan = readArgument('rebuildAllReadModels', argument);
    recovery.begin('preparing', null);
    await recovery.whileNotPaused();
    // If it is cancelled half-way, its index stays until the next rebuild removes it. Nothing reads it.
    const index = await cancellableStep((cancellationType) =>
      activitiesFor('readModel', 'prepare the new index', { cancellationType }).prepareReadModelRebuild(
        ...(plan.fromStart ? [{ fromStart: true }] : []),
      ),
    );
    let result: RebuildResult;
    try {
      result = await buildAndSwitch(recovery, plan, index);
      await grace(recovery, plan);
    } catch (error) {
      await cleanUp(recovery, index.to, removing(index));
      throw error;
    }
    await cleanUpAfterSuccess(recovery, index.from, removing(index));
    return result;
  });
}

async function buildAndSwitch(
  recovery: Recovery,
  { slices, walletsPerPage, fromStart }: Plan,
  index: RebuildIndex,
): Promise<RebuildResult> {
  const edges = await activitiesFor('readModel', 'cut the wallets into slices').cutWallets({ slices });
  const ranges = edges.slice(1).map((until, at) => ({
    after: edges[at] ?? '',
    until,
    walletsPerPage,
    reportEvery: reportEvery(index.position),
    ...(fromStart && { fromStart }),
  }));

  recovery.begin('backfill', index.position);
  const filled = await runSlices(
    recovery,
    fillReadModelSlice,
    'fill',
    ranges.map((range) => ({ ...range, index: index.to })),
  );
  await activitiesFor('readModel', `make ${index.to} ready to be searched`).finishReadModelIndex({
    index: index.to,
  });

  recovery.begin('verification', index.position);
  const compared = await runSlices(
    recovery,
    compareReadModelSlice,
    'compare',
    ranges.map((range) => ({ ...range, index: index.to, position: index.position })),
  );
  const sum = compared.reduce(addComparisons, noComparison);
  if (!isEqual(sum)) throw verificationFailed(index.from, sum);

  await recovery.whileNotPaused();
  recovery.begin('switch', null);
  // However far a cancelled switch has come, the clean-up keeps the index that is read.
  await cancellableStep((cancellationType) =>
    activitiesFor('readModel', `read ${index.to} instead of ${index.from}`, {
      cancellationType,
    }).switchReadModel(index),
  );
  return {
    index: index.to,
    wallets: sum.wallets,
    events: sum.events,
    brokenStreams: filled.reduce((count, { broken }) => count + broken, 0),
    checksum: sum.held.sum,
  };
}

/**
 * Keeps the old index for a while. The drain still writes to it, so an operator could move the alias back. A
 * cancel ends it.
 */
async function grace(recovery: Recovery, { graceS }: Plan): Promise<void> {
  recovery.begin('grace: the old index is kept for a while', null, 'steps');
  recovery.waitUntil(workflowTimeMs() + graceS * 1_000);
  try {
    if (graceS > 0) await sleep(graceS * 1_000);
    // An operator who pauses the rebuild now wants to keep the old index.
    await recovery.whileNotPaused();
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}

function removing({ from, to }: RebuildIndex) {
  const summary = `remove ${from} or ${to}, whichever is not read`;
  return (triedFor: '5 seconds' | undefined) =>
    activitiesFor('readModel', summary, { triedFor }).removeOtherReadModelIndexes({ from, to });
}

function verificationFailed(from: string, sum: ComparisonSum): ApplicationFailure {
  const { expected, held, differencesCount } = sum;
  const counts = `${expected.count} documents expected, ${held.count} found, ${differencesCount} differences`;
  return ApplicationFailure.nonRetryable(
    `the new index is wrong and was removed, ${from} is still read: ${counts}. ${differencesInWords(sum)}`,
    'VerificationFailed',
  );
}

function summaryOf({ index, wallets, events, brokenStreams }: RebuildResult): string {
  const broken = brokenStreams === 0 ? '' : ` ${brokenStreams} streams break a rule: run verifyProjections.`;
  return `**${index}** is read now: ${wallets} wallets out of ${events} events, verified.${broken}`;
}
