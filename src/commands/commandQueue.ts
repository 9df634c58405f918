// The way into the command path. It takes a command, or refuses it if the queue is full or closing, and gives
// its answer back. A command that is sent twice at the same moment runs once. waitingCommands.ts keeps the
// order of the commands, and lanes.ts runs them.
import { walletIdsOf } from '../domain/commands.ts';
import { createLanes, type EndResult, isIdle, type LanesOptions, schedulePump } from './lanes.ts';
import { isRepeat } from '../eventStore/recordRows.ts';
import {
  RecalledError,
  type Submission,
  type SubmissionResult,
  type UnavailableReason,
} from './submission.ts';
import { createShortLivedMap } from './shortLivedMap.ts';
import { createWaitingCommands, type QueuedCommand } from './waitingCommands.ts';

export interface CommandQueueOptions extends LanesOptions {
  /** Most commands that may wait or run. Any further command is refused with QUEUE_FULL at once. */
  readonly queueLengthMax: number;
}

export interface CommandQueue {
  /**
   * Resolves with the command's result. Rejects only with an unforeseen failure that the caller did not
   * cause.
   */
  readonly submit: (submission: Submission) => Promise<SubmissionResult>;
  /** Why any new command would be refused now. Asked before anything is spent on its request. */
  readonly refuses: () => UnavailableReason | undefined;
  /** Takes nothing more and resolves when every command that was taken is answered. */
  readonly close: () => Promise<void>;
  /** Commands that wait, and commands in running batches. */
  readonly depth: () => { readonly waiting: number; readonly inFlight: number };
}

interface FirstSubmission {
  readonly submission: Submission;
  readonly result: Promise<SubmissionResult>;
}

export function createCommandQueue(options: CommandQueueOptions): CommandQueue {
  const waiting = createWaitingCommands();
  const lanes = createLanes(options, waiting, { onEnded, onIdle: () => closed?.resolve() });
  const inHand = createShortLivedMap<string, FirstSubmission>();
  /** Set when the queue takes nothing more; resolves when everything taken is answered. */
  let closed: PromiseWithResolvers<void> | undefined;

  function submit(submission: Submission): Promise<SubmissionResult> {
    const first = inHand.get(submission.commandId);
    if (first !== undefined) return answerAfter(first, submission);
    const reason = refuses();
    if (reason !== undefined) return Promise.resolve({ kind: 'unavailable', reason });
    const { promise: result, resolve, reject } = Promise.withResolvers<SubmissionResult>();
    waiting.commands.push({
      submission,
      walletIds: walletIdsOf(submission.command),
      arrivedAt: options.now(),
      lockedSince: undefined,
      withoutLock: false,
      resting: false,
      resolve,
      reject,
    });
    inHand.set(submission.commandId, { submission, result });
    schedulePump(lanes);
    return result;
  }

  /**
   * Answers another request under the id of a command that waits or runs. If the first answer was stored, the
   * second request is a replay (same request) or a reused key (different request). If nothing was stored, or
   * another process was faster with the key, the second request is decided on its own.
   */
  async function answerAfter(first: FirstSubmission, submission: Submission): Promise<SubmissionResult> {
    let result: SubmissionResult;
    try {
      result = await first.result;
    } catch (error) {
      // Only the sender of the first one knows of its recall.
      if (error instanceof RecalledError) return submit(submission);
      throw error;
    }
    const isSame = isRepeat(first.submission.requestHash, submission.requestHash);
    if (result.kind === 'answered' && result.stored) {
      return isSame ? { ...result, replayed: true } : { kind: 'keyReused' };
    }
    return isSame && result.kind !== 'answered' ? result : submit(submission);
  }

  function onEnded({ submission, resolve, reject }: QueuedCommand, result: EndResult): void {
    inHand.delete(submission.commandId);
    if (result.kind === 'failed') reject(result.error);
    else if (result.kind === 'recalled') reject(new RecalledError());
    else resolve(result);
  }

  function refuses(): UnavailableReason | undefined {
    if (closed !== undefined) return 'SHUTTING_DOWN';
    return waiting.commands.length + lanes.commandsRunning >= options.queueLengthMax
      ? 'QUEUE_FULL'
      : undefined;
  }

  return {
    submit,
    refuses,
    close() {
      closed ??= Promise.withResolvers();
      if (isIdle(lanes)) closed.resolve();
      return closed.promise;
    },
    depth: () => ({ waiting: waiting.commands.length, inFlight: lanes.commandsRunning }),
  };
}
