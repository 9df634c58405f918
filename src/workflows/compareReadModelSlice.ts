// A child of rebuildAllReadModels: compares one slice of the new index with the event store before anybody reads it.
import { addComparisons, type ComparisonSum, noComparison } from './recovery/comparison.ts';
import { type CarriedProgress, goOnAsNew, historyIsLong, runRecovery } from './recovery/runRecovery.ts';
import { recoveryActivities } from './recovery/recoveryActivities.ts';
import { createSliceReport, type SliceProgress } from './recovery/slices.ts';

export interface CompareSliceArgument {
  readonly index: string;
  /** Events up to here were committed before the backfill began. */
  readonly position: number;
  readonly after: string;
  readonly until: string;
  readonly walletsPerPage: number;
  readonly reportEvery: number;
}

interface Continued {
  readonly after: string;
  readonly sum: ComparisonSum;
  readonly untold: SliceProgress;
  readonly progress: CarriedProgress;
}

export async function compareReadModelSlice(
  argument: CompareSliceArgument,
  continued?: Continued,
): Promise<ComparisonSum> {
  const { index, position, until, walletsPerPage: walletsMax } = argument;
  return runRecovery(
    { projection: 'read-model', carried: continued?.progress, inWords },
    async (recovery) => {
      const activities = recoveryActivities(`compare ${index} with the event store`);
      const report = createSliceReport(argument.reportEvery, continued?.untold);
      let after = continued?.after ?? argument.after;
      let sum = continued?.sum ?? noComparison;
      if (continued === undefined) recovery.begin('verification', null);
      for (;;) {
        await recovery.whileNotPaused();
        const { done, ...found } = await activities.compareReadModelIndex({
          index,
          position,
          after,
          until,
          walletsMax,
        });
        after = found.after;
        sum = addComparisons(sum, found);
        const { events, differencesCount: differences } = found;
        recovery.advance(events, differences);
        await report.add({ events, differences }, done);
        if (done) return sum;
        if (historyIsLong()) {
          const progress = recovery.carried();
          await goOnAsNew<typeof compareReadModelSlice>(argument, {
            after,
            sum,
            untold: report.untold(),
            progress,
          });
        }
      }
    },
  );
}

function inWords({ wallets, differencesCount }: ComparisonSum): string {
  return `${wallets} wallets compared, ${differencesCount} differences.`;
}
