// The pure middle of a group commit: turns the loaded state and the commands into events to append and
// answers. Commands are decided one after the other, each on the state as the commands before it left it.
import { type Command, walletIdsOf } from '../domain/commands.ts';
import { addChanges, applyChanges, noChanges } from '../domain/decide/changes.ts';
import { decide } from '../domain/decide/decide.ts';
import { changingCopy } from '../domain/state.ts';
import type { BatchToAppend, EventToAppend } from '../eventStore/appendBatch.ts';
import { levels } from '../eventStore/levels.ts';
import type { LoadedBatch } from '../eventStore/loadBatch.ts';
import { acceptedOutcome, outcomeVersion } from '../eventStore/outcomeCodec.ts';
import {
  type AnsweredCommand,
  type CommandToRecord,
  isRepeat,
  type RecordedOutcome,
  type RequestHash,
} from '../eventStore/recordRows.ts';
import {
  type DecidedResult,
  isRemembered,
  type Outcome,
  type Submission,
  type SubmissionResult,
} from './submission.ts';

interface DecidedBatch {
  readonly batch: BatchToAppend;
  /** The result of each submission, in their order. They hold only once the batch is committed. */
  readonly results: readonly DecidedResult[];
}

export function decideBatch(submissions: readonly Submission[], loaded: LoadedBatch): DecidedBatch {
  const state = changingCopy(loaded.state);
  const answered = new Map(loaded.answered);
  const changed = noChanges();
  const events: EventToAppend[] = [];
  const records: CommandToRecord[] = [];
  const read = new Set<string>();

  const results = submissions.map((submission): DecidedResult => {
    const { command, commandId, idempotencyKey, requestHash, correlationId, traceparent } = submission;
    const earlier = answered.get(commandId);
    if (earlier !== undefined) return replay(earlier, requestHash);
    // The append goes through under the loaded fence alone. So its sender, who moved it, finds nothing.
    if (submission.handedUnder !== undefined && submission.handedUnder !== loaded.fence)
      return { kind: 'recalled' };

    if (loaded.level < levelOf(command)) return { kind: 'unavailable', reason: 'UPGRADE_UNFINISHED' };
    const decision = decide(command, state, loaded.now);
    if ('accepted' in decision) {
      const metadata = { commandId, correlationId, traceparent };
      for (const event of decision.accepted.events) events.push({ ...event, metadata });
      // A command without events is true of the moment of the load. So nothing that it read has to stay.
      if (decision.accepted.events.length > 0) for (const id of walletIdsOf(command)) read.add(id);
      const { changes } = decision.accepted;
      applyChanges(state, changes);
      addChanges(changed, changes);
    }
    const outcome: Outcome =
      'accepted' in decision
        ? acceptedOutcome(command.type, decision.accepted, loaded.level)
        : { version: outcomeVersion, rejected: decision.rejected };
    // Without a key nobody can repeat a refused command, so there is nothing to remember. An anonymous caller
    // could otherwise fill the table for a week.
    const stored =
      'accepted' in decision || (idempotencyKey !== undefined && isRemembered[decision.rejected.code]);
    if (!stored) return { kind: 'answered', outcome, stored, replayed: false };
    const recorded = toRecorded(outcome, submission, loaded.level);
    records.push({ commandId, key: idempotencyKey, requestHash, outcome: recorded });
    answered.set(commandId, { commandId, requestHash, outcome: recorded });
    return { kind: 'answered', outcome: recorded, stored, replayed: false };
  });
  const batch: BatchToAppend = {
    events,
    records,
    wallets: [...changed.wallets.values()],
    readWalletIds: [...read].filter((id) => !changed.wallets.has(id)),
    holds: [...changed.holds.values()],
    openHolds: state.openHolds,
    details: changed.details,
    reversals: [...changed.reversals.values()],
    uses: changed.uses,
  };
  return { batch, results };
}

/**
 * The level that the command waits for. Below it a release may run that does not know the command, and would
 * lose what the command writes.
 */
function levelOf({ type }: Command): number {
  switch (type) {
    case 'CreateWallet':
    case 'CreditWallet':
    case 'DebitWallet':
    case 'TransferFunds':
      return 1;
    case 'ChangeAlerts':
      return levels.alerts;
    default:
      return levels.walletState;
  }
}

/** The outcome in the form that may be written. A refusal keeps the bytes that its client gets. */
function toRecorded(outcome: Outcome, { render }: Submission, level: number): RecordedOutcome {
  if (level < levels.compactRecords) {
    // A release that reads only answers could not show the record of such a command.
    if (render === undefined) throw new LevelNotOpenError(level);
    return { former: render(outcome) };
  }
  if ('accepted' in outcome || render === undefined) return outcome;
  const { code, walletId, numbers, facts } = outcome.rejected;
  const rejected = { code, walletId, ...(numbers && { numbers }), ...(facts && { facts }) };
  return { ...outcome, rejected, body: render(outcome).body };
}

/** A command without a rendering needs level `compactRecords`. It succeeds once the level is open. */
class LevelNotOpenError extends Error {
  override readonly name = 'LevelNotOpenError';

  constructor(level: number) {
    super(
      `commands of a worker need level ${levels.compactRecords}, and level ${level} is open: it opens by itself once no process of an older release runs`,
    );
  }
}

function replay(earlier: AnsweredCommand, requestHash: RequestHash): SubmissionResult {
  if (!isRepeat(earlier.requestHash, requestHash)) return { kind: 'keyReused' };
  return { kind: 'answered', outcome: earlier.outcome, stored: true, replayed: true };
}
