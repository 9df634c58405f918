// Restores lost outbox rows and makes parked events due. A full run also projects events again that another
// required projection has yet to take. The schedule `retry-stale-events` starts it every minute, and an
// operator may start it too.
import { patched } from '@temporalio/workflow';
import type { UpkeepChunk } from '../activities/activities.ts';
import { type ProjectionName, requiredProjections, titleOf } from '../projections/registry.ts';
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
  readonly projectedAgain: Readonly<Record<ProjectionName, number>>;
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
    const again = async (projection: ProjectionName) => {
      recovery.begin(`projecting into ${projection} again`, null);
      const { projectStaleEvents } = activitiesFor('upkeep', `project stale events into ${projection}`);
      return countThroughChunks(recovery, (after) =>
        projectStaleEvents({ projection, olderThanS, full, after }),
      );
    };
    recovery.begin('making parked events due', null);
    const dueNow = await activitiesFor('upkeep', 'make parked events due').makeParkedDue();
    const projectedAgain: Partial<Record<ProjectionName, number>> = {};
    for (const name of projectionsInTurn()) projectedAgain[name] = await again(name);
    return {
      checked,
      restored,
      dueNow,
      projectedAgain: projectedAgain as StaleEventsResult['projectedAgain'],
    };
  });
}

/** Stored histories have their commands in this order. */
const firstProjections: readonly ProjectionName[] = ['ledger', 'read-model'];

/**
 * The ledger comes first: it needs PostgreSQL alone, and Elasticsearch may be away. An outbox row waits for
 * required projections only, so a store of another one can't hold the upkeep. Older histories lack the
 * commands of a projection that became required later.
 */
function projectionsInTurn(): readonly ProjectionName[] {
  const later = requiredProjections.filter((name) => !firstProjections.includes(name));
  return [...firstProjections, ...later.filter((name) => patched(`projects stale events into ${name}`))];
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
  const counts = Object.entries(projectedAgain).map(
    ([name, count], index) =>
      `${count}${index === 0 ? ' events' : ''} into the ${titleOf(name).toLowerCase()}`,
  );
  return [
    `Looked for the outbox rows of ${checked} events and restored ${restored}.`,
    `Projected ${counts.join(' and ')} again. ${dueNow} parked events are due now.`,
  ].join(' ');
}
