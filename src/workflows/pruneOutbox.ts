// Started by the schedule `prune-outbox` every hour, and by an operator: deletes processed outbox rows and idempotency
// records that were kept long enough, in small steps with pauses.
import {
  type CarriedProgress,
  goOnAsNew,
  historyIsLong,
  type Recovery,
  runRecovery,
} from './recovery/runRecovery.ts';
import { readArgument } from './recovery/recoveryArgument.ts';
import type { RecoveryArguments } from './recovery/recoveryKinds.ts';
import { upkeepActivities } from './recovery/upkeepActivities.ts';

export interface PruneResult {
  readonly outboxRows: number;
  readonly idempotencyKeys: number;
}

interface Continued extends PruneResult {
  readonly phase: 'outbox' | 'keys';
  readonly after: number;
  readonly progress: CarriedProgress;
}

export async function pruneOutbox(
  argument?: RecoveryArguments['pruneOutbox'] | null,
  continued?: Continued,
): Promise<PruneResult> {
  return runRecovery({ projection: 'all', carried: continued?.progress, inWords }, async (recovery) => {
    const activities = upkeepActivities('delete what was kept long enough');
    const { olderThanHours = null } = readArgument('pruneOutbox', argument);
    const state = { outboxRows: 0, idempotencyKeys: 0, phase: 'outbox', after: 0, ...continued };
    if (continued === undefined) recovery.begin('deleting processed outbox rows', null, 'rows');
    while (state.phase === 'outbox') {
      await recovery.whileNotPaused();
      const stretch = await activities.pruneOutboxRows({ olderThanHours, after: state.after });
      state.outboxRows += stretch.count;
      state.after = stretch.after;
      recovery.advance(stretch.count);
      if (stretch.done) state.phase = 'keys';
      else await goOnWhenLong(recovery, argument, { ...state, phase: 'outbox' });
    }
    if (continued?.phase !== 'keys') recovery.begin('deleting idempotency records', null, 'records');
    for (;;) {
      await recovery.whileNotPaused();
      const stretch = await activities.pruneIdempotencyKeys();
      state.idempotencyKeys += stretch.count;
      recovery.advance(stretch.count);
      const { outboxRows, idempotencyKeys } = state;
      if (stretch.done) return { outboxRows, idempotencyKeys };
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

function inWords({ outboxRows, idempotencyKeys }: PruneResult): string {
  return `Deleted ${outboxRows} processed outbox rows and ${idempotencyKeys} idempotency records.`;
}
