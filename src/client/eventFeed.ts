// Follows the event feed as a stream of server-sent events, over connections that end and begin again.
//
// Invariant: the next connection begins after the last event that the caller got. So no event is missing, and
// none comes twice in one loop. An event and its alerts have one cursor, so they are given together.
import { connectionError, readAnswer, type Sent } from './answers.ts';
import { WalletProblemError } from './errors.ts';
import type { components } from './generatedTypes.ts';
import type { FeedEvent, FollowOptions } from './operations.ts';
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
/** Longest pause between two tries, unless the service asks for a longer one. */
const retryDelayMaxMs = 30_000;

/**
 * Every event after `after`, without end. Throws WalletProblemError for a refusal that another try would not
 * change, and UnexpectedAnswerError for an answer of something else. Throws WalletConnectionError after
 * `giveUpAfterMs`. An abort of the signal is thrown, too.
 */
export async function* followEvents(
  wiring: FeedWiring,
  after: string | undefined,
  options: FollowOptions = {},
): AsyncGenerator<FeedEvent, void> {
  const { random, sleep } = wiring;
  const { signal } = options;
  const retries = createRetries(wiring, options);
  let cursor = after;
  for (;;) {
    signal?.throwIfAborted();
    const end: ConnectionEnd = { failure: undefined, retryAfter: null };
    let isFirst = true;
    let waiting: string[] = [];
    for await (const { id, data } of connection(wiring, cursor, signal, end)) {
      // Any process sends the first frame. The next one shows that the connection lasts.
      if (!isFirst) retries.connected();
      isFirst = false;
      if (data !== undefined) waiting.push(data);
      if (id === undefined) continue;
      const before = cursor ?? id;
      cursor = id;
      for (const [at, text] of waiting.entries()) {
        const isLast = at === waiting.length - 1;
        const event = JSON.parse(text) as components['schemas']['CloudEvent'];
        // A program that keeps this cursor and ends in between gets all of them again.
        yield { ...event, cursor: isLast ? id : before };
      }
      waiting = [];
    }
    signal?.throwIfAborted();
    const delayMs = end.failure === undefined ? random() * comeBackMaxMs : retries.delayAfter(end);
    await sleep(delayMs, signal);
  }
}

/** Counts the failures in a row, and the time since the first of them. */
function createRetries(wiring: FeedWiring, { giveUpAfterMs = Infinity, onRetry }: FollowOptions) {
  const { nowMs, random } = wiring;
  const limits = {
    ...wiring.limits,
    ...{ attemptsMax: Infinity, totalTimeoutMs: giveUpAfterMs, delayMaxMs: retryDelayMaxMs },
  };
  let failures = 0;
  let failingSinceMs: number | undefined;
  return {
    connected: () => {
      failures = 0;
      failingSinceMs = undefined;
    },
    delayAfter: ({ failure, retryAfter }: ConnectionEnd): number => {
      failures += 1;
      failingSinceMs ??= nowMs();
      const facts = { retryAfter, date: null, elapsedMs: nowMs() - failingSinceMs, random: random() };
      const delayMs = delayAfter(failures, facts, limits);
      if (delayMs === undefined) throw connectionError(sentOf(wiring, failures), failure);
      onRetry?.(failure, delayMs);
      return delayMs;
    },
  };
}

interface ConnectionEnd {
  /** Undefined if the service ended the stream. */
  failure: unknown;
  retryAfter: string | null;
}

/** The frames of one connection. Throws an answer that another try would not change. */
async function* connection(
  wiring: FeedWiring,
  after: string | undefined,
  signal: AbortSignal | undefined,
  end: ConnectionEnd,
): AsyncGenerator<Frame, void> {
  const own = new AbortController();
  const both = signal === undefined ? own.signal : AbortSignal.any([own.signal, signal]);
  const { attemptTimeoutMs } = wiring.limits;
  const timer = setTimeout(() => {
    own.abort(new Error(`no answer came within ${attemptTimeoutMs} ms`));
  }, attemptTimeoutMs);
  let isFinal = false;
  try {
    const response = await wiring.open(after, both);
    if (isStream(response)) {
      clearTimeout(timer);
      yield* framesOf(response, both);
      return;
    }
    const text = await response.text();
    const answer = readAnswer({ response, text }, 'text/event-stream', sentOf(wiring, 1));
    if (answer instanceof Error) end.failure = answer;
    else if (answer.ok) end.failure = new Error('the answer is no stream');
    else end.failure = new WalletProblemError(answer.problem, answer.facts);
    end.retryAfter = response.headers.get('retry-after');
    isFinal = !isWorthRetrying(response.status);
  } catch (error) {
    end.failure = error;
  } finally {
    clearTimeout(timer);
    own.abort();
  }
  if (isFinal) throw end.failure;
}

function isStream(response: Response): boolean {
  const mediaType = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  return response.ok && mediaType === 'text/event-stream';
}

function sentOf({ url }: FeedWiring, attempts: number): Sent {
  return { url: `${url}/events`, attempts, idempotencyKey: undefined };
}
