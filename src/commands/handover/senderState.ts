// The sender's side of the handover remembers the commands that it has handed over, and the committer that
// gets the next ones.
import type { ShortLivedMap } from '../shortLivedMap.ts';
import type { Submission, SubmissionResult } from '../submission.ts';
import type { Holder } from './election.ts';
import type { Message } from './messages.ts';

export interface HandOverOptions {
  /** Runs a command in this process. */
  readonly runHere: (submission: Submission) => Promise<SubmissionResult>;
  /** Commands that wait or run in this process. */
  readonly runningHere: () => number;
  /** Resolves to the number of processes that got it. Rejects if that is not known. */
  readonly send: (to: string, message: Message) => Promise<number>;
  readonly readFence: () => Promise<bigint>;
  readonly raiseFence: () => Promise<void>;
  /** Asks soon who the committer is. */
  readonly askNow: () => void;
  /** With so many commands under way, larger batches save more than the way to the committer costs. */
  readonly busyCount: number;
  /** Longest wait for the end of a handed command. */
  readonly waitMaxMs: number;
  /** Longest time in which the fence is tried to be moved. Then the outcome of the commands is unknown. */
  readonly recallTimeMaxMs: number;
  /** The same for a process that stops. What runs here afterwards has to end within the grace. */
  readonly stopRecallTimeMaxMs: number;
  readonly monotonicMs: () => number;
  readonly onHanded: (count: number) => void;
  readonly onRecalled: (count: number) => void;
}

export interface Handed {
  readonly submission: Submission;
  readonly handedAt: number;
  /** The name of the holder that it was sent to; undefined while it gathers. */
  sentTo: string | undefined;
  readonly resolve: (result: SubmissionResult | Promise<SubmissionResult>) => void;
  readonly reject: (error: Error) => void;
}

export interface SenderState {
  readonly options: HandOverOptions;
  /** By number, in the order in which they came. */
  readonly open: ShortLivedMap<number, Handed>;
  /** Numbers of commands that gather for the next message. */
  outgoing: number[];
  lastNumber: number;
  /** Where commands go, and the fence as read after this committer was found. */
  committer: { readonly holder: Holder; readonly fence: bigint } | undefined;
  /** The holder of the lease whose fence is being read, or was read. */
  holder: Holder | undefined;
  /** Until then commands are handed over. */
  handsUntil: number;
  recalling: Promise<void> | undefined;
  /** Commands that wait for the end of a recall. */
  behind: number;
  closed: boolean;
}

/** Lets the next commands go to this holder once the fence is read; none if there is no holder. */
export function adopt(state: SenderState, found: Holder | undefined): void {
  state.holder = found;
  state.committer = undefined;
  if (found === undefined || state.closed) return;
  state.options.readFence().then(
    (fence) => {
      if (state.holder === found && state.recalling === undefined) state.committer = { holder: found, fence };
    },
    () => {
      // Commands run here until the next round asks again.
      if (state.holder === found) state.holder = undefined;
    },
  );
}

/** Runs commands here that no other process has committed or will commit. */
export function runAllHere({ open, options }: SenderState, numbers: readonly number[]): void {
  for (const number of numbers) {
    const handed = open.get(number);
    if (handed === undefined) continue;
    open.delete(number);
    handed.resolve(options.runHere(handed.submission));
  }
}
