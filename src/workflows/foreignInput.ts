// Guards the door of every workflow. Anyone who reaches Temporal may send any bytes as an argument, a signal,
// an update or a query. An error there would fail the workflow task, which Temporal repeats for ever. The SDK
// decodes payloads before our code runs, so this interceptor replaces those that it could not decode.
import type { Payload, PayloadConverter, WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { defaultPayloadConverter, workflowInfo } from '@temporalio/workflow';
import { unknownWorkflow } from './unknownWorkflow.ts';

/** A payload that could not be decoded arrives as this text. The checks of arguments refuse it. */
export const unreadable = 'unreadable payload';

/** The SDK throws at signals of these names if a workflow has a default handler. We have none of them. */
const reservedPrefix = '__temporal_';

interface ForeignJob {
  readonly initializeWorkflow?: { arguments?: Payload[] | null } | null;
  readonly signalWorkflow?: { signalName?: string | null; input?: Payload[] | null } | null;
  readonly doUpdate?: { input?: Payload[] | null } | null;
  readonly queryWorkflow?: { arguments?: Payload[] | null } | null;
}

export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      // The SDK finds a type by its name in an object, which also has a `constructor` and a `toString`.
      execute: (input, next) =>
        workflowInfo().workflowType in Object.prototype ? unknownWorkflow() : next(input),
    },
  ],
  internals: [
    {
      activate: (input, next) => {
        const { activation } = input;
        activation.jobs = (activation.jobs ?? []).filter(
          ({ signalWorkflow }) => signalWorkflow?.signalName?.startsWith(reservedPrefix) !== true,
        );
        for (const job of activation.jobs as ForeignJob[]) makeReadable(job, defaultPayloadConverter);
        next(input);
      },
    },
  ],
});

function makeReadable(job: ForeignJob, converter: PayloadConverter): void {
  const { initializeWorkflow: start, signalWorkflow: signal, doUpdate: update, queryWorkflow: query } = job;
  if (start) start.arguments = start.arguments?.map((payload) => readableOr(payload, converter)) ?? [];
  if (signal) signal.input = signal.input?.map((payload) => readableOr(payload, converter)) ?? [];
  if (update) update.input = update.input?.map((payload) => readableOr(payload, converter)) ?? [];
  if (query) query.arguments = query.arguments?.map((payload) => readableOr(payload, converter)) ?? [];
}

function readableOr(payload: Payload, converter: PayloadConverter): Payload {
  try {
    converter.fromPayload(payload);
    return payload;
  } catch {
    return converter.toPayload(unreadable);
  }
}
