// Takes old segments of the log into the archive, one step at a time and the oldest first. The schedule
// `archive-log` starts it each day, and an operator may start it too. A run after a crash goes on.
import type { ArchiveWork } from '../activities/activities.ts';
import { activitiesFor } from './activitiesFor.ts';
import { archiveReasons } from './recovery/archiveReasons.ts';
import { type Recovery, runRecovery } from './recovery/runRecovery.ts';
import { readArgument } from './recovery/recoveryArgument.ts';
import type { RecoveryArguments } from './recovery/recoveryKinds.ts';

export interface ArchiveResult {
  readonly steps: number;
  readonly dropped: number;
  /** Why the oldest segment that is not archived stays. Null if there is none. */
  readonly waitsFor: string | null;
}

/** In their order: what a step does, and what a segment is after it. */
const stepsOfSegment = [
  ['seal', 'sealed'],
  ['export', 'exported'],
  ['verify', 'verified'],
  ['open', 'opened'],
  ['detach', 'detached'],
  ['drop', 'dropped'],
] as const;

export async function archiveLog(argument?: RecoveryArguments['archiveLog'] | null): Promise<ArchiveResult> {
  return runRecovery({ projection: 'all', summaryOf }, async (recovery) => {
    readArgument('archiveLog', argument);
    recovery.begin('archiving segments', null, 'steps');
    const work = await activitiesFor('upkeep', 'list segments of the log').listArchiveWork();
    let result: ArchiveResult = { steps: 0, dropped: 0, waitsFor: null };
    for (const segment of work) {
      const { steps, isDropped, waitsFor } = await archiveSegment(recovery, segment, true);
      result = {
        steps: result.steps + steps,
        dropped: result.dropped + (isDropped ? 1 : 0),
        waitsFor: result.waitsFor ?? waitsFor,
      };
      // A later segment waits for the earlier one, which is only dropped later.
      if (waitsFor !== null && waitsFor !== archiveReasons.kept) break;
    }
    return { ...result, waitsFor: result.waitsFor === archiveReasons.kept ? null : result.waitsFor };
  });
}

/** Takes steps until the segment is dropped, or has to wait. */
export async function archiveSegment(
  recovery: Recovery,
  { segment, step }: ArchiveWork,
  grace: boolean,
): Promise<{ readonly steps: number; readonly isDropped: boolean; readonly waitsFor: string | null }> {
  const left = stepsOfSegment.slice(stepsOfSegment.findIndex(([, done]) => done === step) + 1);
  for (const [taken, [verb]] of left.entries()) {
    await recovery.whileNotPaused();
    const activities = activitiesFor('ledgerRebuild', `${verb} segment ${segment}`);
    const outcome = await activities.takeArchiveStep({ segment, grace });
    if (outcome !== 'done') return { steps: taken, isDropped: false, waitsFor: archiveReasons[outcome] };
    recovery.advance(1);
  }
  return { steps: left.length, isDropped: true, waitsFor: null };
}

function summaryOf({ steps, dropped, waitsFor }: ArchiveResult): string {
  const waits = waitsFor === null ? '' : ` The next segment waits: ${waitsFor}.`;
  return `Took ${steps} steps, and dropped ${dropped} segments.${waits}`;
}
