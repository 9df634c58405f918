// Deletes processed outbox rows past their retention, in small steps with pauses between them. Then it drops
// the generations of idempotency records past theirs, and begins new ones. The schedule `prune-outbox` starts
// it every hour, and an operator may start it too.
import { activitiesFor } from './activitiesFor.ts';
import type { CarriedProgress } from './recovery/progress.ts';
import { goOnAsNew, historyIsLong, type Recovery, runRecovery } from './recovery/runRecovery.ts';
import { readArgument } from './recovery/recoveryArgument.ts';
import type { RecoveryArguments } from './recovery/recoveryKinds.ts';

export interface PruneResult {
  readonly outboxRows: number;
  readonly idempotencyKeys: number;
}

/** Histories store these fields. */
interface Continued extends PruneResult {
  readonly phase: 'outbox' | 'keys';
  readonly after: number;
  readonly progress: CarriedProgress;
}

const continuedShape = {
  outboxRows: 'count',
  idempotencyKeys: 'count',
  phase: 'text',
  after: 'count',
} as const;

export async function pruneOutbox(
  argument?: RecoveryArguments['pruneOutbox'] | null,
  given?: Continued | null,
): Promise<PruneResult> {
  const options = { projection: 'all', continued: given, continuedShape, summaryOf } as const;
  return runRecovery(options, async (recovery, continued) => {
    const activities = activitiesFor('upkeep', 'delete rows past their retention');
    const { olderThanHours, confirmed } = readArgument('pruneOutbox', argument);
    const state = { outboxRows: 0, idempotencyKeys: 0, phase: 'outbox', after: 0, ...continued };
    if (continued === undefined) recovery.begin('deleting processed outbox rows', null, 'rows');
    while (state.phase === 'outbox') {
      await recovery.whileNotPaused();
      const chunk = await activities.pruneOutboxRows({ olderThanHours, after: state.after, confirmed });
      state.outboxRows += chunk.count;
      state.after = chunk.after;
      recovery.advance(chunk.count);
      if (chunk.done) state.phase = 'keys';
      else await goOnWhenLong(recovery, argument, { ...state, phase: 'outbox' });
    }
    if (continued?.phase !== 'keys') recovery.begin('deleting idempotency records', null, 'records');
    // It may read all records once, as a rebuild of the ledger reads all entries.
    const generations = activitiesFor('ledgerRebuild', 'keep generations of idempotency records');
    // Releases before generations swept the records, and `anew` began another sweep.
    for (let anew = confirmed && continued?.phase !== 'keys'; ; anew = false) {
      await recovery.whileNotPaused();
      const chunk = await generations.pruneIdempotencyKeys({ confirmed, anew });
      state.idempotencyKeys += chunk.count;
      recovery.advance(chunk.count);
      const { outboxRows, idempotencyKeys } = state;
      if (chunk.done) return { outboxRows, idempotencyKeys };
      await goOnWhenLong(recovery, argument, { ...state, phase: 'keys' });
    }
  });
}

async function goOnWhenLong(
  recovery: Recovery,
  argument: RecoveryArguments['pruneOutbox'] | null | undefined,
  { outboxRows, idempotencyKeys, phase, after }: Omit<Continued, 'progress'>,
): Promise<void> {
  if (!historyIsLong()) return;
  const progress = recovery.carried();
  const continued = { outboxRows, idempotencyKeys, phase, after, progress };
  await goOnAsNew<typeof pruneOutbox>(argument, continued);
}

function summaryOf({ outboxRows, idempotencyKeys }: PruneResult): string {
  return `Deleted ${outboxRows} processed outbox rows and ${idempotencyKeys} idempotency records.`;
}
