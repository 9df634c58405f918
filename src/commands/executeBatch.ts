// One group commit: lock → load → decide → append → answer. A batch holds each of its wallets for itself within
// this process; other processes are kept out by the Redis lock and, where that fails, by the event store's
// constraints, after which the batch loads and decides again.
import type { Pool, PoolClient } from 'pg';
import type { ReachFailpoint } from '../failpoints.ts';
import { walletIdsOf } from '../domain/commands.ts';
import { appendBatch, prepareBatch, type PreparedBatch } from '../eventStore/appendBatch.ts';
import { type DatabaseFailure, failureOf } from '../eventStore/databaseFailure.ts';
import { type LoadedBatch, loadBatch } from '../eventStore/loadBatch.ts';
import type { WalletLocks } from '../locks/walletLocks.ts';
import { decideBatch } from './decideBatch.ts';
import type { Submission, SubmissionResult, UnavailableReason } from './submission.ts';

export interface ExecuteBatchDeps {
  readonly pool: Pick<Pool, 'connect'>;
  readonly locks: WalletLocks;
  /** Milliseconds that only go forward. */
  readonly monotonicMs: () => number;
  /** Resolves after about that many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Runs of one command that keeps losing to other processes. */
  readonly attemptsMax: number;
  /** How long a batch that met trouble is tried again, or its outcome looked for, in milliseconds. */
  readonly troubleTimeMaxMs: number;
  /** Told after each batch that was committed with events: wakes the projections. */
  readonly onAppended: () => void;
  /** Told of every attempt that did not commit, and why. */
  readonly onTrouble: (trouble: DatabaseFailure['kind'] | 'noConnection', error: unknown) => void;
  /** UUID of this process: what it kept, and nothing else, it may have kept without giving it to anybody. */
  readonly writer: string;
  /** Only in a process under test. */
  readonly failpoint?: ReachFailpoint;
}

/** One command of a batch. */
export interface BatchItem {
  readonly submission: Submission;
  /** It waited for its lock long enough: the event store's constraints alone keep it right. */
  readonly withoutLock: boolean;
}

/** What became of one submission; `lockHeld` and nothing else may be put back into the queue. */
export type BatchResult =
  SubmissionResult | { readonly kind: 'lockHeld' } | { readonly kind: 'failed'; readonly error: unknown };

/** A batch that keeps losing runs together this often; then its halves run alone. */
const attemptsTogetherMax = 2;
/** Tries to get a connection, or to load over one, before the database counts as away. */
const connectAttemptsMax = 2;
/** Between two looks at a database that is away; short against the time a failover takes. */
const troublePauseMs = 50;
/** Spreads two processes that lose to each other; about the time of one batch. */
const conflictPauseMaxMs = 5;

/** Runs a batch to its end and answers for each submission, in order. What goes wrong is a result, not an error. */
export async function executeBatch(
  deps: ExecuteBatchDeps,
  items: readonly BatchItem[],
): Promise<readonly BatchResult[]> {
  const walletIds = items.map(({ submission }) => walletIdsOf(submission.command));
  deps.failpoint?.('beforeLock');
  const { granted, release } = await deps.locks.acquire(
    walletIds.filter((_, index) => !items[index]?.withoutLock),
  );
  deps.failpoint?.('afterLock');
  try {
    const answers = granted.values();
    const runs = keepOrder(
      walletIds,
      items.map(({ withoutLock }) => withoutLock || answers.next().value === true),
    );
    const submissions = items.filter((_, index) => runs[index]).map(({ submission }) => submission);
    const results = (submissions.length === 0 ? [] : await run(deps, submissions, untroubled)).values();
    return runs.map((ran) => (ran ? (results.next().value as BatchResult) : { kind: 'lockHeld' }));
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

/** What went wrong so far for these commands; the halves of a split batch inherit it. */
interface Trouble {
  /** When the first attempt failed. */
  readonly since: number | undefined;
  /** An append was sent whose fate is open: from then on the only ends are "found" and OUTCOME_UNKNOWN. */
  readonly open: boolean;
  /** The commands that were answered before the first attempt; undefined until a load succeeded. */
  readonly answeredBefore: ReadonlySet<string> | undefined;
}
const untroubled: Trouble = { since: undefined, open: false, answeredBefore: undefined };

/**
 * Loads, decides and appends until it is committed or known to be in vain. A connection lost during the append
 * leaves its outcome open; the same commands then simply run again: those that were committed after all are found
 * by their idempotency records, and if the lost statement is still running, the records' primary key makes exactly
 * one of the two win.
 */
async function run(
  deps: ExecuteBatchDeps,
  submissions: readonly Submission[],
  inherited: Trouble,
): Promise<readonly BatchResult[]> {
  const { attemptsMax, troubleTimeMaxMs, monotonicMs } = deps;
  const unavailable = (reason: UnavailableReason) =>
    submissions.map((): BatchResult => ({ kind: 'unavailable', reason }));
  let { since, open, answeredBefore } = inherited;
  let conflicts = 0;
  let failedConnects = 0;
  for (;;) {
    const step = await attempt(deps, submissions);
    answeredBefore ??= step.answeredBefore;
    if (step.kind === 'committed') {
      if (open) deps.onAppended();
      return open ? asFirstAnswers(step, submissions, answeredBefore, deps.writer) : step.results;
    }
    deps.onTrouble(step.kind, step.error);
    since ??= monotonicMs();
    open ||= step.kind === 'unknown';
    const isLate = monotonicMs() - since >= troubleTimeMaxMs;

    if (step.kind === 'conflict') conflicts += 1;
    if (step.kind === 'noConnection') failedConnects += 1;
    const maySplit = step.kind === 'fault' || (step.kind === 'conflict' && conflicts >= attemptsTogetherMax);
    if (maySplit && submissions.length > 1 && !isLate) {
      return splitInHalves(deps, submissions, { since, open, answeredBefore });
    }
    if (!open) {
      if (step.kind === 'fault') return submissions.map(() => ({ kind: 'failed', error: step.error }));
      if (step.kind === 'refused') return unavailable('DATABASE_UNAVAILABLE');
      if (step.kind === 'conflict' && (isLate || conflicts >= attemptsMax)) return unavailable('WALLET_BUSY');
      if (failedConnects >= connectAttemptsMax) return unavailable('DATABASE_UNAVAILABLE');
    }
    if (isLate) return unavailable(open ? 'OUTCOME_UNKNOWN' : 'DATABASE_UNAVAILABLE');
    await deps.pause(step.kind === 'conflict' ? deps.random() * conflictPauseMaxMs : troublePauseMs);
  }
}

/** Together they fail, so each half runs for itself: in the end only the command that is really at fault fails. */
async function splitInHalves(
  deps: ExecuteBatchDeps,
  submissions: readonly Submission[],
  trouble: Trouble,
): Promise<readonly BatchResult[]> {
  const middle = Math.ceil(submissions.length / 2);
  const first = await run(deps, submissions.slice(0, middle), trouble);
  const second = await run(deps, submissions.slice(middle), trouble);
  return [...first, ...second];
}

/**
 * What our own lost append had written is found as a record, but it was not given to anybody yet. A record that was there
 * before, or that another process wrote meanwhile, was.
 */
function asFirstAnswers(
  { results, found }: Extract<Step, { readonly kind: 'committed' }>,
  submissions: readonly Submission[],
  answeredBefore: ReadonlySet<string> | undefined,
  writer: string,
): readonly SubmissionResult[] {
  return results.map((result, index) => {
    const commandId = submissions[index]?.commandId ?? '';
    const isOld = found.get(commandId)?.writer !== writer || answeredBefore?.has(commandId) !== false;
    return result.kind === 'answered' ? { ...result, replayed: result.replayed && isOld } : result;
  });
}

type Step = { readonly answeredBefore?: ReadonlySet<string> } & (
  | {
      readonly kind: 'committed';
      readonly results: readonly SubmissionResult[];
      /** The records that were there when this attempt loaded. */
      readonly found: LoadedBatch['answered'];
    }
  | { readonly kind: DatabaseFailure['kind'] | 'noConnection'; readonly error: unknown }
);

async function attempt(deps: ExecuteBatchDeps, submissions: readonly Submission[]): Promise<Step> {
  let client: PoolClient;
  try {
    client = await deps.pool.connect();
  } catch (error) {
    return { kind: 'noConnection', error };
  }
  const step = await attemptOn(client, submissions, deps);
  client.release(step.kind === 'unknown' || step.kind === 'noConnection');
  if (step.kind === 'committed' && step.hasEvents) deps.onAppended();
  return step;
}

async function attemptOn(
  client: PoolClient,
  submissions: readonly Submission[],
  { failpoint, writer }: ExecuteBatchDeps,
): Promise<Step & { readonly hasEvents?: boolean }> {
  let loaded: LoadedBatch;
  try {
    const walletIds = [...new Set(submissions.flatMap(({ command }) => walletIdsOf(command)))];
    loaded = await loadBatch(
      client,
      walletIds,
      submissions.map(({ commandId }) => commandId),
    );
  } catch (error) {
    const { kind } = failureOf(error);
    // Nothing was sent yet, so an open fate is only a connection that failed.
    return { kind: kind === 'unknown' ? 'noConnection' : kind, error };
  }
  const answeredBefore = new Set(loaded.answered.keys());
  let prepared: PreparedBatch;
  let results: readonly SubmissionResult[];
  try {
    const decided = decideBatch(submissions, loaded);
    prepared = prepareBatch(decided.batch, writer);
    results = decided.results;
  } catch (error) {
    // Of one command, or of a wallet that only a newer release understands: the others of the batch go on without it.
    return { kind: 'fault', error };
  }
  try {
    failpoint?.('beforeAppend');
    // The driver hands the statement to the socket before this call returns.
    const appended = appendBatch(client, prepared);
    failpoint?.('appendSent');
    await appended;
    failpoint?.('afterAppend');
    return {
      kind: 'committed',
      results,
      found: loaded.answered,
      answeredBefore,
      hasEvents: prepared.eventCount > 0,
    };
  } catch (error) {
    return { kind: failureOf(error).kind, error, answeredBefore };
  }
}
