// The rows of `idempotency_keys`: one record for each command, with what was decided about it. Holds their
// two forms, how a row becomes a record, and how records become the parameters of a write.
//
// Below level `compactRecords` a record is the whole answer of the API: status, headers, body, the key and
// two whole hashes. This folder stores them without knowing what they mean. From that level on a record is an
// outcome, and the API makes the answer from it. Both forms are read for ever.
import {
  type AcceptedOutcome,
  decodeOutcome,
  encodeOutcome,
  OutcomeDecodeError,
  type RejectedOutcome,
} from './outcomeCodec.ts';

/** An answer as records hold it below level `compactRecords`. It is replayed as it is. */
export interface FormerAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type RecordedOutcome = AcceptedOutcome | RejectedOutcome | { readonly former: FormerAnswer };

/**
 * Two hashes of one request, SHA-256 in hex. `meaning` covers the operation and its typed values. `spelling`
 * covers the path and the body's members as they were sent. Only records of the former form keep it.
 */
export interface RequestHash {
  readonly meaning: string;
  readonly spelling: string;
}

/** The hashes in a record: both, the spelling alone, or the first half of the meaning. */
export interface RecordedHash {
  readonly meaning: string | null;
  readonly spelling: string | null;
}

/**
 * Digits of the half hash. Finding two requests with one hash takes 2^64 tries, and fools only their sender.
 */
const halfHashLength = 32;

/** The record of a command that was answered before. */
export interface AnsweredCommand {
  readonly commandId: string;
  /** Another request under the same key is a mistake of the caller. */
  readonly requestHash: RecordedHash;
  readonly outcome: RecordedOutcome;
  /** The process that wrote the record; null in a record of a release that did not store it. */
  readonly processId?: string | null;
}

/** A record to be written. `key` is the Idempotency-Key of the client, which only the former form keeps. */
export interface CommandToRecord extends AnsweredCommand {
  readonly requestHash: RequestHash;
  readonly key: string | undefined;
}

export function isAccepted(outcome: RecordedOutcome): boolean {
  return 'former' in outcome ? outcome.former.status < 400 : 'accepted' in outcome;
}

/** True if the second request repeats the recorded one. Equal meaning repeats it, however it is spelt. */
export function isRepeat({ meaning, spelling }: RecordedHash, sent: RequestHash): boolean {
  // An old release stored no hash of the meaning, so the request must be spelt in the same way.
  if (meaning === null) return spelling === sent.spelling;
  return meaning.slice(0, halfHashLength) === sent.meaning.slice(0, halfHashLength);
}

/** The columns of an outcome, as node-postgres gives them. */
export interface OutcomeRow {
  readonly status: number | null;
  readonly headers: Record<string, string> | null;
  readonly body: string | null;
  readonly accepted: boolean | null;
  readonly outcome: string | null;
}

export function toRecordedOutcome(row: OutcomeRow): RecordedOutcome {
  const { status, headers, body, accepted, outcome } = row;
  if (outcome !== null && accepted !== null) return decodeOutcome(accepted, outcome, body);
  if (status === null || headers === null || body === null)
    throw new OutcomeDecodeError('neither an outcome nor an answer');
  return { former: { status, headers, body } };
}

/** The columns of a record, as node-postgres gives them with both hashes in hex. */
export interface RecordRow extends OutcomeRow {
  readonly command_id: string;
  readonly request_hash: string | null;
  readonly meaning_hash: string | null;
  readonly writer: string | null;
}

export function toAnsweredCommand(row: RecordRow): AnsweredCommand {
  const { command_id: commandId, request_hash: spelling, meaning_hash: meaning, writer: processId } = row;
  return { commandId, requestHash: { meaning, spelling }, outcome: toRecordedOutcome(row), processId };
}

/** The columns of a write, in the order of `recordParameters`. The hashes are texts in hex. */
export const recordColumns =
  'command_id, key, request_hash, meaning_hash, status, headers, body, accepted, outcome';

type ColumnValue = string | number | boolean | null;

/** One array for each column. A column that no record of the batch has is an empty array. */
export function recordParameters(unsorted: readonly CommandToRecord[]): ColumnValue[][] {
  // Every process writes the records in the same order. Batches without events lock no common row first, so
  // with different orders they could wait for each other's keys.
  const records = unsorted.toSorted((one, other) => (one.commandId < other.commandId ? -1 : 1));
  const rows = records.map(columnsOf);
  const columns = Array.from({ length: 8 }, (_, index) => rows.map((row) => row[index] ?? null));
  return [
    records.map(({ commandId }) => commandId),
    ...columns.map((column) => (column.every((value) => value === null) ? [] : column)),
  ];
}

/** The values of `recordColumns` after the id. */
function columnsOf({ key, requestHash, outcome }: CommandToRecord): readonly ColumnValue[] {
  const { meaning } = requestHash;
  if ('former' in outcome) {
    const { status, headers, body } = outcome.former;
    // Only here, because the hash of the spelling is made when it is asked for.
    return [key ?? null, requestHash.spelling, meaning, status, JSON.stringify(headers), body, null, null];
  }
  const isAcceptance = 'accepted' in outcome;
  const body = isAcceptance ? null : (outcome.body ?? null);
  const hash = meaning.slice(0, halfHashLength);
  return [null, null, hash, null, null, body, isAcceptance, encodeOutcome(outcome)];
}
