// What an error of PostgreSQL, or of the connection to it, means for the statement in hand. Only what the server
// itself says about a statement is definite; whatever else goes wrong leaves its fate open.
import { DatabaseError } from 'pg';

export interface DatabaseFailure {
  /**
   * conflict: somebody else was faster, nothing was written, loading again shows what they did.
   * refused: the server won't now (time-out, no space, read-only, too many clients); nothing was written.
   * fault: the statement itself is at fault, such as a value that can't be stored; nothing was written.
   * unknown: the connection failed; the statement may have been committed.
   */
  readonly kind: 'conflict' | 'refused' | 'fault' | 'unknown';
}

/** Constraints that say "somebody else was faster". */
const conflictConstraints = new Set(['events_wallet_version', 'idempotency_keys_pkey']);
/** Serialisation failure and deadlock: the server chose this statement to give way. */
const gaveWay = new Set(['40001', '40P01']);
/** SQLSTATEs with which a server ends a session: shutting down, crashed, starting up, session killed. */
const sessionEnded = new Set(['57P01', '57P02', '57P03', '57P05']);
/** Cancelled or timed out, lock not available, read-only. */
const refusedCodes = new Set(['57014', '55P03', '25006']);
/** Insufficient resources, and errors of the system under the server. */
const refusedClasses = new Set(['53', '58']);
/** Of those, and of internal errors: what can befall a server in the middle of a commit. */
const crashClasses = new Set([...refusedClasses, 'XX']);

export function failureOf(error: unknown): DatabaseFailure {
  if (!(error instanceof DatabaseError)) return { kind: isProgrammingError(error) ? 'fault' : 'unknown' };
  const code = error.code ?? '';
  if (code === '23505' && conflictConstraints.has(error.constraint ?? '')) return { kind: 'conflict' };
  if (gaveWay.has(code)) return { kind: 'conflict' };
  if (code.startsWith('08') || sessionEnded.has(code)) return { kind: 'unknown' };
  // FATAL or PANIC: a full disk may fail the flush behind the commit's own record, and the restart finds that record.
  if (crashClasses.has(code.slice(0, 2)) && error.severity !== 'ERROR') return { kind: 'unknown' };
  if (refusedCodes.has(code) || refusedClasses.has(code.slice(0, 2))) return { kind: 'refused' };
  return { kind: 'fault' };
}

/** An error of ours, raised before anything was sent: trying again would not help. */
function isProgrammingError(error: unknown): boolean {
  return error instanceof Error && error.name !== 'Error' && error.name !== 'AggregateError';
}

/** True where a read failed for a reason that lies with the database or the way to it, not with the read. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const { kind } = failureOf(error);
  if (error instanceof DatabaseError) return kind === 'unknown' || kind === 'refused';
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable);
  return error instanceof Error && ('syscall' in error || driverFailure.test(error.message));
}

/** What the driver raises when a connection fails; it has no class of its own for these. */
const driverFailure =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client was closed|Client has encountered a connection error)/;
