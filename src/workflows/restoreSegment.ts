// Brings an archived segment back into log and ledger. It stays until an operator releases it.
import { activitiesFor } from './activitiesFor.ts';
import { findSegment } from './recovery/findSegment.ts';
import { runRecovery } from './recovery/runRecovery.ts';
import type { RecoveryArguments } from './recovery/recoveryKinds.ts';

export interface RestoredSegment {
  readonly segment: number;
  readonly events: number;
}

export async function restoreSegment(
  argument?: RecoveryArguments['restoreSegment'] | null,
): Promise<RestoredSegment> {
  return runRecovery({ projection: 'all', summaryOf }, async (recovery) => {
    const { segment, events } = await findSegment('restoreSegment', argument);
    recovery.begin('restoring a segment', events);
    await recovery.whileNotPaused();
    const activities = activitiesFor('ledgerRebuild', `restore segment ${segment}`);
    await activities.restoreArchivedSegment({ segment });
    recovery.advance(events);
    return { segment, events };
  });
}

function summaryOf({ segment, events }: RestoredSegment): string {
  return `Segment ${segment} is in log and ledger again, with ${events} events. wallet archive release ${segment} lets it go.`;
}
