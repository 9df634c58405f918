// Restores lost outbox rows, makes parked events due, and projects events again that were not marked as
// processed. The schedule `retry-stale-events` starts it every minute, and an operator may start it too.
import type { UpkeepChunk } from '../activities/activities.ts';
import { activitiesFor } from './activitiesFor.ts';
import type { CarriedProgress } from './recovery/progress.ts';
import { goOnAsNew, historyIsLong, type Recovery, runRecovery } from './recovery/runRecovery.ts';
import { readArgument } from './recovery/recoveryArgument.ts';
import type { RecoveryArguments } from './recovery/recoveryKinds.ts';

export interface StaleEventsResult {
  /** Events whose outbox rows were checked. */
  readonly checked: number;
  /** Lost outbox rows that were inserted again. */
  readonly restored: number;
  readonly projectedAgain: { readonly 'read-model': number; readonly ledger: number };
  /** Parked events whose next attempt was moved forward. */
  readonly dueNow: number;
}

/** Histories store these fields. */
interface Continued {
  readonly after: number;
  readonly checked: number;
  readonly restored: number;
  readonly progress: CarriedProgress;
}

const continuedShape = { after: 'count', checked: 'count', restored: 'count' } as const;

export async function retryStaleEvents(
  argument?: RecoveryArguments['retryStaleEvents'] | null,
  given?: Continued | null,
): Promise<StaleEventsResult> {
  const options = { projection: 'all', continued: given, continuedShape, summaryOf } as const;
  return runRecovery(options, async (recovery, continued) => {
    const { olderThanS, full } = readArgument('retryStaleEvents', argument);
    const { checked, restored } = await checkOutbox(recovery, argument, full, continued);
    const again = async (projection: 'read-model' | 'ledger') => {
      recovery.begin(`projecting into ${projection} again`, null);
      const { projectStaleEvents } = activitiesFor('upkeep', `project stale events into ${projection}`);
      return countThroughChunks(recovery, (after) =>
        projectStaleEvents({ projection, olderThanS, full, after }),
      );
    };
    // Parked events and the ledger come first: they need PostgreSQL alone, and Elasticsearch may be away.
    recovery.begin('making parked events due', null);
    const dueNow = await activitiesFor('upkeep', 'make parked events due').makeParkedDue();
    const ledger = await again('ledger');
    return { checked, restored, dueNow, projectedAgain: { ledger, 'read-model': await again('read-model') } };
  });
}

/** Only this part may outgrow a history: a full check reads the whole log. */
async function checkOutbox(
  recovery: Recovery,
  argument: RecoveryArguments['retryStaleEvents'] | null | undefined,
  full: boolean,
  continued: Continued | undefined,
): Promise<{ checked: number; restored: number }> {
  const { restoreOutboxRows } = activitiesFor('upkeep', 'look for lost outbox rows');
  let checked = continued?.checked ?? 0;
  let restored = continued?.restored ?? 0;
  let after = continued?.after ?? null;
  if (continued === undefined) recovery.begin('looking for lost outbox rows', null);
  for (;;) {
    await recovery.whileNotPaused();
    const chunk = await restoreOutboxRows({ full, after });
    checked += chunk.count;
    restored += chunk.restored;
    after = chunk.after;
    recovery.advance(chunk.count, chunk.restored);
    if (chunk.done) return { checked, restored };
    if (historyIsLong()) {
      const progress = recovery.carried();
      await goOnAsNew<typeof retryStaleEvents>(argument, { after, checked, restored, progress });
    }
  }
}

/**
 * Calls `next` with the end of the chunk before, until one is the last. A pause takes effect between two
 * chunks.
 */
async function countThroughChunks(
  recovery: Recovery,
  next: (after: number) => Promise<UpkeepChunk>,
): Promise<number> {
  let count = 0;
  let after = 0;
  for (;;) {
    await recovery.whileNotPaused();
    const chunk = await next(after);
    count += chunk.count;
    after = chunk.after;
    recovery.advance(chunk.count);
    if (chunk.done) return count;
  }
}

function summaryOf({ checked, restored, projectedAgain, dueNow }: StaleEventsResult): string {
  return [
    `Looked for the outbox rows of ${checked} events and restored ${restored}.`,
    `Projected ${projectedAgain.ledger} events into the ledger and ${projectedAgain['read-model']} into the`,
    `read model again. ${dueNow} parked events are due now.`,
  ].join(' ');
}
