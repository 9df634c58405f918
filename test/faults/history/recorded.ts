// What a history leaves behind: every call and read with the times at which it began and was answered, and the rows that
// the event store holds of it. Plain data, so that tests of the checker can doctor it.
import type { AnswerRow, EventRow } from '../../../harness/invariants/rows.ts';
import type { Request } from '../../support/model.ts';

export type { AnswerRow, EventRow };

export interface Answer {
  readonly status: number;
  /** The body, byte for byte. */
  readonly text: string;
  /** The header Idempotent-Replayed. */
  readonly replayed: boolean;
}

interface Span {
  /** The client or reader that sent it; one at a time each. */
  readonly client: string;
  /** Milliseconds of one clock that only goes forward. */
  readonly invokedAt: number;
  /** Infinity where no answer came. */
  readonly answeredAt: number;
}

/** One request, sent once. */
export interface Call extends Span {
  /** Sent as X-Request-Id; stands in the events and refusals that it leads to. */
  readonly id: string;
  readonly request: Request;
  readonly key: string | undefined;
  readonly answer: Answer | undefined;
  /** Made by the network of another call, under an id of its own; nobody waits for its answer. */
  readonly isCopy?: true;
}

/** One look at a wallet, or at one wallet of a list. */
export interface Read extends Span {
  readonly walletId: string;
  readonly way: 'plain' | 'minVersion' | 'strong' | 'list';
  readonly minVersion?: number;
  readonly source: 'read-model' | 'event-store';
  /** The wallet's text, or undefined where the answer was that there is none. */
  readonly text: string | undefined;
}

/** What GET /commands/:id said of a key after quiet; undefined where it could not be asked. */
export type FinalRead =
  | { readonly outcome: 'committed' | 'refused'; readonly status: number; readonly text: string }
  | { readonly outcome: 'unknown' };

export interface History {
  readonly calls: readonly Call[];
  readonly reads: readonly Read[];
  /** By key, for each call with a key that got no answer. */
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
  | 'too few faults';

export interface Finding {
  readonly kind: FindingKind;
  /** What was found, with the ids to look for. */
  readonly detail: string;
}

export function isFinal(status: number): boolean {
  return status < 500 && status !== 400 && status !== 412;
}
