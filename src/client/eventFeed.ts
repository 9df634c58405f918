// Follows the event feed as a stream of server-sent events, over connections that end and begin again.
//
// Invariant: the next connection begins after the last event that the caller got. So no event is missing, and
// none comes twice in one loop.
import { connectionError, readAnswer, type Sent } from './answers.ts';
import { WalletProblemError } from './errors.ts';
import type { components } from './generatedTypes.ts';
import type { FeedEvent } from './operations.ts';
import { delayAfter, isWorthRetrying, type RetryLimits } from './retries.ts';
import { type Frame, framesOf } from './serverSentEvents.ts';

export interface FeedWiring {
  readonly url: string;
  readonly open: (after: string | undefined, signal: AbortSignal) => Promise<Response>;
  readonly limits: RetryLimits;
  readonly random: () => number;
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Streams end after an hour, or when a process stops. Their readers must not all come back at once. */
const comeBackMaxMs = 2_000;

/**
 * Every event after `after`, for ever. Throws WalletProblemError for a refusal, and WalletConnectionError if
 * no connection was made within the limits of retries. An abort of the signal is thrown, too.
 */
export async function* followEvents(
  wiring: FeedWiring,
  after: string | undefined,
  signal?: AbortSignal,
): AsyncGenerator<FeedEvent, void> {
  const { limits, random, nowMs, sleep } = wiring;
  let cursor = after;
  let failures = 0;
  let aliveAtMs = nowMs();
  for (;;) {
    signal?.throwIfAborted();
    const end: ConnectionEnd = { failure: undefined, retryAfter: null };
    for await (const { id, data } of connection(wiring, cursor, signal, end)) {
      failures = 0;
      aliveAtMs = nowMs();
      cursor = id ?? cursor;
      if (data !== undefined && cursor !== undefined)
        yield { ...(JSON.parse(data) as components['schemas']['CloudEvent']), cursor };
    }
    signal?.throwIfAborted();
    if (end.failure === undefined) {
      await sleep(random() * comeBackMaxMs, signal);
      continue;
    }
    failures += 1;
    const { retryAfter } = end;
    const facts = { retryAfter, date: null, elapsedMs: nowMs() - aliveAtMs, random: random() };
    const delayMs = delayAfter(failures, facts, limits);
    if (delayMs === undefined) throw connectionError(sentOf(wiring, failures), end.failure);
    await sleep(delayMs, signal);
  }
}

interface ConnectionEnd {
  /** Undefined if the service ended the stream. */
  failure: unknown;
  retryAfter: string | null;
}

/** The frames of one connection. Throws a refusal that another try would not change. */
async function* connection(
  wiring: FeedWiring,
  after: string | undefined,
  signal: AbortSignal | undefined,
  end: ConnectionEnd,
): AsyncGenerator<Frame, void> {
  const own = new AbortController();
  const both = signal === undefined ? own.signal : AbortSignal.any([own.signal, signal]);
  try {
    const response = await wiring.open(after, both);
    if (isStream(response)) {
      yield* framesOf(response, both);
      return;
    }
    const text = await response.text();
    const answer = readAnswer({ response, text }, 'application/json', sentOf(wiring, 1));
    if (answer instanceof Error) end.failure = answer;
    else if (answer.ok) end.failure = new Error('the answer is no stream');
    else {
      end.failure = new WalletProblemError(answer.problem, answer.facts);
      end.retryAfter = response.headers.get('retry-after');
    }
  } catch (error) {
    end.failure = error;
  } finally {
    own.abort();
  }
  const { failure } = end;
  if (failure instanceof WalletProblemError && !isWorthRetrying(failure.facts.status)) throw failure;
}

function isStream(response: Response): boolean {
  const mediaType = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  return response.ok && mediaType === 'text/event-stream';
}

function sentOf({ url }: FeedWiring, attempts: number): Sent {
  return { url: `${url}/events`, attempts, idempotencyKey: undefined };
}
