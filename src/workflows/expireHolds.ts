// Ends holds that expired and freezes whose time has come. The schedule `expire-holds` starts it again and
// again. The loop lives in the activity, so a run keeps a dozen history events however many holds end.
import type { SweepResult } from '../activities/activities.ts';
import { activitiesFor } from './activitiesFor.ts';
import { showWithForeign } from './showWithForeign.ts';

const endReasons: Readonly<Record<SweepResult['reason'], string>> = {
  budget: 'its time was used up; the next run is already waiting',
  shutdown: 'its worker was shut down',
  superseded: 'two other sweeps of its worker go on',
};

/** It takes no arguments and no signals. A worker that shuts down hands its sweep over once. */
export async function expireHolds(...given: readonly unknown[]): Promise<SweepResult> {
  const show = showWithForeign('a sweep', given);
  show(
    'Ending holds and freezes that are due. The pending activity shows the count in its heartbeat, and the reason if it fails.',
  );
  const { endDue } = activitiesFor('drain', 'end holds and freezes that are due');
  let result = await endDue();
  if (result.reason === 'shutdown') {
    const { wallets } = result;
    const next = await endDue();
    result = { ...next, wallets: wallets + next.wallets };
  }
  show(
    `Ended what was due on ${result.wallets} wallets. The run ended because ${endReasons[result.reason]}.`,
  );
  return result;
}
