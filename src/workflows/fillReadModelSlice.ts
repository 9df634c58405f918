// A child of rebuildAllReadModels: brings one slice of the wallets into the new index, one bounded activity behind the
// other. Its place is its state, so another worker goes on from the last activity, or from its last heartbeat.
import type { SliceFigures } from '../activities/activities.ts';
import { type CarriedProgress, goOnAsNew, historyIsLong, runRecovery } from './recovery/runRecovery.ts';
import { recoveryActivities } from './recovery/recoveryActivities.ts';
import { createSliceReport, type SliceProgress } from './recovery/slices.ts';

export interface FillSliceArgument {
  readonly index: string;
  /** Wallets with ids in (after, until]. */
  readonly after: string;
  readonly until: string;
  readonly walletsPerPage: number;
  readonly reportEvery: number;
}

interface Continued {
  readonly figures: SliceFigures;
  readonly untold: SliceProgress;
  readonly progress: CarriedProgress;
}

export async function fillReadModelSlice(
  argument: FillSliceArgument,
  continued?: Continued,
): Promise<SliceFigures> {
  const { index, after, until, walletsPerPage: walletsMax } = argument;
  return runRecovery(
    { projection: 'read-model', carried: continued?.progress, inWords },
    async (recovery) => {
      const activities = recoveryActivities(`fill ${index}`);
      const report = createSliceReport(argument.reportEvery, continued?.untold);
      let sum = continued?.figures ?? { after, wallets: 0, events: 0, refused: 0, broken: 0 };
      if (continued === undefined) recovery.begin('backfill', null);
      for (;;) {
        await recovery.whileNotPaused();
        const stretch = await activities.fillReadModelIndex({ index, after: sum.after, until, walletsMax });
        sum = {
          after: stretch.after,
          wallets: sum.wallets + stretch.wallets,
          events: sum.events + stretch.events,
          refused: sum.refused + stretch.refused,
          broken: sum.broken + stretch.broken,
        };
        recovery.advance(stretch.events);
        await report.add({ events: stretch.events, differences: 0 }, stretch.done);
        if (stretch.done) return sum;
        if (historyIsLong()) {
          await goOnAsNew<typeof fillReadModelSlice>(argument, {
            figures: sum,
            untold: report.untold(),
            progress: recovery.carried(),
          });
        }
      }
    },
  );
}

function inWords({ wallets, events, refused }: SliceFigures): string {
  return `${wallets} wallets out of ${events} events; Elasticsearch refused ${refused}.`;
}
