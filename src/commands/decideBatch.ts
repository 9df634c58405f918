// The pure middle of a group commit: turns the loaded wallets and the commands into events to append and
// answers. Commands are decided one after the other, each on the wallets as the commands before it left them.
import { decide } from '../domain/decide/decide.ts';
import type { Wallet } from '../domain/wallet.ts';
import type { AnswerToRecord, BatchToAppend, EventToAppend } from '../eventStore/appendBatch.ts';
import type { AnsweredCommand, LoadedBatch } from '../eventStore/loadBatch.ts';
import {
  isRepeat,
  type Outcome,
  type RequestHash,
  type Submission,
  type SubmissionResult,
} from './submission.ts';

interface DecidedBatch {
  readonly batch: BatchToAppend;
  /** The result of each submission, in their order. They hold only once the batch is committed. */
  readonly results: readonly SubmissionResult[];
}

export function decideBatch(submissions: readonly Submission[], loaded: LoadedBatch): DecidedBatch {
  const wallets = new Map(loaded.wallets);
  const answered = new Map(loaded.answered);
  const changed = new Map<string, Wallet>();
  const events: EventToAppend[] = [];
  const answers: AnswerToRecord[] = [];

  const results = submissions.map((submission): SubmissionResult => {
    const { command, commandId, idempotencyKey, requestHash, correlationId, traceparent, render } =
      submission;
    const earlier = answered.get(commandId);
    if (earlier !== undefined) return replay(earlier, requestHash);

    const decision = decide(command, wallets, loaded.now);
    if ('accepted' in decision) {
      const metadata = { commandId, correlationId, traceparent };
      for (const event of decision.accepted.events) events.push({ ...event, metadata });
      for (const wallet of decision.accepted.wallets) {
        wallets.set(wallet.id, wallet);
        changed.set(wallet.id, wallet);
      }
    }
    const outcome: Outcome = 'accepted' in decision ? { wallets: decision.accepted.wallets } : decision;
    const { final, ...answer } = render(outcome);
    // Without a key nobody can repeat a refused command, so there is nothing to remember. An anonymous caller
    // could otherwise fill the table for a week.
    const stored = final && ('accepted' in decision || idempotencyKey !== undefined);
    if (stored) {
      answers.push({ commandId, key: idempotencyKey, requestHash, answer });
      answered.set(commandId, { commandId, requestHash, answer });
    }
    return { kind: 'answered', answer, stored, replayed: false };
  });
  return { batch: { events, wallets: [...changed.values()], answers }, results };
}

function replay(earlier: AnsweredCommand, requestHash: RequestHash): SubmissionResult {
  if (!isRepeat(earlier.requestHash, requestHash)) return { kind: 'keyReused' };
  return { kind: 'answered', answer: earlier.answer, stored: true, replayed: true };
}
