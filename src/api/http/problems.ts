// Every problem that the API can answer, as RFC 9457 problem details. Each code has one status and one
// meaning. The record covers the closed union of codes: a new code does not compile until the record has it.
import type { Scope } from '../../access/scopes.ts';
import type { UnavailableReason } from '../../commands/submission.ts';
import { bareId } from '../../domain/tenant.ts';
import { bareSentence } from './tenantIds.ts';
import type { Rejection, RejectionCode, RejectionFacts, RejectionNumbers } from '../../domain/rejections.ts';

/** Problems that the API itself finds, before the domain decides or instead of it. */
type RequestProblemCode =
  | 'MALFORMED_JSON'
  | 'VALIDATION_FAILED'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'KEY_NOT_FOUND'
  | 'KEY_ENDED'
  | 'KEY_PEPPER_MISSING'
  | 'WEBHOOK_ENDPOINT_NOT_FOUND'
  | 'WEBHOOK_REPLAY_NOT_FOUND'
  | 'TOO_MANY_WEBHOOK_ENDPOINTS'
  | 'TOO_MANY_REPLAYS'
  | 'TOO_MANY_TESTS'
  | 'WEBHOOK_KEY_MISSING'
  | 'TENANT_SUSPENDED'
  | 'TENANT_NOT_FOUND'
  | 'TENANT_ALREADY_EXISTS'
  | 'TENANTS_NOT_READY'
  | 'CROSS_SITE_REFUSED'
  | 'BODY_TOO_LARGE'
  | 'MALFORMED_REQUEST'
  | 'REQUEST_TIMEOUT'
  | 'HOST_NOT_SERVED'
  | 'HEADERS_TOO_LARGE'
  | 'ROUTE_NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'WALLET_NOT_YET_CREATED'
  | 'MOVEMENT_NOT_FOUND'
  | 'ARCHIVED'
  | 'TOO_MANY_READS'
  | 'TOO_MANY_STREAMS'
  | 'CURSOR_AHEAD'
  | 'FEED_UNAVAILABLE'
  | 'RATE_LIMITED'
  | 'FAILURE_NOT_FOUND'
  | 'FAILURE_RESOLVED'
  | 'OCCURRENCE_NOT_FOUND'
  | 'CONDITION_NOT_DISMISSIBLE'
  | 'SCHEDULE_NOT_FOUND'
  | 'RECOVERY_NOT_FOUND'
  | 'RECOVERY_RUNNING'
  | 'RECOVERY_ENDED'
  | 'RECOVERY_ID_HELD'
  | 'TEMPORAL_UNAVAILABLE'
  | 'SEARCH_UNAVAILABLE'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'EVENT_UNREADABLE'
  | 'INTERNAL_ERROR';

export type ProblemCode = RejectionCode | UnavailableReason | RequestProblemCode;

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** Seconds after which a client should try again; sent as Retry-After. */
  readonly retryAfterS?: number;
}

export const problemKinds: Readonly<Record<ProblemCode, ProblemKind>> = {
  MALFORMED_REQUEST: { status: 400, title: 'The request is not valid HTTP, or can be read in two ways' },
  MALFORMED_JSON: { status: 400, title: 'The body is not a JSON object in UTF-8' },
  VALIDATION_FAILED: { status: 400, title: 'A field, parameter or header is not as it must be' },
  AMOUNT_INVALID: { status: 400, title: "The amount does not fit the wallet's currency" },
  EXPIRY_INVALID: { status: 400, title: 'The end lies too soon or too late' },
  UNAUTHENTICATED: { status: 401, title: 'The request has no valid API key' },
  FORBIDDEN: { status: 403, title: 'The caller may not do this' },
  TENANT_SUSPENDED: { status: 403, title: 'The tenant is suspended' },
  CROSS_SITE_REFUSED: { status: 403, title: 'Another site may not ask this of a browser' },
  WALLET_NOT_FOUND: { status: 404, title: 'There is no such wallet' },
  WALLET_NOT_YET_CREATED: { status: 404, title: 'The wallet did not exist at that time' },
  MOVEMENT_NOT_FOUND: { status: 404, title: 'There is no such movement' },
  HOLD_NOT_FOUND: { status: 404, title: 'The wallet has no such hold' },
  FAILURE_NOT_FOUND: { status: 404, title: 'This projection has no such event parked' },
  OCCURRENCE_NOT_FOUND: { status: 404, title: 'This condition does not tell of such an occurrence' },
  SCHEDULE_NOT_FOUND: { status: 404, title: 'The projection has no schedule yet' },
  RECOVERY_NOT_FOUND: { status: 404, title: 'There is no such recovery' },
  KEY_NOT_FOUND: { status: 404, title: 'There is no such API key' },
  WEBHOOK_ENDPOINT_NOT_FOUND: { status: 404, title: 'There is no such webhook endpoint' },
  WEBHOOK_REPLAY_NOT_FOUND: { status: 404, title: 'The webhook endpoint has no such replay' },
  ROUTE_NOT_FOUND: { status: 404, title: 'There is no such resource' },
  TENANT_NOT_FOUND: { status: 404, title: 'There is no such tenant' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This resource does not know the method' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive' },
  WALLET_ALREADY_EXISTS: { status: 409, title: 'The wallet exists already' },
  WALLET_CLOSED: { status: 409, title: 'The wallet is closed' },
  WALLET_FROZEN: { status: 409, title: 'The wallet is frozen' },
  WALLET_NOT_EMPTY: { status: 409, title: 'The wallet still has money or open holds' },
  HOLD_ALREADY_EXISTS: { status: 409, title: 'The hold exists already' },
  HOLD_CLOSED: { status: 409, title: 'The hold has ended' },
  HOLD_EXPIRED: { status: 409, title: 'The hold has expired' },
  ALREADY_REVERSED: { status: 409, title: 'All of the movement was reversed before' },
  TENANT_ALREADY_EXISTS: { status: 409, title: 'The tenant exists already' },
  TENANTS_NOT_READY: { status: 409, title: 'This installation can have no tenants yet' },
  FAILURE_RESOLVED: { status: 409, title: 'The parked event was taken or skipped already' },
  CONDITION_NOT_DISMISSIBLE: { status: 409, title: 'This condition tells what is so now' },
  RECOVERY_RUNNING: { status: 409, title: 'This recovery runs already' },
  RECOVERY_ENDED: { status: 409, title: 'This recovery has ended' },
  RECOVERY_ID_HELD: { status: 409, title: 'Another workflow holds the id of this recovery' },
  CURSOR_AHEAD: { status: 409, title: 'The cursor lies after the end of the log' },
  KEY_ENDED: { status: 409, title: 'The API key has ended or was replaced' },
  KEY_PEPPER_MISSING: { status: 409, title: 'This process can make no API keys' },
  TOO_MANY_WEBHOOK_ENDPOINTS: { status: 409, title: 'No more webhook endpoints may be made' },
  TOO_MANY_REPLAYS: { status: 409, title: 'The endpoint has the most replays that may go on at once' },
  ARCHIVED: { status: 410, title: 'What was asked for is archived' },
  VERSION_MISMATCH: { status: 412, title: 'The wallet has another version than If-Match says' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is larger than allowed' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be application/json' },
  HOST_NOT_SERVED: {
    status: 421,
    title: 'This server does not answer under that Host; ALLOWED_HOSTS names more',
  },
  SAME_WALLET: { status: 422, title: 'A transfer needs two different wallets' },
  CURRENCY_MISMATCH: { status: 422, title: 'The wallets hold different currencies' },
  LIMIT_EXCEEDED: { status: 422, title: 'A velocity rule of the wallet allows no more' },
  INSUFFICIENT_FUNDS: { status: 422, title: 'The wallet does not hold enough' },
  BALANCE_LIMIT_EXCEEDED: { status: 422, title: 'The balance would exceed the maximum' },
  NOT_REVERSIBLE: { status: 422, title: 'The event is no movement that can be reversed' },
  HOLD_AMOUNT_EXCEEDED: { status: 422, title: 'Less remains of the hold' },
  REVERSAL_EXCEEDS_ORIGINAL: { status: 422, title: 'Less of the movement is left to reverse' },
  LIMIT_BELOW_USE: { status: 422, title: 'The balance is outside of the limit' },
  DETAILS_TOO_LARGE: { status: 422, title: 'The wallet would have too much metadata or too many labels' },
  TOO_MANY_HOLDS: { status: 422, title: 'The wallet has the most open holds that it may have' },
  TOO_MANY_CAPTURES: { status: 422, title: 'The hold was captured as often as it may be' },
  TOO_MANY_REVERSALS: { status: 422, title: 'The movement was reversed as often as it may be' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The Idempotency-Key belongs to another request' },
  // Its Retry-After is the end of the window.
  RATE_LIMITED: { status: 429, title: 'The quota of requests is used up' },
  TOO_MANY_STREAMS: {
    status: 429,
    title: 'The caller or the process has too many streams open',
    retryAfterS: 5,
  },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are larger than allowed' },
  EVENT_UNREADABLE: { status: 500, title: 'An event of the wallet is none that this release can read' },
  INTERNAL_ERROR: { status: 500, title: 'Something unforeseen went wrong' },
  TOO_MANY_READS: { status: 503, title: 'Too many reads are in hand', retryAfterS: 1 },
  TOO_MANY_TESTS: { status: 503, title: 'Too many tests of webhook endpoints run', retryAfterS: 5 },
  WEBHOOK_KEY_MISSING: {
    status: 503,
    title: 'This process lacks a key for the secrets of webhooks',
    retryAfterS: 60,
  },
  QUEUE_FULL: { status: 503, title: 'Too many commands are waiting', retryAfterS: 1 },
  QUEUE_TIMEOUT: { status: 503, title: 'The command waited too long', retryAfterS: 1 },
  WALLET_BUSY: { status: 503, title: 'Other processes kept changing the wallet', retryAfterS: 1 },
  SHUTTING_DOWN: { status: 503, title: 'This process is shutting down', retryAfterS: 1 },
  DATABASE_UNAVAILABLE: {
    status: 503,
    title: 'The database does not answer',
    retryAfterS: 2,
  },
  UPGRADE_UNFINISHED: {
    status: 503,
    title: 'Processes of an older release still run',
    retryAfterS: 60,
  },
  FEED_UNAVAILABLE: { status: 503, title: 'The event feed stands still', retryAfterS: 5 },
  SEARCH_UNAVAILABLE: { status: 503, title: 'The read model does not answer', retryAfterS: 2 },
  TEMPORAL_UNAVAILABLE: { status: 503, title: 'Temporal does not answer', retryAfterS: 2 },
  OUTCOME_UNKNOWN: { status: 503, title: 'The outcome is not known yet', retryAfterS: 2 },
};

/** An invalid field of the body, parameter or header. */
export interface FieldError {
  /** JSON pointer into the body (RFC 6901). */
  readonly pointer?: string;
  /** Name of the path or query parameter. */
  readonly parameter?: string;
  readonly header?: string;
  readonly detail: string;
}

export interface Problem extends Partial<RejectionNumbers>, RejectionFacts {
  readonly code: ProblemCode;
  /** One sentence about this occurrence. */
  readonly detail: string;
  readonly walletId?: string;
  readonly currentVersion?: number;
  /** The time from which on the log has every event, in RFC 3339. */
  readonly retainedSince?: string;
  readonly commandId?: string;
  readonly workflowId?: string;
  /** The scope that the caller lacks. */
  readonly scope?: Scope;
  /** The progress of the recovery that runs. */
  readonly progress?: object;
  readonly errors?: readonly FieldError[];
  /** The quotas that are used up. */
  readonly 'violated-policies'?: readonly string[];
}

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** The URI of a code's meaning, relative to the API. */
export function problemType(code: ProblemCode): string {
  return `/problems/${code.toLowerCase().replaceAll('_', '-')}`;
}

/** Fields that a refusal names at most. */
export const errorsMax = 8;
/** Characters of a name that a caller made up. Every name that the service knows is shorter. */
const nameLengthMax = 160;
const detailLengthMax = 600;

/** Foreign text may be as long as the request. A refusal must not be. */
function shortened(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax).toWellFormed()}…` : text;
}

function shortenedError({ pointer, parameter, header, detail }: FieldError): FieldError {
  return {
    ...(pointer === undefined ? {} : { pointer: shortened(pointer, nameLengthMax) }),
    ...(parameter === undefined ? {} : { parameter: shortened(parameter, nameLengthMax) }),
    ...(header === undefined ? {} : { header: shortened(header, nameLengthMax) }),
    detail: shortened(detail, nameLengthMax),
  };
}

/** The problem with every text in it at most as long as a refusal may be. */
export function shortProblem(problem: Problem): Problem {
  const { errors, walletId, workflowId } = problem;
  return {
    ...problem,
    detail: shortened(bareSentence(problem.detail, walletId ?? ''), detailLengthMax),
    ...(walletId === undefined ? {} : { walletId: shortened(bareId(walletId), nameLengthMax) }),
    ...(workflowId === undefined ? {} : { workflowId: shortened(workflowId, nameLengthMax) }),
    ...(errors === undefined ? {} : { errors: errors.slice(0, errorsMax).map(shortenedError) }),
  };
}

/**
 * The answer that tells the request `requestId` of the problem. Its length has a bound, whatever was asked.
 */
export function problemAnswer(problem: Problem, requestId: string): ProblemAnswer {
  const { code, detail, ...rest } = shortProblem(problem);
  const { status, title, retryAfterS } = problemKinds[code];
  const type = problemType(code);
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }),
    },
    body: JSON.stringify({ type, title, status, detail, code, requestId, ...rest }),
  };
}

/** The problem for a rejection by the domain. */
export function rejectionProblem(rejection: Rejection): Problem {
  const { code, detail, walletId, currentVersion, field, numbers, facts } = rejection;
  return {
    code,
    detail,
    walletId,
    ...(currentVersion === undefined ? {} : { currentVersion }),
    ...(field === undefined ? {} : { errors: [{ pointer: `/${field.name}`, detail: field.refused }] }),
    ...numbers,
    ...facts,
  };
}

/** Carries a problem out of a handler to the one place that answers it. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export function walletNotFound(walletId: string): ProblemError {
  return new ProblemError({
    code: 'WALLET_NOT_FOUND',
    detail: `There is no wallet "${walletId}".`,
    walletId,
  });
}
