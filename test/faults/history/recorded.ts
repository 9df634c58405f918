// The record of a history: every call and read with the times at which it began and was answered, and its
// rows in the event store. Plain data, so that tests of the checker can falsify it.
import type { AnswerRow, EventRow } from '../../../harness/invariants/rows.ts';
import type { Request } from '../../support/model/requests.ts';

export type { AnswerRow, EventRow };

export interface Answer {
  readonly status: number;
  /** The body, byte for byte. */
  readonly text: string;
  /** The header Idempotent-Replayed. */
  readonly replayed: boolean;
}

interface Span {
  /** The client or reader that sent it. Each sends one at a time. */
  readonly client: string;
  /** Milliseconds of one clock that only goes forward. */
  readonly invokedAt: number;
  /** Infinity if no answer came. */
  readonly answeredAt: number;
}

/** One request, sent once. */
export interface Call extends Span {
  /** Sent as X-Request-Id. Its events and refusals carry it. */
  readonly id: string;
  readonly request: Request;
  readonly key: string | undefined;
  readonly answer: Answer | undefined;
  /** A copy of another call, made by the network under another id. Nobody waits for its answer. */
  readonly isCopy?: true;
}

/** One wallet as a read or a list showed it. */
export interface Read extends Span {
  readonly walletId: string;
  readonly way: 'plain' | 'minVersion' | 'strong' | 'list';
  readonly minVersion?: number;
  readonly source: 'read-model' | 'event-store';
  /** The wallet's text, or undefined if the answer was that it does not exist. */
  readonly text: string | undefined;
}

/** The answer of GET /commands/:id for a key once the system was quiet. */
export type FinalRead =
  | { readonly outcome: 'committed' | 'refused'; readonly status: number; readonly text: string }
  | { readonly outcome: 'unknown' };

export interface History {
  /** The time of day, in milliseconds, at which the clock of the calls was 0. */
  readonly epochMs: number;
  /** True if a release before holds may have answered some of the calls. */
  readonly besideFormer?: boolean;
  readonly calls: readonly Call[];
  readonly reads: readonly Read[];
  /**
   * The stored outcomes of the calls that had a key and got no answer, by key. Undefined if the API did not
   * answer.
   */
  readonly finalReads: ReadonlyMap<string, FinalRead | undefined>;
  readonly events: readonly EventRow[];
  readonly answers: readonly AnswerRow[];
}

export type FindingKind =
  | 'lost'
  | 'duplicated'
  | 'unknown'
  | 'wrong answer'
  | 'wrong event'
  | 'order'
  | 'stale read'
  | 'invariant'
  | 'too few faults'
  | 'too few commands';

export interface Finding {
  readonly kind: FindingKind;
  /** The finding in words, with the ids to search for. */
  readonly detail: string;
}

/** The code of a problem; undefined of any other answer. */
export function codeIn({ text }: { readonly text: string }): string | undefined {
  return (JSON.parse(text) as { code?: string }).code;
}

/** Whether the outcome is remembered under its key. The caller may correct any other refusal. */
export function isFinal(answer: Pick<Answer, 'status' | 'text'>): boolean {
  const { status } = answer;
  if (status < 400) return true;
  return status < 500 && status !== 400 && status !== 412 && codeIn(answer) !== 'MOVEMENT_NOT_FOUND';
}
