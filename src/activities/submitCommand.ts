// The activity with which a workflow changes wallets. Temporal tries a failed attempt again under the same
// step. So an unknown outcome is looked up until it is known.
import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import {
  StepReusedError,
  type SubmitStep,
  type WorkflowCommand,
  type WorkflowCommandOutcome,
} from '../commands/workflowCommands.ts';
import { withHeartbeats } from './heartbeats.ts';

export interface CommandActivityDeps {
  readonly submitStep: SubmitStep;
}

interface CommandArgument {
  /** Names the command within the workflow. */
  readonly step: string;
  /** Raised by the workflow after a refusal, and never after a failed activity. */
  readonly attempt: number;
  readonly command: WorkflowCommand;
}

export function createCommandActivities({ submitStep }: CommandActivityDeps) {
  return {
    /** A refusal is a result, not a failure. Fails for good if the step already names another command. */
    submitCommand: ({ step, attempt, command }: CommandArgument): Promise<WorkflowCommandOutcome> =>
      withHeartbeats({ details: () => undefined }, async () => {
        const workflowId = activityInfo().workflowExecution?.workflowId;
        if (workflowId === undefined)
          throw ApplicationFailure.nonRetryable('a command needs a workflow: its key is made of the id');
        try {
          return await submitStep({ workflowId, step, attempt }, command);
        } catch (error) {
          if (!(error instanceof StepReusedError)) throw error;
          throw ApplicationFailure.nonRetryable(error.message, error.name);
        }
      }),
  };
}
