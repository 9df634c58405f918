// The committer's side of the handover. Runs the commands that other processes hand over, in the queue of
// this one, and sends back how each ended. A process that lost the lease still runs what it gets. The fence
// decides whether that may be committed.
import {
  RecalledError,
  type Submission,
  type SubmissionResult,
  type UnavailableReason,
} from '../submission.ts';
import type { HandedCommand, HandedEnd, Message } from './messages.ts';

export interface TakeOverOptions {
  readonly submit: (submission: Submission) => Promise<SubmissionResult>;
  /** Makes the client's answer to a command of that correlation id. */
  readonly renderOf: (correlationId: string) => NonNullable<Submission['render']>;
  /** Sends the message and does not wait. If it is lost, the receiver has to call its commands back. */
  readonly send: (to: string, message: Message) => void;
  /** Hears how many commands were taken. */
  readonly onTaken: (count: number) => void;
  /** Hears of each command that was given back because this process does not reach PostgreSQL. */
  readonly onDatabaseAway: () => void;
}

/** Takes the commands of a message, in their order. */
export type TakeOver = (from: string, message: Extract<Message, { readonly kind: 'commands' }>) => void;

export function createTakeOver(options: TakeOverOptions): TakeOver {
  const { submit, renderOf, send, onTaken, onDatabaseAway } = options;
  /** Ends of this turn of the event loop, by sender. All of a batch end in one turn. */
  const ended = new Map<string, (readonly [number: number, end: HandedEnd])[]>();

  function sendEnds(): void {
    for (const [to, ends] of ended) send(to, { kind: 'ends', ends });
    ended.clear();
  }

  function add(to: string, number: number, end: HandedEnd): void {
    if (ended.size === 0) setImmediate(sendEnds);
    const ends = ended.get(to);
    if (ends === undefined) ended.set(to, [[number, end]]);
    else ends.push([number, end]);
  }

  return (from, { fence, commands }) => {
    onTaken(commands.length);
    for (const command of commands)
      submit(toSubmission(command, fence, renderOf)).then(
        (result) => {
          if (result.kind === 'unavailable' && result.reason === 'DATABASE_UNAVAILABLE') onDatabaseAway();
          add(from, command.number, endOf(result));
        },
        (error: unknown) => {
          add(from, command.number, endOfFailure(error));
        },
      );
  };
}

function toSubmission(
  {
    command,
    commandId,
    idempotencyKey,
    meaning,
    spelling,
    correlationId,
    traceparent,
    rendered,
  }: HandedCommand,
  fence: bigint,
  renderOf: TakeOverOptions['renderOf'],
): Submission {
  return {
    ...{ command, commandId, idempotencyKey, correlationId },
    requestHash: { meaning, spelling },
    handedUnder: fence,
    ...(traceparent !== undefined && { traceparent }),
    ...(rendered && { render: renderOf(correlationId) }),
  };
}

/** Reasons of this process alone. Nothing was written, and the sender may be able to run the command. */
const ownReasons: ReadonlySet<UnavailableReason> = new Set([
  'SHUTTING_DOWN',
  'QUEUE_FULL',
  'DATABASE_UNAVAILABLE',
]);

function endOf(result: SubmissionResult): HandedEnd {
  return result.kind === 'unavailable' && ownReasons.has(result.reason) ? { kind: 'recalled' } : result;
}

function endOfFailure(error: unknown): HandedEnd {
  if (error instanceof RecalledError) return { kind: 'recalled' };
  return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
}
