// Submits the commands of workflows over the same command path as those of clients. An activity calls it. The
// command's id is made of the workflow and the step, so a later attempt of the activity is the same command.
//
// Invariant: a command with an unknown outcome is submitted again under the same key, and takes effect once.
// A workflow takes a new key only after a refusal, because a refusal is remembered under its key.
import type {
  Command,
  CreateWallet,
  CreditWallet,
  DebitWallet,
  EndDue,
  TransferFunds,
} from '../domain/commands.ts';
import { formatAmount } from '../domain/money.ts';
import type { RejectionCode, RejectionNumbers } from '../domain/rejections.ts';
import { commandIdOfStep, type CommandStep, keyOfStep } from './commandIds.ts';
import type { CommandQueue } from './commandQueue.ts';
import { meaningHashOf } from './meaningHash.ts';
import type { UnavailableReason } from './submission.ts';

type Without<Union, Name extends string> = Union extends unknown ? Omit<Union, Name> : never;

/** The commands of workflows. Each is JSON. */
type OfWorkflows = CreateWallet | CreditWallet | DebitWallet | TransferFunds | EndDue;

/** A command as a workflow makes it. A transfer gets its id from the step. */
export type WorkflowCommand = Without<OfWorkflows, 'transferId'>;

/** The outcome of a command, as JSON that a history can hold. */
export type WorkflowCommandOutcome =
  | {
      readonly outcome: 'accepted';
      readonly wallets: readonly {
        readonly walletId: string;
        readonly version: number;
        /** Decimal text. */
        readonly balance: string;
      }[];
    }
  | {
      readonly outcome: 'refused';
      readonly code: RejectionCode;
      readonly walletId: string;
      readonly numbers?: RejectionNumbers;
    };

/** The command was not carried out, or its outcome is unknown. The same step may be submitted again. */
class CommandUnavailableError extends Error {
  override readonly name = 'CommandUnavailableError';

  constructor(reason: UnavailableReason) {
    super(
      reason === 'OUTCOME_UNKNOWN'
        ? 'the outcome is unknown: the same step is submitted again'
        : `the command was not carried out: ${reason}`,
    );
  }
}

/** Two different commands have one step. The workflow is wrong, so no further attempt can succeed. */
export class StepReusedError extends Error {
  override readonly name = 'StepReusedError';
}

export type SubmitStep = (step: CommandStep, command: WorkflowCommand) => Promise<WorkflowCommandOutcome>;

/** Throws CommandUnavailableError or StepReusedError if there is no outcome. */
export function createWorkflowCommands(submit: CommandQueue['submit']): SubmitStep {
  return async (step, given) => {
    const commandId = commandIdOfStep(step);
    const command: Command = given.type === 'TransferFunds' ? { ...given, transferId: commandId } : given;
    const result = await submit({
      command,
      commandId,
      idempotencyKey: keyOfStep(step),
      requestHash: { meaning: meaningHashOf(command, command.walletId), spelling: '' },
      correlationId: step.workflowId,
    });
    if (result.kind === 'unavailable') throw new CommandUnavailableError(result.reason);
    if (result.kind === 'keyReused')
      throw new StepReusedError(`${keyOfStep(step)} was another command before`);
    const { outcome } = result;
    // Commands of workflows begin with compact records.
    if ('former' in outcome) throw new Error(`the record of command ${commandId} is no workflow's`);
    if ('rejected' in outcome) {
      const { code, walletId, numbers } = outcome.rejected;
      return { outcome: 'refused', code, walletId, ...(numbers && { numbers }) };
    }
    return {
      outcome: 'accepted',
      wallets: outcome.accepted.map(({ id, version, balanceMinor, currency }) => ({
        ...{ walletId: id, version },
        balance: formatAmount(balanceMinor, currency),
      })),
    };
  };
}
