// A child workflow of rebuildAllReadModels. It writes one slice of the wallets into the new index, with one
// bounded activity after the other. Another worker continues from the last activity that ended, or from its
// last heartbeat.
import type { SliceCounts } from '../activities/activities.ts';
import { activitiesFor } from './activitiesFor.ts';
import type { CarriedProgress } from './recovery/progress.ts';
import { goOnAsNew, historyIsLong, runRecovery } from './recovery/runRecovery.ts';
import { assertShape } from './recovery/shapes.ts';
import { createSliceReport, type SliceProgress, sliceProgressShape } from './recovery/slices.ts';

export interface FillSliceArgument {
  readonly index: string;
  /** Wallets with ids in (after, until]. */
  readonly after: string;
  readonly until: string;
  readonly walletsPerPage: number;
  readonly reportEvery: number;
  readonly fromStart?: boolean;
}

/** Histories store these fields. */
interface Continued {
  readonly figures: SliceCounts;
  /** Progress that the parent has not heard of yet. */
  readonly untold: SliceProgress;
  readonly progress: CarriedProgress;
}

const argumentShape = {
  members: {
    index: 'text',
    after: 'text',
    until: 'text',
    walletsPerPage: 'count',
    reportEvery: 'count',
    fromStart: { missing: 'flag' },
  },
} as const;

const continuedShape = {
  figures: {
    members: { after: 'text', wallets: 'count', events: 'count', refused: 'count', broken: 'count' },
  },
  untold: sliceProgressShape,
} as const;

export async function fillReadModelSlice(
  argument: FillSliceArgument,
  given?: Continued | null,
): Promise<SliceCounts> {
  return runRecovery(
    { projection: 'read-model', continued: given, continuedShape, summaryOf },
    async (recovery, continued) => {
      assertShape(argument, argumentShape, 'the argument');
      const { index, after, until, walletsPerPage: walletsMax, fromStart = false } = argument;
      const start = fromStart ? { fromStart } : {};
      const activities = activitiesFor('readModel', `fill ${index}`);
      const report = createSliceReport(argument.reportEvery, continued?.untold);
      let sum = continued?.figures ?? { after, wallets: 0, events: 0, refused: 0, broken: 0 };
      if (continued === undefined) recovery.begin('backfill', null);
      for (;;) {
        await recovery.whileNotPaused();
        const chunk = await activities.fillReadModelIndex({
          ...{ index, after: sum.after, until, walletsMax },
          ...start,
        });
        sum = {
          after: chunk.after,
          wallets: sum.wallets + chunk.wallets,
          events: sum.events + chunk.events,
          refused: sum.refused + chunk.refused,
          broken: sum.broken + chunk.broken,
        };
        recovery.advance(chunk.events);
        await report.add({ events: chunk.events, differences: 0 }, chunk.done);
        if (chunk.done) return sum;
        if (historyIsLong()) {
          await goOnAsNew<typeof fillReadModelSlice>(argument, {
            figures: sum,
            untold: report.unreported(),
            progress: recovery.carried(),
          });
        }
      }
    },
  );
}

function summaryOf({ wallets, events, refused }: SliceCounts): string {
  return `${wallets} wallets out of ${events} events; Elasticsearch refused ${refused}.`;
}
