// Sends one webhook and says how it ended. Every failure of a receiver is a value. Only a stop of this
// process and a mistake of the caller are thrown.
//
// Invariant: a delivery counts if its status is 2xx and its answer ended, or was too long to be read to its
// end. Nothing of an answer is kept but the status and `Retry-After`. No redirect is followed.
import type { Dispatcher } from 'undici';
import { type FailureReason, reasonOf } from './failureReason.ts';
import { retryAfterMsOf } from './retryAfter.ts';
import type { WebhookAgent } from './webhookAgent.ts';

/** `status` says that the status of the answer tells the rest. With `serviceError` this service failed. */
export type SendReason = 'status' | 'redirect' | 'urlNotAllowed' | 'serviceError' | FailureReason;

export interface SendResult {
  /** `gone` asks to disable the endpoint. `slowDown` asks to send less, and to wait for `retryAfterMs`. */
  readonly outcome: 'delivered' | 'failed' | 'gone' | 'slowDown';
  /** Null if there was no answer. */
  readonly status: number | null;
  readonly reason: SendReason;
  /** Only with `slowDown`, if the receiver said it. */
  readonly retryAfterMs?: number;
  readonly ms: number;
}

export interface SendRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The very bytes that were signed. */
  readonly body: Buffer;
}

export interface SendLimits {
  /** From the call to the end of the answer, the connection included. */
  readonly totalTimeoutMs: number;
  readonly answerBytesMax: number;
  /** Ends the delivery, which is then rejected with the reason of the signal. */
  readonly signal?: AbortSignal;
  /** Ends the delivery as if its time were up. */
  readonly cutOff?: AbortSignal;
}

export const sendLimits: SendLimits = { totalTimeoutMs: 15_000, answerBytesMax: 65_536 };

const statusesToSlowDown: readonly number[] = [429, 502, 503, 504];
/** undici takes the name for TLS from `host`, and the others say where the body ends. */
const ownHeaders: readonly string[] = ['host', 'connection', 'content-length', 'transfer-encoding'];

export async function sendWebhook(
  agent: WebhookAgent,
  request: SendRequest,
  limits: SendLimits = sendLimits,
): Promise<SendResult> {
  const wrong = Object.keys(request.headers).find((name) => ownHeaders.includes(name.toLowerCase()));
  if (wrong !== undefined) throw new Error(`a webhook can't set the header ${wrong}`);
  const { signal } = limits;
  signal?.throwIfAborted();
  const startedAt = performance.now();
  const taken = () => ({ ms: Math.round(performance.now() - startedAt) });
  // The settings may have changed since the endpoint was registered.
  const verdict = agent.guard.checkUrl(request.url);
  if (!verdict.ok) return { outcome: 'failed', status: null, reason: 'urlNotAllowed', ...taken() };
  const time = startTime(limits);
  let status: number | null = null;
  try {
    const answer = await post(agent, verdict.url, request, time.signal);
    status = answer.statusCode;
    await leaveBody(answer.body, limits.answerBytesMax);
    return { ...judge(answer), ...taken() };
  } catch (error) {
    signal?.throwIfAborted();
    const reason = time.isOver() ? 'timeout' : reasonOf(error);
    return { outcome: 'failed', status, reason, ...taken() };
  } finally {
    time.end();
  }
}

function post(
  { dispatcher }: WebhookAgent,
  { origin, pathname, search }: URL,
  { headers, body }: SendRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const path = `${pathname}${search}`;
  // The signal bounds the whole delivery, so undici's own times for its parts are off.
  const noTimes = { headersTimeout: 0, bodyTimeout: 0 };
  return dispatcher.request({ origin, path, method: 'POST', headers, body, signal, ...noTimes });
}

/**
 * Reads the answer to its end, so that the connection can be used again. Of an answer that is too long the
 * rest is not read, and its connection ends.
 */
async function leaveBody(body: Dispatcher.ResponseData['body'], bytesMax: number): Promise<void> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length;
    // Leaving the loop destroys the body and with it the connection.
    if (bytes > bytesMax) return;
  }
}

function judge({
  statusCode: status,
  headers,
}: Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'>): Omit<SendResult, 'ms'> {
  if (status >= 200 && status < 300) return { outcome: 'delivered', status, reason: 'status' };
  if (status >= 300 && status < 400) return { outcome: 'failed', status, reason: 'redirect' };
  if (status === 410) return { outcome: 'gone', status, reason: 'status' };
  if (!statusesToSlowDown.includes(status)) return { outcome: 'failed', status, reason: 'status' };
  const retryAfterMs = retryAfterMsOf(headers, Date.now());
  return {
    outcome: 'slowDown',
    status,
    reason: 'status',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** A signal that ends with the time, or with a signal of the caller. */
function startTime({ totalTimeoutMs, signal, cutOff }: SendLimits) {
  const ending = new AbortController();
  let isOver = false;
  const abort = () => {
    ending.abort();
  };
  const over = () => {
    isOver = true;
    abort();
  };
  const timer = setTimeout(over, totalTimeoutMs);
  signal?.addEventListener('abort', abort);
  cutOff?.addEventListener('abort', over);
  if (cutOff?.aborted === true) over();
  return {
    signal: ending.signal,
    isOver: () => isOver,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      cutOff?.removeEventListener('abort', over);
    },
  };
}
