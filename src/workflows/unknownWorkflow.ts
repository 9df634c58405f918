// Ends a run whose workflow type does not exist here. The SDK runs it for every name that it does not find.
// Without it, such a run would fail its first task for ever and keep its workflow id.
import { ApplicationFailure, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { recoveryKinds } from './recovery/recoveryKinds.ts';
import { shownText } from './recovery/shapes.ts';

/** Takes any arguments. */
export function unknownWorkflow(): Promise<never> {
  const known = Object.keys(recoveryKinds).join(', ');
  const sentence = `there is no workflow type ${shownText(workflowInfo().workflowType)} here; recoveries are ${known}`;
  setCurrentDetails(sentence);
  return Promise.reject(ApplicationFailure.nonRetryable(sentence, 'UnknownWorkflowType'));
}
