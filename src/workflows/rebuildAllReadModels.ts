// Started by an operator: makes the whole read model anew from the event store while commands and reads go on. New
// index → the live drain writes to both → backfill in slices → comparison in slices → one atomic switch → grace → the
// old index is dropped. Nobody has to catch up: what the drain wrote since the registration is in both.
import { ApplicationFailure, CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { RebuildIndex } from '../activities/activities.ts';
import {
  addComparisons,
  type ComparisonSum,
  differencesInWords,
  isEqual,
  noComparison,
} from './recovery/comparison.ts';
import { compareReadModelSlice } from './compareReadModelSlice.ts';
import { fillReadModelSlice } from './fillReadModelSlice.ts';
import { type Recovery, runRecovery } from './recovery/runRecovery.ts';
import { recoveryActivities } from './recovery/recoveryActivities.ts';
import { readArgument } from './recovery/recoveryArgument.ts';
import { type RecoveryArguments, wholeNumbers } from './recovery/recoveryKinds.ts';
import { reportEvery, runSlices } from './recovery/slices.ts';

export interface RebuildResult {
  /** The index that is read from now on. */
  readonly index: string;
  readonly wallets: number;
  readonly events: number;
  /** Wallets whose stream breaks a rule; `verifyProjections` names them. */
  readonly brokenStreams: number;
  /** Sum over (id, version, document), the same out of the event store and out of the index. */
  readonly checksum: string;
}

interface Plan {
  readonly slices: number;
  readonly graceS: number;
  readonly walletsPerPage: number;
}

export async function rebuildAllReadModels(
  argument?: RecoveryArguments['rebuildAllReadModels'] | null,
): Promise<RebuildResult> {
  return runRecovery({ projection: 'read-model', inWords }, async (recovery) => {
    const given = readArgument('rebuildAllReadModels', argument);
    const plan = {
      slices: given.slices ?? wholeNumbers.slices.fallback,
      graceS: given.graceS ?? wholeNumbers.graceS.fallback,
      walletsPerPage: given.walletsPerPage ?? wholeNumbers.walletsPerPage.fallback,
    };
    recovery.begin('preparing', null);
    await recovery.whileNotPaused();
    // Not half-way: an index that comes into being behind the removal of a cancelled rebuild would stay for good.
    const index = await CancellationScope.nonCancellable(() =>
      recoveryActivities('prepare the new index').prepareReadModelRebuild(),
    );
    let result: RebuildResult;
    try {
      result = await buildAndSwitch(recovery, plan, index);
      await grace(recovery, plan);
    } catch (error) {
      await removeLoser(index);
      throw error;
    }
    await removeLoser(index);
    return result;
  });
}

async function buildAndSwitch(
  recovery: Recovery,
  { slices, walletsPerPage }: Plan,
  index: RebuildIndex,
): Promise<RebuildResult> {
  const edges = await recoveryActivities('cut the wallets into slices').cutWallets({ slices });
  const ranges = edges.slice(1).map((until, at) => ({
    after: edges[at] ?? '',
    until,
    walletsPerPage,
    reportEvery: reportEvery(index.position),
  }));

  recovery.begin('backfill', index.position);
  const filled = await runSlices(
    recovery,
    fillReadModelSlice,
    'fill',
    ranges.map((range) => ({ ...range, index: index.to })),
  );
  await recoveryActivities(`make ${index.to} ready to be searched`).finishReadModelIndex({ index: index.to });

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
  // Not half-way: a cancel that comes now takes effect in the grace.
  await CancellationScope.nonCancellable(() =>
    recoveryActivities(`read ${index.to} instead of ${index.from}`).switchReadModel(index),
  );
  return {
    index: index.to,
    wallets: sum.wallets,
    events: sum.events,
    brokenStreams: filled.reduce((count, { broken }) => count + broken, 0),
    checksum: sum.held.sum,
  };
}

/** The old index is still written to, so that moving the alias back would lose nothing. A cancel ends it at once. */
async function grace(recovery: Recovery, { graceS }: Plan): Promise<void> {
  recovery.begin('grace', null, 'steps');
  try {
    if (graceS > 0) await sleep(graceS * 1_000);
    // Whoever holds the rebuild now wants the old index to stay.
    await recovery.whileNotPaused();
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}

async function removeLoser({ from, to }: RebuildIndex): Promise<void> {
  await CancellationScope.nonCancellable(() =>
    recoveryActivities(`remove ${from} or ${to}, whichever is not read`).removeOtherReadModelIndexes({
      from,
      to,
    }),
  );
}

function verificationFailed(from: string, sum: ComparisonSum): ApplicationFailure {
  const { expected, held, differencesCount } = sum;
  const counts = `${expected.count} documents expected, ${held.count} found, ${differencesCount} differences`;
  return ApplicationFailure.nonRetryable(
    `the new index is wrong and was removed, ${from} is still read: ${counts}. ${differencesInWords(sum)}`,
    'VerificationFailed',
  );
}

function inWords({ index, wallets, events, brokenStreams }: RebuildResult): string {
  const broken = brokenStreams === 0 ? '' : ` ${brokenStreams} streams break a rule: run verifyProjections.`;
  return `**${index}** is read now: ${wallets} wallets out of ${events} events, verified.${broken}`;
}
