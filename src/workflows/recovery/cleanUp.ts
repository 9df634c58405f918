// Ends what a recovery began, also after a cancel. A cancel must close the workflow within seconds, whatever
// the stores do. So a step that makes something may be cancelled, and what it made is removed for a bounded
// time only. The next rebuild removes the rest.
import {
  type ActivityCancellationType,
  CancellationScope,
  isCancellation,
  patched,
} from '@temporalio/workflow';
import { innermostMessage } from './innermostMessage.ts';
import type { Recovery } from './runRecovery.ts';

/** Stored in histories. Runs that began before it wait for their steps, however long these take. */
const cancelPatch = 'a cancel ends every phase';

/**
 * A clean-up after a failure or a cancel is tried for this time. A cancel takes effect within 10 seconds, or
 * 15 if the worker of the step died.
 */
export const cleanUpTime = '5 seconds';

/** Stored in histories. In runs that began before it, a clean-up may run beside the step that it undoes. */
const awaitPatch = 'a cancel waits for its step';

/**
 * Runs a step that changes a store, with how its activity has to be cancelled. A cancel goes on once the step
 * has ended, so a clean-up never runs beside it. Must be asked before the step in each run, because a history
 * stores the answers.
 */
export function cancellableStep<T>(
  step: (cancellationType: ActivityCancellationType) => Promise<T>,
): Promise<T> {
  if (!patched(cancelPatch)) return CancellationScope.nonCancellable(() => step('TRY_CANCEL'));
  return step(patched(awaitPatch) ? 'WAIT_CANCELLATION_COMPLETED' : 'TRY_CANCEL');
}

/**
 * Removes what the recovery made. `remove` gets a bound, or undefined in an old run. If the store does not
 * let it, the details say so, and the outcome of the recovery stays what it was.
 */
export async function cleanUp(
  recovery: Recovery,
  what: string,
  remove: (triedFor: typeof cleanUpTime | undefined) => Promise<void>,
): Promise<void> {
  const isBounded = patched(cancelPatch);
  try {
    await CancellationScope.nonCancellable(() => remove(isBounded ? cleanUpTime : undefined));
  } catch (error) {
    if (!isBounded || !(error instanceof Error)) throw error;
    recovery.remark(`${what} could not be removed: ${innermostMessage(error)}. The next rebuild removes it.`);
  }
}

/**
 * The same after a success, when nothing presses: it is tried until it works, or until a cancel gives it up.
 */
export async function cleanUpAfterSuccess(
  recovery: Recovery,
  what: string,
  remove: (triedFor: typeof cleanUpTime | undefined) => Promise<void>,
): Promise<void> {
  if (!patched(cancelPatch)) {
    await CancellationScope.nonCancellable(() => remove(undefined));
    return;
  }
  try {
    await remove(undefined);
  } catch (error) {
    if (!isCancellation(error)) {
      recovery.remark(
        `${what} could not be removed: ${innermostMessage(error as Error)}. The next rebuild removes it.`,
      );
      return;
    }
    await cleanUp(recovery, what, remove);
  }
}
