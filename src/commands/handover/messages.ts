// The messages of the handover and their bytes. V8's own form keeps dates, whole numbers of any size and
// members that are undefined. Only processes of the same code understand each other, because the name of
// a channel contains that of the code. So the form may change with any release.
import { deserialize, serialize } from 'node:v8';
import type { Command } from '../../domain/commands.ts';
import type { Submission, SubmissionResult } from '../submission.ts';

/** A submission without its rendering, which is a function. */
export interface HandedCommand {
  /** Given by the sender. Its answer carries it too. */
  readonly number: number;
  readonly command: Command;
  readonly commandId: string;
  readonly idempotencyKey: string | undefined;
  readonly meaning: string;
  readonly spelling: string;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
  /** Whether a client sent it, so that a refusal keeps the bytes that the client gets. */
  readonly rendered: boolean;
}

/** How a handed command ended. */
export type HandedEnd =
  | SubmissionResult
  /** Nothing of the command was written, and nothing will be. The sender runs it. */
  | { readonly kind: 'recalled' }
  /** An unforeseen failure, which the committer's log holds. */
  | { readonly kind: 'failed'; readonly message: string };

export type Message =
  | {
      readonly kind: 'commands';
      /** The fence of the log as the sender knows it. */
      readonly fence: bigint;
      readonly commands: readonly HandedCommand[];
    }
  | { readonly kind: 'ends'; readonly ends: readonly (readonly [number: number, end: HandedEnd])[] };

export function toHanded(number: number, submission: Submission): HandedCommand {
  const { command, commandId, idempotencyKey, requestHash, correlationId, traceparent, render } = submission;
  const { meaning, spelling } = requestHash;
  return {
    ...{ number, command, commandId, idempotencyKey, meaning, spelling, correlationId, traceparent },
    rendered: render !== undefined,
  };
}

export function encodeMessage(message: Message): Buffer {
  return serialize(message);
}

/** For bytes that a process of the same release has sealed. */
export function decodeMessage(bytes: Buffer): Message {
  return deserialize(bytes) as Message;
}
