// Tells what an error of PostgreSQL or of its connection means for the statement that was sent. An error that
// the server reports about a statement is final. After any other error the outcome of the statement is
// unknown.
import { DatabaseError } from 'pg';
import { FenceMovedError } from './logHead.ts';
import { UnfitDatabaseError } from './serverFacts.ts';

export interface DatabaseFailure {
  /**
   * fenced: the fence of the log was moved and nothing was written. It is no race that was lost.
   * unsegmented: the log has no segment for the batch and nothing was written. The next one has to be made.
   * conflict: another process was faster and nothing was written. Loading again shows its events.
   * refused: the server does not accept it now (time-out, no space, read-only, too many clients). Nothing was
   * written.
   * fault: the statement itself is at fault, such as a value that cannot be stored. Nothing was written.
   * unknown: the connection failed. The statement may have been committed.
   */
  readonly kind: 'fenced' | 'unsegmented' | 'conflict' | 'refused' | 'fault' | 'unknown';
}

/** Constraints that a statement violates if another process was faster. */
const conflictConstraints = new Set([
  // Of the append's own guard, and no constraint of a table.
  'wallet_heads',
  'wallets_pkey',
  'idempotency_keys_pkey',
]);
/** In each segment of the log one, and one of the whole log until it is cut into segments. */
const versionConstraint = /^events(_s\d+)?_wallet_version$/;
/** The tables that are cut into segments. */
const segmented = new Set(['events', 'outbox_rows', 'ledger_postings', 'ledger_postings_rebuild']);
/** Before a table is cut into segments, a check says where its first one will end. */
const boundsOfFirst = new Set(['log_bounds', 'ledger_bounds']);
/** Serialisation failure and deadlock: the server chose this statement to give way. */
const gaveWay = new Set(['40001', '40P01']);
/**
 * SQLSTATEs with which a server ends a session: shutting down, crashed, starting up, session killed, idle for
 * too long in a database transaction, database transaction too long.
 */
const sessionEnded = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '25P04']);
/** SQLSTATEs: cancelled or timed out, lock not available, read-only. */
const refusedCodes = new Set(['57014', '55P03', '25006']);
/** Classes: insufficient resources, and errors of the system under the server. */
const refusedClasses = new Set(['53', '58']);
/** Those, and internal errors: they can end a server in the middle of a commit. */
const crashClasses = new Set([...refusedClasses, 'XX']);

export function failureOf(error: unknown): DatabaseFailure {
  if (error instanceof UnfitDatabaseError) return { kind: 'refused' };
  if (error instanceof FenceMovedError) return { kind: 'fenced' };
  if (!(error instanceof DatabaseError)) return { kind: isProgrammingError(error) ? 'fault' : 'unknown' };
  const code = error.code ?? '';
  if (code === '23505' && isConflict(error.constraint ?? '')) return { kind: 'conflict' };
  if (code === '23514' && isEndOfLog(error)) return { kind: 'unsegmented' };
  if (gaveWay.has(code)) return { kind: 'conflict' };
  if (code.startsWith('08') || sessionEnded.has(code)) return { kind: 'unknown' };
  // FATAL or PANIC: a full disk may fail the flush after the commit record was written, and the restart finds
  // the record.
  if (crashClasses.has(code.slice(0, 2)) && error.severity !== 'ERROR') return { kind: 'unknown' };
  if (refusedCodes.has(code) || refusedClasses.has(code.slice(0, 2))) return { kind: 'refused' };
  return { kind: 'fault' };
}

const isConflict = (constraint: string) =>
  conflictConstraints.has(constraint) || versionConstraint.test(constraint);

/** No segment has a place for the row. That error names the table and no constraint. */
function isEndOfLog({ table = '', constraint }: DatabaseError): boolean {
  return constraint === undefined ? segmented.has(table) : boundsOfFirst.has(constraint);
}

/** An error of our own code, raised before anything was sent. Another attempt would not help. */
function isProgrammingError(error: unknown): boolean {
  return error instanceof Error && error.name !== 'Error' && error.name !== 'AggregateError';
}

/** True if a read failed because of the database or its connection, not because of the read itself. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const { kind } = failureOf(error);
  if (error instanceof UnfitDatabaseError) return true;
  if (error instanceof DatabaseError) return kind === 'unknown' || kind === 'refused';
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable);
  return error instanceof Error && ('syscall' in error || driverFailure.test(error.message));
}

/** The driver's messages when a connection fails. It has no error class for these. */
const driverFailure =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client was closed|Client has encountered a connection error)/;
