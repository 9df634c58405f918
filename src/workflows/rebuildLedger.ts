// Rebuilds the ledger in a second table and swaps the two tables, while commands, reads and the drain go on.
// An operator starts it. A pause takes effect between two chunks of events. A cancelled rebuild removes its
// table.
import { ApplicationFailure, ContinueAsNew, workflowInfo } from '@temporalio/workflow';
import { activitiesFor } from './activitiesFor.ts';
import { cancellableStep, cleanUp, cleanUpAfterSuccess } from './recovery/cleanUp.ts';
import type { CarriedProgress } from './recovery/progress.ts';
import { goOnAsNew, historyIsLong, type Recovery, runRecovery } from './recovery/runRecovery.ts';
import { readArgument } from './recovery/recoveryArgument.ts';
import type { RecoveryArguments } from './recovery/recoveryKinds.ts';

/**
 * Under traffic a swap may fail, and the table is filled again. Each filling leaves less to do for the next.
 */
const swapAttemptsMax = 100;

export interface LedgerRebuildResult {
  readonly position: number;
  readonly entries: number;
  /** Events that can't be booked. They are parked. */
  readonly refused: number;
}

/** Histories store these fields. */
interface Continued {
  readonly position: number;
  readonly progress: CarriedProgress;
}

export async function rebuildLedger(
  argument?: RecoveryArguments['rebuildLedger'] | null,
  given?: Continued | null,
): Promise<LedgerRebuildResult> {
  // Names the rebuild's table and row. It stays the same when the rebuild continues as a new run.
  const rebuildId = workflowInfo().firstExecutionRunId;
  return runRecovery(
    { projection: 'ledger', continued: given, continuedShape: { position: 'count' }, summaryOf },
    async (recovery, continued): Promise<LedgerRebuildResult> => {
      const { fromStart } = readArgument('rebuildLedger', argument);
      try {
        if (continued === undefined) {
          // A cancelled step has ended before the clean-up begins, so its table is removed.
          const { head } = await cancellableStep((cancellationType) =>
            activitiesFor('ledgerRebuild', 'make the second table', {
              cancellationType,
            }).prepareLedgerRebuild({ rebuildId, ...(fromStart && { fromStart }) }),
          );
          recovery.begin('booking every event', head);
        }
        let position = continued?.position ?? 0;
        for (;;) {
          const filled = await fill(recovery, rebuildId, position);
          position = filled.position;
          if (filled.done) break;
          if (historyIsLong()) {
            const progress = recovery.carried();
            await goOnAsNew<typeof rebuildLedger>(argument, { position, progress });
          }
        }
        recovery.begin('building indexes and verifying', position);
        // Both run side by side: each keeps one core of the database busy, and neither changes a row.
        const [entries] = await Promise.all([
          activitiesFor('ledgerRebuild', 'verify').verifyLedgerRebuild({ rebuildId }),
          activitiesFor('ledgerRebuild', 'build indexes').indexLedgerRebuild({ rebuildId }),
        ]);
        recovery.advance(position);
        return await swap(recovery, rebuildId, position, entries);
      } catch (error) {
        if (!(error instanceof ContinueAsNew)) {
          await cleanUp(recovery, 'the second table', (triedFor) =>
            activitiesFor('ledgerRebuild', 'remove the second table', { triedFor }).discardLedgerRebuild({
              rebuildId,
            }),
          );
        }
        throw error;
      }
    },
  );
}

async function fill(recovery: Recovery, rebuildId: string, from: number) {
  await recovery.whileNotPaused();
  const filled = await activitiesFor('ledgerRebuild', `book events after ${from}`).fillLedgerRebuild({
    rebuildId,
  });
  recovery.advance(filled.position - from);
  return filled;
}

/** Under traffic the table falls behind after it was filled, so filling and swapping take turns. */
async function swap(
  recovery: Recovery,
  rebuildId: string,
  filledTo: number,
  entries: number,
): Promise<LedgerRebuildResult> {
  recovery.begin('taking the place of the ledger in use', null, 'events', filledTo);
  let position = filledTo;
  for (let attempt = 1; attempt <= swapAttemptsMax; attempt += 1) {
    position = (await fill(recovery, rebuildId, position)).position;
    await recovery.whileNotPaused();
    const outcome = await activitiesFor('ledgerRebuild', 'swap the tables').swapLedgerRebuild({ rebuildId });
    if (outcome.swapped) {
      // The rebuilt ledger is in use, so a cancel comes too late to change the outcome.
      await cleanUpAfterSuccess(recovery, 'the replaced ledger', (triedFor) =>
        activitiesFor('ledgerRebuild', 'drop the replaced ledger', { triedFor }).dropReplacedLedger({
          rebuildId,
        }),
      );
      return { position, entries, refused: outcome.refused };
    }
  }
  throw ApplicationFailure.nonRetryable(`events came faster than ${swapAttemptsMax} attempts to swap`);
}

function summaryOf({ position, entries, refused }: LedgerRebuildResult): string {
  return `The ledger was rebuilt up to position ${position} with ${entries} entries; ${refused} events could not be booked and are parked.`;
}
