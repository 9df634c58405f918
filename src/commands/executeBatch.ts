// One group commit: lock the wallets, then load, decide, append and answer. The queue runs it for every batch
// and keeps each wallet of this process in one batch. The Redis lock keeps other processes away. Without that
// lock the event store's constraints keep the result right, and the batch loads and decides again.
import { walletIdsOf } from '../domain/commands.ts';
import type { WalletLocks } from '../locks/walletLocks.ts';
import { commitCommands, type CommitDeps, type CommitResult, noFailures } from './commitCommands.ts';
import type { Submission } from './submission.ts';

export interface ExecuteBatchDeps extends CommitDeps {
  readonly locks: WalletLocks;
}

/** A submission in a batch. */
export interface BatchedCommand {
  readonly submission: Submission;
  /**
   * True if the command has waited LOCK_WAIT_MAX_MS for its lock. It then runs without it, and the event
   * store's constraints alone guard it.
   */
  readonly withoutLock: boolean;
}

/**
 * The result of one command. `locked` means that another process has locked its wallets. Then the command
 * goes back into the queue.
 */
export type BatchResult = CommitResult | { readonly kind: 'locked' };

/** Runs a batch to its end and answers each command, in order. A failure is a result, not an error. */
export async function executeBatch(
  deps: ExecuteBatchDeps,
  batch: readonly BatchedCommand[],
): Promise<readonly BatchResult[]> {
  const walletIds = batch.map(({ submission }) => walletIdsOf(submission.command));
  deps.failpoint?.('beforeLock');
  const { granted, release } = await deps.locks.acquire(
    walletIds.filter((_, index) => !batch[index]?.withoutLock),
  );
  deps.failpoint?.('afterLock');
  try {
    const answers = granted.values();
    const runs = keepOrder(
      walletIds,
      batch.map(({ withoutLock }) => withoutLock || answers.next().value === true),
    );
    const submissions = batch.filter((_, index) => runs[index]).map(({ submission }) => submission);
    const committed = submissions.length === 0 ? [] : await commitCommands(deps, submissions, noFailures);
    const results = committed.values();
    return runs.map((ran) => (ran ? (results.next().value as CommitResult) : { kind: 'locked' }));
  } finally {
    // The release is not awaited. Otherwise the next batch of these wallets would wait for its round trip.
    void release();
  }
}

/** Which commands run: those whose lock was granted, unless one would overtake a command that must wait. */
function keepOrder(
  walletIds: readonly (readonly string[])[],
  granted: readonly boolean[],
): readonly boolean[] {
  const waitedFor = new Set<string>();
  return walletIds.map((ids, index) => {
    const runs = granted[index] === true && !ids.some((id) => waitedFor.has(id));
    if (!runs) for (const id of ids) waitedFor.add(id);
    return runs;
  });
}
