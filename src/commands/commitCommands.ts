// Repeats a batch until it is committed or cannot be. It runs after the wallets are locked. Some failures end
// the whole batch, some are caused by one command, and after some nobody knows whether the append was
// committed.
//
// Invariant: no command is reported as not done after an append whose outcome is unknown. The command is then
// found by its record or answered with OUTCOME_UNKNOWN.
import type { LoadedBatch } from '../eventStore/loadBatch.ts';
import { encodeOutcome } from '../eventStore/outcomeCodec.ts';
import type { CommandToRecord, RecordedOutcome } from '../eventStore/recordRows.ts';
import { type Attempt, attemptCommit, type AttemptDeps, type FailedAttempt } from './attemptCommit.ts';
import type { DecidedResult, Submission, UnavailableReason } from './submission.ts';

export interface CommitDeps extends AttemptDeps {
  /** Milliseconds that only go forward. */
  readonly monotonicMs: () => number;
  /** Resolves after about that many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Attempts of one command that keeps losing to other processes. */
  readonly attemptsMax: number;
  /**
   * Milliseconds after the first failure in which a batch is tried again or its outcome is searched for.
   */
  readonly retryTimeMaxMs: number;
  /** Makes the next segment of the log. */
  readonly makeNextSegment: () => Promise<unknown>;
  /** Hears of every attempt that did not commit. */
  readonly onFailedAttempt: (failure: FailedAttempt['kind'], error: unknown) => void;
}

export type CommitResult = DecidedResult | { readonly kind: 'failed'; readonly error: unknown };

/**
 * A batch that loses to other processes is tried together this often. Then its halves are tried on their own.
 */
const attemptsTogetherMax = 2;
/** Attempts to connect, or to load over a connection, before the database counts as unavailable. */
const connectAttemptsMax = 2;
/**
 * Pause between two attempts while the database is unavailable. It is short against the time of a failover.
 */
const failurePauseMs = 50;
/** Spreads two processes that lose to each other; about the time of one batch. */
const conflictPauseMaxMs = 5;

/** The failures of these commands so far. The halves of a split batch inherit them. */
interface EarlierFailures {
  /** When the first attempt failed. */
  readonly since: number | undefined;
  /** True once an append was sent and its outcome is unknown. */
  readonly open: boolean;
  /** The commands that had a record before the first attempt; undefined until a load succeeded. */
  readonly answeredBefore: ReadonlySet<string> | undefined;
  /** The records that the first attempt sent without a load. Nobody had looked for earlier ones. */
  readonly sentUnchecked: readonly CommandToRecord[];
}
export const noFailures: EarlierFailures = {
  since: undefined,
  open: false,
  answeredBefore: undefined,
  sentUnchecked: [],
};

/**
 * Loads, decides and appends until the commands are committed or cannot be. A connection that is lost during
 * the append leaves its outcome open, and the same commands run again. Those that were committed are found by
 * their idempotency records. If the lost statement still runs, the primary key of the records lets exactly
 * one of the two win.
 */
export async function commitCommands(
  deps: CommitDeps,
  submissions: readonly Submission[],
  earlier: EarlierFailures,
): Promise<readonly CommitResult[]> {
  const { attemptsMax, retryTimeMaxMs, monotonicMs } = deps;
  const unavailable = (reason: UnavailableReason) =>
    submissions.map((): CommitResult => ({ kind: 'unavailable', reason }));
  let { since, open, answeredBefore, sentUnchecked } = earlier;
  let conflicts = 0;
  let failedConnects = 0;
  for (;;) {
    const attempt = await attemptCommit(deps, submissions, since === undefined);
    sentUnchecked = attempt.sentUnchecked ?? sentUnchecked;
    answeredBefore ??= attempt.found && recordedBefore(attempt.found, sentUnchecked);
    if (attempt.kind === 'committed') {
      if (open) deps.onAppended();
      return open ? asFirstAnswers(attempt, submissions, answeredBefore, deps.processId) : attempt.results;
    }
    deps.onFailedAttempt(attempt.kind, attempt.error);
    since ??= monotonicMs();
    open ||= attempt.kind === 'unknown';
    const isLate = monotonicMs() - since >= retryTimeMaxMs;

    if (attempt.kind === 'conflict') conflicts += 1;
    if (attempt.kind === 'noConnection') failedConnects += 1;
    // If it fails, the batch meets the end of the log again, until it is late.
    if (attempt.kind === 'unsegmented' && !isLate)
      await deps.makeNextSegment().catch((error: unknown) => {
        deps.onFailedAttempt('refused', error);
      });
    const maySplit =
      attempt.kind === 'fault' || (attempt.kind === 'conflict' && conflicts >= attemptsTogetherMax);
    if (maySplit && submissions.length > 1 && !isLate) {
      return splitInHalves(deps, submissions, { since, open, answeredBefore, sentUnchecked });
    }
    if (!open) {
      if (attempt.kind === 'fault') return submissions.map(() => ({ kind: 'failed', error: attempt.error }));
      if (attempt.kind === 'refused') return unavailable('DATABASE_UNAVAILABLE');
      if (attempt.kind === 'conflict' && (isLate || conflicts >= attemptsMax))
        return unavailable('WALLET_BUSY');
      if (failedConnects >= connectAttemptsMax) return unavailable('DATABASE_UNAVAILABLE');
    }
    if (isLate) return unavailable(open ? 'OUTCOME_UNKNOWN' : 'DATABASE_UNAVAILABLE');
    await deps.pause(pauseMsAfter(attempt.kind, deps.random));
  }
}

function pauseMsAfter(failure: FailedAttempt['kind'], random: () => number): number {
  // A moved fence stays where it is, so the next attempt loads it.
  if (failure === 'fenced') return 0;
  return failure === 'conflict' ? random() * conflictPauseMaxMs : failurePauseMs;
}

/** Together the commands fail, so each half runs on its own. In the end only the command at fault fails. */
async function splitInHalves(
  deps: CommitDeps,
  submissions: readonly Submission[],
  earlier: EarlierFailures,
): Promise<readonly CommitResult[]> {
  const middle = Math.ceil(submissions.length / 2);
  const first = await commitCommands(deps, submissions.slice(0, middle), earlier);
  const second = await commitCommands(deps, submissions.slice(middle), earlier);
  return [...first, ...second];
}

/**
 * The commands whose records were there before the first attempt. A record that this attempt sent may be its
 * own, if the outcomes are equal. An accepted command gives its wallet a later version than any earlier
 * record has, so no earlier one is equal. An earlier refusal may be equal, and then its replay is not marked.
 */
function recordedBefore(
  found: LoadedBatch['answered'],
  sentUnchecked: readonly CommandToRecord[],
): ReadonlySet<string> {
  const before = new Set(found.keys());
  for (const { commandId, outcome } of sentUnchecked) {
    const record = found.get(commandId);
    if (record !== undefined && isSameOutcome(record.outcome, outcome)) before.delete(commandId);
  }
  return before;
}

function isSameOutcome(one: RecordedOutcome, other: RecordedOutcome): boolean {
  // An append without a load writes no answer of the former form (walletCache.ts).
  if ('former' in one || 'former' in other) return false;
  return encodeOutcome(one) === encodeOutcome(other);
}

/**
 * An append with a lost connection may have written a record. No client was given that record yet, so it
 * counts as a first answer. A record that was there before, or that another process wrote, is a replay.
 */
function asFirstAnswers(
  { results, found }: Extract<Attempt, { readonly kind: 'committed' }>,
  submissions: readonly Submission[],
  answeredBefore: ReadonlySet<string> | undefined,
  processId: string,
): readonly DecidedResult[] {
  return results.map((result, index) => {
    const commandId = submissions[index]?.commandId ?? '';
    const isOld = found?.get(commandId)?.processId !== processId || answeredBefore?.has(commandId) !== false;
    return result.kind === 'answered' ? { ...result, replayed: result.replayed && isOld } : result;
  });
}
