// Started by the schedule `retry-stale-events` every minute, and by an operator: events without an outbox row get one,
// events that nobody marked as processed are projected again, and parked events are due now.
import {
  type CarriedProgress,
  goOnAsNew,
  historyIsLong,
  type Recovery,
  runRecovery,
} from './recovery/runRecovery.ts';
import { readArgument } from './recovery/recoveryArgument.ts';
import { type RecoveryArguments, wholeNumbers } from './recovery/recoveryKinds.ts';
import { throughStretches, upkeepActivities } from './recovery/upkeepActivities.ts';

export interface StaleEventsResult {
  /** Events whose outbox rows were looked for. */
  readonly checked: number;
  /** Outbox rows that were lost and stand again. */
  readonly restored: number;
  readonly projectedAgain: { readonly 'read-model': number; readonly ledger: number };
  /** Parked events whose next attempt was moved forward. */
  readonly dueNow: number;
}

interface Continued {
  readonly after: number;
  readonly checked: number;
  readonly restored: number;
  readonly progress: CarriedProgress;
}

export async function retryStaleEvents(
  argument?: RecoveryArguments['retryStaleEvents'] | null,
  continued?: Continued,
): Promise<StaleEventsResult> {
  return runRecovery({ projection: 'all', carried: continued?.progress, inWords }, async (recovery) => {
    const { olderThanS = wholeNumbers.olderThanS.fallback, full = false } = readArgument(
      'retryStaleEvents',
      argument,
    );
    const { checked, restored } = await checkOutbox(recovery, argument, full, continued);
    const again = async (projection: 'read-model' | 'ledger') => {
      recovery.begin(`projecting into ${projection} again`, null);
      const { projectStaleEvents } = upkeepActivities(`project stale events into ${projection}`);
      return throughStretches(recovery, 0, (after) =>
        projectStaleEvents({ projection, olderThanS, full, after }),
      );
    };
    // Parked events and the ledger first: they need PostgreSQL alone, and Elasticsearch may be what is wrong.
    recovery.begin('making parked events due', null);
    const dueNow = await upkeepActivities('make parked events due').makeParkedDue();
    const ledger = await again('ledger');
    return { checked, restored, dueNow, projectedAgain: { ledger, 'read-model': await again('read-model') } };
  });
}

/** A full check of a long log is the one part that may outgrow a history. */
async function checkOutbox(
  recovery: Recovery,
  argument: RecoveryArguments['retryStaleEvents'] | null | undefined,
  full: boolean,
  continued: Continued | undefined,
): Promise<{ checked: number; restored: number }> {
  const { restoreOutboxRows } = upkeepActivities('look for lost outbox rows');
  let checked = continued?.checked ?? 0;
  let restored = continued?.restored ?? 0;
  let after = continued?.after ?? null;
  if (continued === undefined) recovery.begin('looking for lost outbox rows', null);
  for (;;) {
    await recovery.whileNotPaused();
    const stretch = await restoreOutboxRows({ full, after });
    checked += stretch.count;
    restored += stretch.restored;
    after = stretch.after;
    recovery.advance(stretch.count, stretch.restored);
    if (stretch.done) return { checked, restored };
    if (historyIsLong()) {
      const progress = recovery.carried();
      await goOnAsNew<typeof retryStaleEvents>(argument, { after, checked, restored, progress });
    }
  }
}

function inWords({ checked, restored, projectedAgain, dueNow }: StaleEventsResult): string {
  return [
    `Looked for the outbox rows of ${checked} events and restored ${restored}.`,
    `Projected ${projectedAgain.ledger} events into the ledger and ${projectedAgain['read-model']} into the`,
    `read model again. ${dueNow} parked events are due now.`,
  ].join(' ');
}
