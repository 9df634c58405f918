// Lets a restored segment of the log go again: its file is verified, and then it is detached and dropped
// without a grace. A file that was lost is written again before.
import { ApplicationFailure } from '@temporalio/workflow';
import { activitiesFor } from './activitiesFor.ts';
import { archiveSegment } from './archiveLog.ts';
import { findSegment } from './recovery/findSegment.ts';
import { runRecovery } from './recovery/runRecovery.ts';
import type { RecoveryArguments } from './recovery/recoveryKinds.ts';

export interface ReleasedSegment {
  readonly segment: number;
}

export async function releaseSegment(
  argument?: RecoveryArguments['releaseSegment'] | null,
): Promise<ReleasedSegment> {
  return runRecovery({ projection: 'all', summaryOf }, async (recovery) => {
    const { segment, events } = await findSegment('releaseSegment', argument);
    recovery.begin('verifying its file', events);
    await recovery.whileNotPaused();
    const activities = activitiesFor('ledgerRebuild', `verify segment ${segment}`);
    await activities.verifyArchivedSegment({ segment, isReleased: true });
    recovery.begin('dropping the segment', null, 'steps');
    if (!(await activities.releaseArchivedSegment({ segment })))
      throw ApplicationFailure.nonRetryable(`segment ${segment} was not restored`, 'NotRestored');
    const work = { segment, events, step: 'opened' } as const;
    const { isDropped, waitsFor } = await archiveSegment(recovery, work, false);
    if (!isDropped)
      throw ApplicationFailure.nonRetryable(
        `segment ${segment} stays for now, and archive-log drops it later: ${waitsFor ?? 'it waits'}`,
        'SegmentWaits',
      );
    return { segment };
  });
}

function summaryOf({ segment }: ReleasedSegment): string {
  return `Segment ${segment} is in the archive alone.`;
}
