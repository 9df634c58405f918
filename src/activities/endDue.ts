// The activity of the sweep. It looks for due holds and freezes again and again until its budget is used up,
// and ends them by commands, as a client's command would. It returns normally if its worker stops.
//
// Invariant: the sweep decides nothing. A command ends what is due by the database's time, so a sweep that
// runs early, twice, or beside another one changes nothing more.
import { activityInfo, ApplicationFailure, Context } from '@temporalio/activity';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { SubmitStep } from '../commands/workflowCommands.ts';
import {
  type DueCursor,
  type DueWallet,
  readEndedFreezes,
  type ReadDuePage,
  readExpiredHolds,
} from '../eventStore/dueWallets.ts';
import { levels } from '../eventStore/levels.ts';
import { readLevel } from '../eventStore/openLevels.ts';
import type { ReachFailpoint } from '../failpoints.ts';
import { throwIfCancelled, withHeartbeats } from './heartbeats.ts';

/** Due rows of one page. */
const pageSize = 1_000;
/** Commands that wait at once. They share a few batches, so the commands of clients get in between. */
const commandsAtOnce = 32;
/** Pause after a look that found nothing more. A hold is released about this long after its end. */
const lookPauseMs = 1_000;
/** Sweeps of one process. A second one starts while the first hangs, or is a backfill of the schedule. */
export const sweepsMax = 2;

export interface SweepDeps {
  readonly pool: Pool;
  readonly submitStep: SubmitStep;
  readonly stopping: AbortSignal;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly budgetMs: number;
  /** Set only in tests. */
  readonly failpoint?: ReachFailpoint;
}

/** Counts only, because Temporal's history stores results. */
export interface SweepResult {
  /** Commands that ended something due, or found that it had ended. */
  readonly wallets: number;
  readonly reason: 'budget' | 'shutdown' | 'superseded';
}

export function createSweepActivities(deps: SweepDeps) {
  let underWay = 0;
  return {
    endDue: async (): Promise<SweepResult> => {
      if (underWay >= sweepsMax) return { wallets: 0, reason: 'superseded' };
      underWay += 1;
      try {
        return await sweep(deps);
      } finally {
        underWay -= 1;
      }
    },
  };
}

function sweep(deps: SweepDeps): Promise<SweepResult> {
  const { now, budgetMs, stopping } = deps;
  const stop = AbortSignal.any([stopping, Context.current().cancellationSignal]);
  const seen = { wallets: 0 };
  return withHeartbeats({ details: () => ({ ...seen }), now }, async ({ stepEnded }) => {
    const endsAt = now() + budgetMs;
    const walletsEnded = (count: number) => {
      seen.wallets += count;
      stepEnded();
    };
    do {
      await lookOnce(deps, stop, walletsEnded);
      stepEnded();
      await pause(Math.min(lookPauseMs, Math.max(0, endsAt - now())), undefined, { signal: stop }).catch(
        throwUnlessStopped(stop),
      );
    } while (!stop.aborted && now() < endsAt);
    throwIfCancelled(stopping);
    return { ...seen, reason: stop.aborted ? 'shutdown' : 'budget' };
  });
}

/** Below the level no release may write what a sweep would write, and nothing can be due. */
async function lookOnce(
  deps: SweepDeps,
  stop: AbortSignal,
  walletsEnded: (count: number) => void,
): Promise<void> {
  if ((await readLevel(deps.pool)) < levels.walletState) return;
  const failures: Error[] = [];
  for (const readPage of [readExpiredHolds, readEndedFreezes])
    failures.push(...(await endPages(deps, readPage, stop, walletsEnded)));
  const [first] = failures;
  if (first === undefined) return;
  throw ApplicationFailure.create({
    type: first.name,
    message: `what is due on ${failures.length} wallets did not end: ${first.message}`,
  });
}

/**
 * Ends what is due, page after page. A wallet that fails holds up no other one, and the next attempt tries it
 * again. Stops after a page of which every wallet failed, because a store is away then.
 */
async function endPages(
  deps: SweepDeps,
  readPage: ReadDuePage,
  stop: AbortSignal,
  walletsEnded: (count: number) => void,
): Promise<readonly Error[]> {
  const failures: Error[] = [];
  let after: DueCursor | undefined;
  do {
    const page = await readPage(deps.pool, after, pageSize);
    if (page.wallets.length > 0) deps.failpoint?.('afterDuePage');
    const failed = await endAll(deps, page.wallets, stop, walletsEnded);
    failures.push(...failed);
    if (failed.length > 0 && failed.length === page.wallets.length) break;
    after = page.next;
  } while (after !== undefined && !stop.aborted);
  return failures;
}

/** Returns the failures. The wallets that were not begun when `stop` came are left to the next sweep. */
async function endAll(
  { submitStep, failpoint }: SweepDeps,
  wallets: readonly DueWallet[],
  stop: AbortSignal,
  walletsEnded: (count: number) => void,
): Promise<readonly Error[]> {
  const failures: Error[] = [];
  const waiting = wallets.values();
  const work = async () => {
    for (const { walletId, due } of waiting) {
      if (stop.aborted) return;
      try {
        await submitStep(stepOf(walletId, due), { type: 'EndDue', walletId });
        failpoint?.('afterDueEnded');
        walletsEnded(1);
      } catch (error) {
        failures.push(error instanceof Error ? error : new Error(String(error)));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(commandsAtOnce, wallets.length) }, work));
  return failures;
}

/**
 * The key of a command names this activity and what is due. Every attempt of the activity repeats it. A later
 * sweep has a new key: the database's clock may have stepped back, and the command then ended nothing.
 */
function stepOf(walletId: string, due: string) {
  const { workflowExecution, activityId } = activityInfo();
  if (workflowExecution === undefined)
    throw ApplicationFailure.nonRetryable('a command needs a workflow: its key is made of the id');
  const { workflowId, runId } = workflowExecution;
  return { workflowId, step: `${runId} ${activityId}: ${due} of ${walletId}`, attempt: 1 };
}

/** A pause that was ended is no failure. */
function throwUnlessStopped(stop: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!stop.aborted) throw error;
  };
}
