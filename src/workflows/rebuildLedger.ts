// Builds the ledger anew from the event store beside the one in use, and swaps the two: no command and no reader
// waits, and the drain goes on. Paused, it holds between two stretches of pages; cancelled, it removes what it made.
import {
  ApplicationFailure,
  CancellationScope,
  ContinueAsNew,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import {
  type CarriedProgress,
  goOnAsNew,
  historyIsLong,
  type Recovery,
  runRecovery,
} from './recovery/runRecovery.ts';
import { readArgument } from './recovery/recoveryArgument.ts';
import type { RecoveryArguments } from './recovery/recoveryKinds.ts';

/** Of activities that heartbeat each second: how soon a dead worker's work goes to another one. */
const heartbeatTimeout = '10 seconds';
/** Above the longest statement over a whole table. */
const startToCloseTimeout = '65 minutes';
/** Fillings again before the swap, where traffic was faster than the swap; each one leaves less to do. */
const swapAttemptsMax = 100;

export interface LedgerRebuildResult {
  readonly position: number;
  readonly entries: number;
  /** Events that can't be booked; they are parked. */
  readonly refused: number;
}

interface Continued {
  readonly position: number;
  readonly progress: CarriedProgress;
}

function ledgerActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    startToCloseTimeout,
    heartbeatTimeout,
    retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
    summary,
  });
}

export async function rebuildLedger(
  argument?: RecoveryArguments['rebuildLedger'] | null,
  continued?: Continued,
): Promise<LedgerRebuildResult> {
  // The same for every run of a rebuild that went on as new: its table and its row are found by it.
  const rebuildId = workflowInfo().firstExecutionRunId;
  return runRecovery(
    { projection: 'ledger', carried: continued?.progress, inWords },
    async (recovery): Promise<LedgerRebuildResult> => {
      readArgument('rebuildLedger', argument);
      try {
        if (continued === undefined) {
          // Not half-way: a table that comes into being behind the removal of a cancelled rebuild would stay.
          const { head } = await CancellationScope.nonCancellable(() =>
            ledgerActivities('make the second table').prepareLedgerRebuild({ rebuildId }),
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
        // Side by side, because each keeps one core of the database busy and neither changes a row.
        const [entries] = await Promise.all([
          ledgerActivities('verify').verifyLedgerRebuild({ rebuildId }),
          ledgerActivities('build indexes').indexLedgerRebuild({ rebuildId }),
        ]);
        recovery.advance(position);
        return await swap(recovery, rebuildId, position, entries);
      } catch (error) {
        if (!(error instanceof ContinueAsNew)) {
          await CancellationScope.nonCancellable(() =>
            ledgerActivities('remove the second table').discardLedgerRebuild({ rebuildId }),
          );
        }
        throw error;
      }
    },
  );
}

async function fill(recovery: Recovery, rebuildId: string, from: number) {
  await recovery.whileNotPaused();
  const filled = await ledgerActivities(`book events behind ${from}`).fillLedgerRebuild({ rebuildId });
  recovery.advance(filled.position - from);
  return filled;
}

/** Under traffic the table has fallen behind since it was filled: filling and swapping take turns. */
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
    const outcome = await ledgerActivities('swap the tables').swapLedgerRebuild({ rebuildId });
    if (outcome.swapped) {
      // It is in place: a cancel comes too late, and must not leave the replaced one behind.
      await CancellationScope.nonCancellable(() =>
        ledgerActivities('drop the replaced ledger').dropReplacedLedger({ rebuildId }),
      );
      return { position, entries, refused: outcome.refused };
    }
  }
  throw ApplicationFailure.nonRetryable(`events came faster than ${swapAttemptsMax} attempts to swap`);
}

function inWords({ position, entries, refused }: LedgerRebuildResult): string {
  return `The ledger was rebuilt up to position ${position} with ${entries} entries; ${refused} events could not be booked and are parked.`;
}
