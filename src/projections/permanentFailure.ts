// Decides whether waiting can heal a failure of a recovery. A store that is away, busy or locked comes back,
// and the work is tried again. A refusal stays the same at every attempt, so it ends the recovery in words.
// Drains are not judged here: they try again for ever, because nobody would start them again.
import { errors } from '@elastic/elasticsearch';
import { DatabaseError } from 'pg';
import { BrokenStreamError } from '../domain/wallet.ts';
import { EventDecodeError } from '../eventStore/eventCodec.ts';
import { LogHeadMissingError } from '../eventStore/logHead.ts';
import { LogGapError } from './projectEvents.ts';
import { ArchivedError } from '../eventStore/retainedLog.ts';
import { RebuildSupersededError, UnrecoverableError } from './projection.ts';
import { ElasticsearchUnavailableError } from './readModel/elasticsearch.ts';

/** Errors of our own that say that the data or the set-up is wrong. */
const permanentErrors = [
  ...[RebuildSupersededError, UnrecoverableError, ArchivedError, LogGapError, LogHeadMissingError],
  ...[BrokenStreamError, EventDecodeError],
  ...[TypeError, RangeError, SyntaxError, ReferenceError],
] as const;

export function isPermanent(error: unknown): boolean {
  if (permanentErrors.some((type) => error instanceof type)) return true;
  if (error instanceof DatabaseError)
    return isPermanentState(error.code ?? '') && error.routine !== stalePlanRoutine;
  if (error instanceof ElasticsearchUnavailableError) return isRefusal(error);
  return false;
}

/**
 * Classes of SQLSTATE that no attempt heals: unsupported, wrong data, a dependent object, no such schema,
 * rights and syntax, a limit of the program. Of class 23, a unique violation may come from a rival and go.
 */
const permanentClasses = ['0A', '22', '2B', '3F', '42', '54'];
/** PostgreSQL refuses a prepared statement of one session after a migration. Other sessions have it anew. */
const stalePlanRoutine = 'RevalidateCachedQuery';
const permanentStates = ['23502', '23503', '23514', 'XX001', 'XX002'];

function isPermanentState(state: string): boolean {
  return permanentClasses.includes(state.slice(0, 2)) || permanentStates.includes(state);
}

/**
 * Statuses with which Elasticsearch refuses the request itself: its mapping, a closed index. It answers 401
 * and 403 to a wrong password, a missing right or a block. An operator heals those, and the work goes on.
 */
const refusals = [400, 405, 413];

/** Only an answer that has Elasticsearch's own shape counts. A proxy may answer with the same status. */
function isRefusal({ cause, refusedWith }: ElasticsearchUnavailableError): boolean {
  if (refusedWith !== undefined) return refusals.includes(refusedWith);
  if (!(cause instanceof errors.ResponseError)) return false;
  const { statusCode } = cause;
  const body: unknown = cause.body;
  const isOwn =
    typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'object';
  return isOwn && refusals.includes(statusCode ?? 0);
}
