// The queue in front of the group commits. Commands wait in order of arrival; a lane takes what is ready, at most
// a few lanes are in flight, and a wallet is in at most one batch at a time. There is no timer in the normal
// case: a batch forms from whatever arrives while the ones before it commit.
//
// Order: a command that has to wait keeps its place for each of its wallets, so nothing that came later on one of
// them overtakes it, and a transfer is starved by neither of its two.
import { walletIdsOf } from '../domain/commands.ts';
import type { BatchItem, BatchResult } from './executeBatch.ts';
import type { Submission, SubmissionResult, UnavailableReason } from './submission.ts';

export interface CommandQueueOptions {
  readonly runBatch: (items: readonly BatchItem[]) => Promise<readonly BatchResult[]>;
  readonly lanes: number;
  readonly batchSizeMax: number;
  /** Commands waiting or in flight; above it QUEUE_FULL at once. */
  readonly queueLengthMax: number;
  readonly queueTimeMaxMs: number;
  /** Longest wait for wallets that another process holds; then the command goes on without their lock. */
  readonly lockWaitMaxMs: number;
  readonly now: () => number;
  /** Between 0 and 1; spreads the retries of processes that want the same wallet. */
  readonly random: () => number;
}

export interface CommandQueue {
  /** Resolves with what became of the command; rejects only with an unforeseen failure, which is not the caller's. */
  readonly submit: (submission: Submission) => Promise<SubmissionResult>;
  /** Why a new command would be refused now, whatever it is: asked before anything is spent on its request. */
  readonly refuses: () => UnavailableReason | undefined;
  /** Takes nothing more and resolves when everything taken is answered. */
  readonly close: () => Promise<void>;
  /** Commands waiting and in flight. */
  readonly depth: () => { readonly waiting: number; readonly inFlight: number };
}

interface Entry {
  readonly submission: Submission;
  readonly walletIds: readonly string[];
  readonly arrivedAt: number;
  /** When its wallets were first found held by another process. */
  lockHeldSince: number | undefined;
  /** It waited for its lock long enough: a holder may have died, and the lock is not what keeps things right. */
  withoutLock: boolean;
  /** Waiting a moment before it asks for its lock again. */
  resting: boolean;
  readonly resolve: (result: SubmissionResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Short against the time that another process holds a wallet for one batch: the next in turn keeps nobody waiting. */
const lockRetryMinMs = 1;
const lockRetryMaxMs = 3;

export function createCommandQueue(options: CommandQueueOptions): CommandQueue {
  const { runBatch, lanes, batchSizeMax, queueLengthMax, queueTimeMaxMs, lockWaitMaxMs, now, random } =
    options;
  let waiting: Entry[] = [];
  /** Same command sent twice at the same moment: the second gets the first one's result. */
  const byCommandId = new Map<string, { entry: Entry; result: Promise<SubmissionResult> }>();
  const busyWallets = new Set<string>();
  let lanesInFlight = 0;
  let inFlight = 0;
  /** Entries before this index were found blocked and stay so until a batch ends or a retry falls due. */
  let scanned = 0;
  let blockedWallets = new Set<string>();
  let pumpScheduled = false;
  let expiryTimer: NodeJS.Timeout | undefined;
  /** Set when the queue takes nothing more; resolves when everything taken is answered. */
  let drained: PromiseWithResolvers<void> | undefined;

  function submit(submission: Submission): Promise<SubmissionResult> {
    const same = byCommandId.get(submission.commandId);
    if (same !== undefined) return join(same, submission);
    const refusal = refuses();
    if (refusal !== undefined) return unavailable(refusal);
    const { promise: result, resolve, reject } = Promise.withResolvers<SubmissionResult>();
    const entry: Entry = {
      submission,
      walletIds: walletIdsOf(submission.command),
      arrivedAt: now(),
      lockHeldSince: undefined,
      withoutLock: false,
      resting: false,
      resolve,
      reject,
    };
    waiting.push(entry);
    byCommandId.set(submission.commandId, { entry, result });
    schedulePump();
    return result;
  }

  /**
   * Another request under the id of one in hand. Only what is kept of the first makes the second a replay or a reuse of
   * its key: where nothing is kept, or another process was faster with the key, the second is decided for itself.
   */
  async function join(
    first: { readonly entry: Entry; readonly result: Promise<SubmissionResult> },
    submission: Submission,
  ): Promise<SubmissionResult> {
    const result = await first.result;
    const isSame = first.entry.submission.requestHash === submission.requestHash;
    if (result.kind === 'answered' && result.stored) {
      return isSame ? { ...result, replayed: true } : { kind: 'keyReused' };
    }
    return isSame && result.kind !== 'answered' ? result : submit(submission);
  }

  function refuses(): UnavailableReason | undefined {
    if (drained !== undefined) return 'SHUTTING_DOWN';
    return waiting.length + inFlight >= queueLengthMax ? 'QUEUE_FULL' : undefined;
  }

  /** After the current round of socket events, so that requests which arrived together go together. */
  function schedulePump(): void {
    if (pumpScheduled) return;
    pumpScheduled = true;
    setImmediate(() => {
      pumpScheduled = false;
      pump();
    });
  }

  /** Everything that waits is looked at again: a wallet became free, or the queue changed in front. */
  function resetScan(): void {
    scanned = 0;
    blockedWallets = new Set();
  }

  function rescan(): void {
    resetScan();
    schedulePump();
  }

  function pump(): void {
    refuseExpired();
    while (lanesInFlight < lanes && scanned < waiting.length) {
      const batch = takeBatch();
      if (batch.length === 0) break;
      void runLane(batch);
    }
    scheduleExpiry();
    if (waiting.length === 0 && inFlight === 0) drained?.resolve();
  }

  /** The queue is in order of arrival, so only its front can have waited too long. */
  function refuseExpired(): void {
    const oldestAllowed = now() - queueTimeMaxMs;
    const firstAllowed = waiting.findIndex(({ arrivedAt }) => arrivedAt > oldestAllowed);
    const expired = waiting.splice(0, firstAllowed === -1 ? waiting.length : firstAllowed);
    if (expired.length === 0) return;
    resetScan();
    for (const entry of expired) settle(entry, { kind: 'unavailable', reason: 'QUEUE_TIMEOUT' });
  }

  /** Takes what is ready from the part of the queue that was not scanned yet. */
  function takeBatch(): Entry[] {
    const taken: Entry[] = [];
    const left = waiting.slice(0, scanned);
    let index = scanned;
    for (; index < waiting.length && taken.length < batchSizeMax; index += 1) {
      const entry = waiting[index] as Entry;
      if (isReady(entry)) taken.push(entry);
      else {
        for (const walletId of entry.walletIds) blockedWallets.add(walletId);
        left.push(entry);
      }
    }
    scanned = left.length;
    waiting = index < waiting.length ? left.concat(waiting.slice(index)) : left;
    return taken;
  }

  function isReady(entry: Entry): boolean {
    return (
      !entry.resting &&
      entry.walletIds.every((walletId) => !busyWallets.has(walletId) && !blockedWallets.has(walletId))
    );
  }

  async function runLane(batch: readonly Entry[]): Promise<void> {
    lanesInFlight += 1;
    inFlight += batch.length;
    for (const entry of batch) for (const walletId of entry.walletIds) busyWallets.add(walletId);
    let results: readonly BatchResult[];
    try {
      results = await runBatch(batch.map(({ submission, withoutLock }) => ({ submission, withoutLock })));
    } catch (error) {
      results = batch.map(() => ({ kind: 'failed', error }));
    }
    for (const entry of batch) for (const walletId of entry.walletIds) busyWallets.delete(walletId);
    lanesInFlight -= 1;
    inFlight -= batch.length;
    finishBatch(batch, results);
    rescan();
  }

  function finishBatch(batch: readonly Entry[], results: readonly BatchResult[]): void {
    const putBack: Entry[] = [];
    batch.forEach((entry, index) => {
      const result = results[index] ?? {
        kind: 'failed',
        error: new Error('the batch left a command without a result'),
      };
      if (result.kind === 'failed') fail(entry, result.error);
      else if (result.kind !== 'lockHeld') settle(entry, result);
      else putBack.push(entry);
    });
    retryLater(putBack);
    // Back to their places in the order of arrival, which is what expiry and the order on each wallet go by.
    if (putBack.length > 0)
      waiting = putBack.concat(waiting).sort((one, other) => one.arrivedAt - other.arrivedAt);
  }

  /** Together, so that they form one batch again: each with a pause of its own would come back as a batch of one. */
  function retryLater(entries: readonly Entry[]): void {
    const time = now();
    const delayMs = lockRetryMinMs + random() * (lockRetryMaxMs - lockRetryMinMs);
    const resting = entries.filter((entry) => {
      entry.lockHeldSince ??= time;
      entry.withoutLock = time + delayMs - entry.lockHeldSince >= lockWaitMaxMs;
      return !entry.withoutLock;
    });
    if (resting.length === 0) return;
    // A flag and not a time to compare with: timers may fire a little before their time.
    for (const entry of resting) entry.resting = true;
    setTimeout(() => {
      for (const entry of resting) entry.resting = false;
      rescan();
    }, delayMs);
  }

  /** One timer, for the oldest entry; it matters only while every lane hangs. */
  function scheduleExpiry(): void {
    const oldest = waiting[0];
    if (expiryTimer !== undefined || oldest === undefined) return;
    expiryTimer = setTimeout(
      () => {
        expiryTimer = undefined;
        rescan();
      },
      Math.max(1, oldest.arrivedAt + queueTimeMaxMs - now()),
    ).unref();
  }

  function settle(entry: Entry, result: SubmissionResult): void {
    byCommandId.delete(entry.submission.commandId);
    entry.resolve(result);
  }

  function fail(entry: Entry, error: unknown): void {
    byCommandId.delete(entry.submission.commandId);
    entry.reject(error);
  }

  return {
    submit,
    refuses,
    close() {
      drained ??= Promise.withResolvers();
      if (waiting.length === 0 && inFlight === 0) drained.resolve();
      return drained.promise;
    },
    depth: () => ({ waiting: waiting.length, inFlight }),
  };
}

function unavailable(reason: UnavailableReason): Promise<SubmissionResult> {
  return Promise.resolve({ kind: 'unavailable', reason });
}
