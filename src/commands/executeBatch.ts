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
  /** It waited for its lock long enough: the event store's constraints alone keep it right. */
  readonly withoutLock: boolean;
}

/**
 * The result of one command. Only `locked` goes back into the queue: another process has locked its wallets.
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
    // Not awaited: the next batch of these wallets must not wait a round trip for the lock of this one.
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
