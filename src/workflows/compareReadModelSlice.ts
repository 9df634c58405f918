// A child workflow of rebuildAllReadModels. It compares one slice of the new index with the event store,
// before any read uses that index.
import { activitiesFor } from './activitiesFor.ts';
import {
  addComparisons,
  type ComparisonSum,
  comparisonSumShape,
  noComparison,
} from './recovery/comparison.ts';
import type { CarriedProgress } from './recovery/progress.ts';
import { goOnAsNew, historyIsLong, runRecovery } from './recovery/runRecovery.ts';
import { assertShape } from './recovery/shapes.ts';
import { createSliceReport, type SliceProgress, sliceProgressShape } from './recovery/slices.ts';

export interface CompareSliceArgument {
  readonly index: string;
  /** Every event up to this position was committed before the backfill began. */
  readonly position: number;
  readonly after: string;
  readonly until: string;
  readonly walletsPerPage: number;
  readonly reportEvery: number;
  readonly fromStart?: boolean;
}

/** Histories store these fields. */
interface Continued {
  readonly after: string;
  readonly sum: ComparisonSum;
  /** Progress that the parent has not heard of yet. */
  readonly untold: SliceProgress;
  readonly progress: CarriedProgress;
}

const argumentShape = {
  members: {
    index: 'text',
    position: 'count',
    after: 'text',
    until: 'text',
    walletsPerPage: 'count',
    reportEvery: 'count',
    fromStart: { missing: 'flag' },
  },
} as const;

const continuedShape = { after: 'text', sum: comparisonSumShape, untold: sliceProgressShape } as const;

export async function compareReadModelSlice(
  argument: CompareSliceArgument,
  given?: Continued | null,
): Promise<ComparisonSum> {
  return runRecovery(
    { projection: 'read-model', continued: given, continuedShape, summaryOf },
    async (recovery, continued) => {
      assertShape(argument, argumentShape, 'the argument');
      const { index, position, until, walletsPerPage: walletsMax, fromStart = false } = argument;
      const activities = activitiesFor('readModel', `compare ${index} with the event store`);
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
          ...(fromStart && { fromStart }),
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
            untold: report.unreported(),
            progress,
          });
        }
      }
    },
  );
}

function summaryOf({ wallets, differencesCount }: ComparisonSum): string {
  return `${wallets} wallets compared, ${differencesCount} differences.`;
}
