// Turns the answer to one attempt into its end: a value, a refusal of the service, or an error. It also
// decides what the last end means after earlier attempts. Invariant: only an answer that the operation can
// give counts as a success.
import { UnexpectedAnswerError, WalletConnectionError, WalletProblemError } from './errors.ts';
import type { AnswerFacts, Problem, Result } from './operations.ts';

/** The parts of a request that its errors name, and how often it was sent. */
export interface Sent {
  readonly url: string;
  readonly attempts: number;
  readonly idempotencyKey: string | undefined;
}

/** An answer that arrived whole. */
export interface Answer {
  readonly response: Response;
  readonly text: string;
}

/** Errors are values here, because only that of the last attempt is thrown. */
type End = Result<unknown> | UnexpectedAnswerError | WalletConnectionError;

/** The media type of the operation's answer when it succeeds. */
export type SuccessMediaType = 'application/json' | 'text/plain' | 'text/csv' | 'text/event-stream';

/**
 * Only the operation's own media type is a success. A proxy's login page may answer with status 200.
 */
export function readAnswer({ response, text }: Answer, succeedsWith: SuccessMediaType, sent: Sent): End {
  const mediaType = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  const facts = factsOf(response, sent);
  const unexpected = (what: string, cause?: unknown) => {
    const said = `${response.url || sent.url} answered ${response.status} with ${what}${whatIsOpen(sent)}`;
    return new UnexpectedAnswerError(said, sent.idempotencyKey, cause);
  };
  const mismatch = `"${mediaType}", which is ${response.ok ? `not ${succeedsWith}` : 'no problem document'}`;
  try {
    if (response.ok && mediaType === succeedsWith)
      return {
        ok: true,
        value: mediaType === 'application/json' ? (JSON.parse(text) as unknown) : text,
        facts,
      };
    if (!response.ok && mediaType === 'application/problem+json') {
      const problem: unknown = JSON.parse(text);
      // Gateways write problem documents too, but without a code of the service.
      return isProblem(problem) ? { ok: false, problem, facts } : unexpected('a problem without a code');
    }
  } catch (cause) {
    return unexpected(`"${mediaType}" that can't be read: ${reasonOf(cause)}`, cause);
  }
  return unexpected(isRedirect(response) ? redirectInWords(response) : mismatch);
}

/** A browser hides a redirect that is not followed, even its status. */
function isRedirect({ type, status }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400);
}

function redirectInWords({ headers }: Response): string {
  return `a redirect to ${headers.get('location') ?? 'another address'}, which a change does not follow`;
}

/** The end of an attempt that got no answer. */
export function connectionError(sent: Sent, failure: unknown): WalletConnectionError {
  const message = `${sent.url} did not answer (${sent.attempts} tries): ${reasonOf(failure)}`;
  return new WalletConnectionError(message, sent.idempotencyKey, failure);
}

/**
 * True if a command may have been carried out by an attempt with this end, or may still be. Its answer got
 * lost, or a proxy answered that cannot know.
 */
export function leavesOpen(end: End): boolean {
  if (end instanceof Error) return true;
  const { status } = end.facts;
  return !end.ok && (status === 502 || status === 504 || end.problem.code === 'OUTCOME_UNKNOWN');
}

/**
 * The last end of a command after an earlier attempt was left open. Values and refusals of the command are
 * its outcome under its key, so they are returned. A temporary refusal, such as QUEUE_FULL, is true of its
 * own attempt only. If it were returned, a caller could read it as "nothing was done". With a new key the
 * command would then be carried out twice.
 */
export function endAfterOpenAttempt(end: End, { url, attempts, idempotencyKey }: Sent): End {
  if (end instanceof Error || end.ok || !isTemporary(end.facts.status)) return end;
  const { problem, facts } = end;
  // It says itself that the outcome is open, and what to do.
  if (problem.code === 'OUTCOME_UNKNOWN') return end;
  const commandId = facts.commandId ?? problem.commandId;
  // Only commands of wallets have an id. The creation of a webhook endpoint has none.
  const orAsk = commandId === undefined ? '' : `, or ask getCommand for ${commandId}`;
  const message =
    `${url} answered ${facts.status} ${problem.code} at last (${attempts} tries), but an earlier try may have been ` +
    `carried out. Send it again under its idempotency key "${idempotencyKey}", under which it takes effect once${orAsk}.`;
  return new WalletConnectionError(message, idempotencyKey, new WalletProblemError(problem, facts));
}

function isTemporary(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string';
}

function whatIsOpen({ idempotencyKey }: Sent): string {
  if (idempotencyKey === undefined) return '';
  return `; whether it was carried out is not known, and under idempotency key "${idempotencyKey}" it takes effect once`;
}

function factsOf({ status, headers }: Response, { attempts, idempotencyKey }: Sent): AnswerFacts {
  const version = /^"(\d+)"$/.exec(headers.get('etag') ?? '')?.[1];
  return {
    attempts,
    idempotencyKey,
    status,
    requestId: headers.get('x-request-id') ?? undefined,
    version: version === undefined ? undefined : Number(version),
    commandId: headers.get('command-id') ?? undefined,
    replayed: headers.get('idempotent-replayed') === 'true',
    readSource: headers.get('x-read-source') ?? undefined,
  };
}

function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  return failure.cause instanceof Error ? reasonOf(failure.cause) : failure.message || failure.name;
}
