// The sender's side of the handover. While another process is the committer and this one is busy, its
// commands go there in messages. So the batches of several processes are as large as those of one. A process
// with few commands runs them itself, which is faster for each. It hands them over after it met a locked
// wallet.
//
// Invariant: no command runs in two places. A sender that waits in vain first moves the fence of the log. A
// command that was handed over under the old fence can't be committed from then on. Then it runs here, and
// finds its record if it was committed before.
import { setTimeout as pause } from 'node:timers/promises';
import { createShortLivedMap } from '../shortLivedMap.ts';
import type { Submission, SubmissionResult } from '../submission.ts';
import type { Holder } from './election.ts';
import { type HandedEnd, toHanded } from './messages.ts';
import { recall } from './recall.ts';
import { adopt, type HandOverOptions, runAllHere, type SenderState } from './senderState.ts';

export interface HandOver {
  readonly submit: (submission: Submission) => Promise<SubmissionResult>;
  /** Commands that are not in the queue of this process and have not ended. */
  readonly openCount: () => number;
  /** Another process had locked a wallet that a command needs. Such commands wait less with the committer. */
  readonly noteContention: () => void;
  /** The token of the committer; undefined if it is not another process. */
  readonly committer: () => string | undefined;
  readonly takeEnds: (ends: readonly (readonly [number: number, end: HandedEnd])[]) => void;
  /** Tells whose lease it is. Undefined if commands have to run here. */
  readonly setHolder: (holder: Holder | undefined) => void;
  /** The ends of handed commands may have been lost. */
  readonly recall: () => void;
  /** Hands nothing more over, and resolves when nothing is open. */
  readonly close: () => Promise<void>;
}

/** Commands of one message. More go into the next one. */
const messageCommandsMax = 500;
/**
 * Commands gather so long for one message. A message costs both processes as much as two or three commands,
 * and the committer's batch under way takes longer than that.
 */
const gatherMs = 2;
/** Commands are handed over so long after a process was busy, or met a wallet that another one had locked. */
const handsForMs = 500;
/** A process that stops waits so long for what it has handed over, then calls it back. */
export const closeWaitMs = 500;
const closeRoundMs = 10;

export function createHandOver(options: HandOverOptions): HandOver {
  const state: SenderState = {
    options,
    open: createShortLivedMap(),
    outgoing: [],
    lastNumber: 0,
    committer: undefined,
    holder: undefined,
    handsUntil: -Infinity,
    recalling: undefined,
    behind: 0,
    closed: false,
  };
  return {
    submit: (submission) => submit(state, submission),
    openCount: () => state.open.size + state.behind,
    noteContention: () => {
      state.handsUntil = options.monotonicMs() + handsForMs;
    },
    committer: () => state.committer?.holder.token,
    takeEnds: (ends) => {
      takeEnds(state, ends);
    },
    setHolder: (found) => {
      setHolder(state, found);
    },
    recall: () => {
      recall(state);
    },
    close: () => close(state),
  };
}

function submit(state: SenderState, submission: Submission): Promise<SubmissionResult> {
  const { options } = state;
  // Commands that come while others are called back stay behind them.
  if (state.recalling !== undefined) {
    state.behind += 1;
    return state.recalling.then(() => {
      state.behind -= 1;
      return options.runHere(submission);
    });
  }
  if (state.committer === undefined || !paysToHand(state)) return options.runHere(submission);
  return new Promise((resolve, reject) => {
    state.lastNumber += 1;
    const handed = { submission, handedAt: options.monotonicMs(), sentTo: undefined, resolve, reject };
    state.open.set(state.lastNumber, handed);
    state.outgoing.push(state.lastNumber);
    if (state.outgoing.length === 1) setTimeout(sendOutgoing, gatherMs, state);
  });
}

function paysToHand(state: SenderState): boolean {
  const { busyCount, monotonicMs, runningHere } = state.options;
  const now = monotonicMs();
  if (state.open.size + runningHere() + 1 >= busyCount) state.handsUntil = now + handsForMs;
  return now < state.handsUntil;
}

function sendOutgoing(state: SenderState): void {
  // Those that were called back meanwhile ran here.
  const numbers = state.outgoing.filter((number) => state.open.has(number));
  state.outgoing = [];
  for (let from = 0; from < numbers.length; from += messageCommandsMax)
    void sendPart(state, numbers.slice(from, from + messageCommandsMax));
}

async function sendPart(state: SenderState, numbers: readonly number[]): Promise<void> {
  const { committer, open, options } = state;
  if (committer === undefined) {
    runAllHere(state, numbers);
    return;
  }
  const { holder, fence } = committer;
  const commands = numbers.flatMap((number) => {
    const handed = open.get(number);
    if (handed === undefined) return [];
    handed.sentTo = holder.name;
    return toHanded(number, handed.submission);
  });
  options.onHanded(commands.length);
  let receivers: number | undefined;
  try {
    receivers = await options.send(holder.token, { kind: 'commands', fence, commands });
  } catch {
    // Nobody knows whether it arrived.
  }
  // Somebody may listen besides the committer.
  if (receivers !== undefined && receivers > 0) return;
  if (state.committer?.holder.name === holder.name) adopt(state, undefined);
  options.askNow();
  // A message that nobody got needs no fence.
  if (receivers === 0) runAllHere(state, numbers);
  else recall(state);
}

function takeEnds(state: SenderState, ends: readonly (readonly [number: number, end: HandedEnd])[]): void {
  const recalled: number[] = [];
  for (const [number, end] of ends) {
    const handed = state.open.get(number);
    // It was called back, and runs here.
    if (handed === undefined) continue;
    if (end.kind === 'recalled') {
      recalled.push(number);
      continue;
    }
    state.open.delete(number);
    if (end.kind === 'failed') handed.reject(new Error(`the committer failed: ${end.message}`));
    else handed.resolve(end);
  }
  if (recalled.length === 0) return;
  // Somebody may have moved the fence, so later commands need the new one.
  adopt(state, state.holder);
  runAllHere(state, recalled);
}

function setHolder(state: SenderState, found: Holder | undefined): void {
  if (found?.name !== state.holder?.name) adopt(state, found);
  const oldest = state.open.first();
  if (oldest === undefined) return;
  const isLost = oldest.sentTo !== undefined && oldest.sentTo !== found?.name;
  const { monotonicMs, waitMaxMs } = state.options;
  if (isLost || monotonicMs() - oldest.handedAt > waitMaxMs) recall(state);
}

async function close(state: SenderState): Promise<void> {
  const { monotonicMs } = state.options;
  state.closed = true;
  adopt(state, undefined);
  const startedAt = monotonicMs();
  while (state.open.size > 0 || state.recalling !== undefined) {
    if (monotonicMs() - startedAt > closeWaitMs) recall(state);
    await (state.recalling ?? pause(closeRoundMs));
  }
}
