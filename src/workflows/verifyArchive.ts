// Reads the files of the archive again and compares them with what was sealed. An operator starts it.
import { activitiesFor } from './activitiesFor.ts';
import { runRecovery } from './recovery/runRecovery.ts';
import { readArgument } from './recovery/recoveryArgument.ts';
import type { RecoveryArguments } from './recovery/recoveryKinds.ts';

export interface VerifiedArchive {
  readonly segments: number;
  readonly events: number;
}

/** Rejects at the first file that is damaged, and names it. */
export async function verifyArchive(
  argument?: RecoveryArguments['verifyArchive'] | null,
): Promise<VerifiedArchive> {
  return runRecovery({ projection: 'all', summaryOf }, async (recovery) => {
    const { segment } = readArgument('verifyArchive', argument);
    const list = activitiesFor('upkeep', 'list segments of the archive');
    const segments = await list.listArchivedSegments({ segment });
    const total = segments.reduce((sum, { events }) => sum + events, 0);
    recovery.begin('verifying files', total);
    for (const one of segments) {
      await recovery.whileNotPaused();
      const activities = activitiesFor('ledgerRebuild', `verify segment ${one.segment}`);
      await activities.verifyArchivedSegment({ segment: one.segment });
      recovery.advance(one.events);
    }
    return { segments: segments.length, events: total };
  });
}

function summaryOf({ segments, events }: VerifiedArchive): string {
  return `The files of ${segments} segments hold ${events} events, as they were sealed.`;
}
