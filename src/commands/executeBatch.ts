// One group commit: lock → load → decide → append → answer. A batch holds each of its wallets for itself within
// this process; other processes are kept out by the Redis lock and, where that fails, by the event store's
// constraints, after which the batch loads and decides again.
import type { Pool, PoolClient } from 'pg';
import { walletIdsOf } from '../domain/commands.ts';
import { appendBatch, type BatchToAppend, isAppendConflict } from '../eventStore/appendBatch.ts';
import { isConnectionFailure } from '../eventStore/database.ts';
import { loadBatch } from '../eventStore/loadBatch.ts';
import type { WalletLocks } from '../locks/walletLocks.ts';
import { decideBatch } from './decideBatch.ts';
import type { Submission, SubmissionResult } from './submission.ts';

export interface ExecuteBatchDeps {
  readonly pool: Pool;
  readonly locks: WalletLocks;
  readonly now: () => Date;
  /** Resolves after about that many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Runs of one command that keeps losing to other processes. */
  readonly attemptsMax: number;
  /** How long to find out what became of a batch whose connection was lost, in milliseconds. */
  readonly outcomeWaitMaxMs: number;
  /** Told after each batch that was committed with events: wakes the projections. */
  readonly onAppended: () => void;
  /** Told of each append that lost to another process and starts again. */
  readonly onConflict: () => void;
}

/** What became of one submission; `lockHeld` and nothing else may be put back into the queue. */
export type BatchResult =
  SubmissionResult | { readonly kind: 'lockHeld' } | { readonly kind: 'failed'; readonly error: unknown };

/** A batch that keeps losing runs together this often; then each command runs alone. */
const attemptsTogetherMax = 2;
/** Tries to load a batch over a fresh connection before the database counts as away. */
const loadAttemptsMax = 2;
const outcomePauseMs = 50;

/** Runs a batch to its end and answers for each submission, in order. What goes wrong is a result, not an error. */
export async function executeBatch(
  deps: ExecuteBatchDeps,
  submissions: readonly Submission[],
): Promise<readonly BatchResult[]> {
  const walletIds = submissions.map(({ command }) => walletIdsOf(command));
  const { granted, release } = await deps.locks.acquire(walletIds);
  try {
    const runs = keepOrder(walletIds, granted);
    const results = (
      await runLocked(
        deps,
        submissions.filter((_, index) => runs[index]),
      )
    ).values();
    return runs.map((run) => (run ? (results.next().value as BatchResult) : { kind: 'lockHeld' }));
  } finally {
    // Not awaited: the next batch of these wallets must not wait a round trip for the last one's lock.
    void release();
  }
}

/** Which commands run: those granted, but for any that would overtake a held one on a wallet of its. */
function keepOrder(
  walletIds: readonly (readonly string[])[],
  granted: readonly boolean[],
): readonly boolean[] {
  const held = new Set<string>();
  return walletIds.map((ids, index) => {
    const runs = granted[index] === true && !ids.some((id) => held.has(id));
    if (!runs) for (const id of ids) held.add(id);
    return runs;
  });
}

async function runLocked(
  deps: ExecuteBatchDeps,
  submissions: readonly Submission[],
): Promise<readonly BatchResult[]> {
  if (submissions.length === 0) return [];
  if (submissions.length === 1) return runTogether(deps, submissions, deps.attemptsMax);
  const results = await runTogether(deps, submissions, attemptsTogetherMax);
  if (!results.some(mayBeAnothersFault)) return results;
  const alone: BatchResult[] = [];
  for (const submission of submissions)
    alone.push(...(await runTogether(deps, [submission], deps.attemptsMax)));
  return alone;
}

/** True where a batch failed as a whole because of one command in it that can't be told from the rest. */
function mayBeAnothersFault(result: BatchResult): boolean {
  return result.kind === 'failed' || (result.kind === 'unavailable' && result.reason === 'WALLET_BUSY');
}

/**
 * Loads, decides and appends until it is committed or known to be in vain. A connection lost during the append
 * leaves its outcome open; the same commands are then simply run again: those that were committed after all are
 * found by their idempotency records, and if the lost statement is still running, the records' primary key makes
 * exactly one of the two win. Nothing is ever guessed.
 */
async function runTogether(
  deps: ExecuteBatchDeps,
  submissions: readonly Submission[],
  attemptsMax: number,
): Promise<readonly BatchResult[]> {
  const all = (result: BatchResult) => submissions.map(() => result);
  let conflicts = 0;
  let failedLoads = 0;
  /** When the first append of unknown outcome was sent. */
  let unknownSince: number | undefined;
  for (;;) {
    const step = await attempt(deps, submissions);
    switch (step.kind) {
      case 'committed':
        return step.results;
      case 'failed':
        return all(step);
      case 'conflict':
        deps.onConflict();
        conflicts += 1;
        if (conflicts >= attemptsMax) return all({ kind: 'unavailable', reason: 'WALLET_BUSY' });
        continue;
      case 'notSent':
        failedLoads += 1;
        if (unknownSince === undefined && failedLoads >= loadAttemptsMax) {
          return all({ kind: 'unavailable', reason: 'DATABASE_UNAVAILABLE' });
        }
        break;
      case 'unknown':
        unknownSince ??= deps.now().getTime();
        break;
      default:
        return step satisfies never;
    }
    if (unknownSince !== undefined && deps.now().getTime() - unknownSince >= deps.outcomeWaitMaxMs) {
      return all({ kind: 'unavailable', reason: 'OUTCOME_UNKNOWN' });
    }
    await deps.pause(outcomePauseMs);
  }
}

type Step =
  | { readonly kind: 'committed'; readonly results: readonly SubmissionResult[] }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The connection failed before anything was written. */
  | { readonly kind: 'notSent' }
  /** The connection failed after the append was sent. */
  | { readonly kind: 'unknown' };

async function attempt(deps: ExecuteBatchDeps, submissions: readonly Submission[]): Promise<Step> {
  let client: PoolClient;
  try {
    client = await deps.pool.connect();
  } catch {
    return { kind: 'notSent' };
  }
  let broken = false;
  try {
    const loaded = await loadBatch(client, walletIdsOfAll(submissions), commandIdsOf(submissions));
    const { batch, results } = decideBatch(submissions, loaded, deps.now());
    const failed = await append(client, batch);
    broken = failed?.kind === 'unknown';
    if (failed !== undefined) return failed;
    if (batch.events.length > 0) deps.onAppended();
    return { kind: 'committed', results };
  } catch (error) {
    broken = isConnectionFailure(error);
    return broken ? { kind: 'notSent' } : { kind: 'failed', error };
  } finally {
    client.release(broken);
  }
}

async function append(client: PoolClient, batch: BatchToAppend): Promise<Step | undefined> {
  try {
    await appendBatch(client, batch);
    return undefined;
  } catch (error) {
    if (isAppendConflict(error)) return { kind: 'conflict' };
    return isConnectionFailure(error) ? { kind: 'unknown' } : { kind: 'failed', error };
  }
}

function walletIdsOfAll(submissions: readonly Submission[]): string[] {
  return [...new Set(submissions.flatMap(({ command }) => walletIdsOf(command)))];
}

function commandIdsOf(submissions: readonly Submission[]): string[] {
  return submissions.map(({ commandId }) => commandId);
}
