// A client of the wallet service for TypeScript. Each operation is one function with its name in the OpenAPI
// document. It depends on `fetch` alone, and knows the server by its generated types alone.
import {
  type Answer,
  connectionError,
  endAfterOpenAttempt,
  leavesOpen,
  readAnswer,
  type SuccessMediaType,
} from './answers.ts';
import { followEvents } from './eventFeed.ts';
import { routes } from './generatedTypes.ts';
import type { CallOptions, Result, WalletClient } from './operations.ts';
import { delayAfter, isWorthRetrying, type RetryLimits, retryLimitsDefault } from './retries.ts';

export interface ClientOptions {
  /** Base URL of the service. */
  readonly url: string;
  /** Sent as `Authorization: Bearer …`. It may be replaced by a function, for a key that rotates. */
  readonly apiKey?: string | (() => string | undefined);
  /** The tenant to act in. Only an operator's key may name one. */
  readonly tenant?: string;
  readonly retries?: Partial<RetryLimits>;
  /** Replaces the platform's `fetch`: for tests, tracing or another HTTP library. */
  readonly fetch?: typeof fetch;
  readonly newKey?: () => string;
  readonly random?: () => number;
  readonly nowMs?: () => number;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

type Caller = Pick<ClientOptions, 'apiKey' | 'tenant'>;
type Wiring = Required<Omit<ClientOptions, 'retries' | keyof Caller>> &
  Caller & { readonly limits: RetryLimits };

/** Parameters are plain values. The members that are not parameters are the body. */
type Members = Readonly<
  Record<string, string | number | boolean | Readonly<Record<string, string>> | undefined>
>;

interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query: readonly string[];
  /** True if it takes an Idempotency-Key. */
  readonly keyed: boolean;
  readonly succeedsWith: SuccessMediaType;
  /** Longest wait of the service for another party before it answers. */
  readonly waitsMs?: number;
}

function withoutSlashes(url: string): string {
  let end = url.length;
  while (url.endsWith('/', end)) end -= 1;
  return url.slice(0, end);
}

/** Throws in a runtime that lacks what the client needs. */
export function createWalletClient(options: ClientOptions): WalletClient {
  assertRuntime();
  const wiring: Wiring = {
    fetch: (...given) => fetch(...given),
    newKey: () => crypto.randomUUID(),
    random: Math.random,
    nowMs: () => performance.now(),
    sleep,
    ...options,
    url: withoutSlashes(options.url),
    limits: { ...retryLimitsDefault, ...options.retries },
  };
  const functions = Object.entries<Route>(routes).map(([id, route]) => [
    id,
    (input: Members = {}, call: CallOptions = {}) => send(wiring, route, input, call),
  ]);
  const events: WalletClient['events'] = (input = {}, options = {}) =>
    followEvents(
      {
        ...wiring,
        open: (after, stop) => {
          const { url, init } = requestOf(wiring, eventStream, { ...input, after }, {});
          return wiring.fetch(url, { ...init, signal: stop });
        },
      },
      input.after,
      options,
    );
  return { ...Object.fromEntries(functions), events } as WalletClient;
}

/** The feed at its own URL, as a stream. */
const eventStream = { ...routes.listEvents, succeedsWith: 'text/event-stream' } as const;

/** AbortSignal.any is the newest thing that the client uses. */
function assertRuntime(): void {
  // Older runtimes have no such member, whatever its type says.
  if ('any' in AbortSignal) return;
  const node = (globalThis as { readonly process?: { readonly version?: string } }).process?.version;
  throw new Error(
    `wallet-service-client needs Node.js 20.3 or newer, or a browser of 2024 or newer; this is ${node ?? 'older'}`,
  );
}

async function send(
  wiring: Wiring,
  route: Route,
  input: Members,
  call: CallOptions,
): Promise<Result<unknown>> {
  const limits = limitsWith(waitMsOf(route, input), wiring.limits);
  const idempotencyKey = route.keyed ? (call.idempotencyKey ?? wiring.newKey()) : undefined;
  const request = requestOf(wiring, route, input, { ...call, ...(idempotencyKey && { idempotencyKey }) });
  // Without a key, a second POST would make the change a second time.
  const isRepeatable = route.method !== 'POST' || idempotencyKey !== undefined;
  const startedAt = wiring.nowMs();
  let isOpen = false;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOnce({ ...wiring, limits }, request, call.signal);
    const answered = 'response' in outcome;
    const sent = { url: request.url, attempts: attempt, idempotencyKey };
    const end = answered
      ? readAnswer(outcome, route.succeedsWith, sent)
      : connectionError(sent, outcome.failure);
    const retryAfter = answered ? outcome.response.headers.get('retry-after') : null;
    const isRetried = isRepeatable && (!answered || isWorthRetrying(outcome.response.status));
    const date = answered ? outcome.response.headers.get('date') : null;
    const facts = { retryAfter, date, elapsedMs: wiring.nowMs() - startedAt, random: wiring.random() };
    const delayMs = isRetried ? delayAfter(attempt, facts, limits) : undefined;
    if (delayMs === undefined) {
      const last = isOpen ? endAfterOpenAttempt(end, sent) : end;
      if (last instanceof Error) throw last;
      return last;
    }
    // Reads change nothing, so they leave nothing open.
    isOpen ||= route.keyed && leavesOpen(end);
    await wiring.sleep(delayMs, call.signal);
  }
}

/** The service may take this long on purpose, because it waits for what the caller asks for. */
function waitMsOf({ query, waitsMs = 0 }: Route, { wait }: Members): number {
  return query.includes('wait') && typeof wait === 'number' ? wait * 1_000 : waitsMs;
}

function limitsWith(waitMs: number, limits: RetryLimits): RetryLimits {
  const { attemptTimeoutMs, totalTimeoutMs } = limits;
  return {
    ...limits,
    attemptTimeoutMs: attemptTimeoutMs + waitMs,
    totalTimeoutMs: totalTimeoutMs + waitMs,
  };
}

type Outcome = Answer | { readonly failure: unknown };

/** An answer that breaks off is no answer. Only an abort by the caller's own signal is thrown. */
async function attemptOnce(
  { fetch: fetchHere, limits }: Wiring,
  { url, init }: ReturnType<typeof requestOf>,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const timeout = AbortSignal.timeout(limits.attemptTimeoutMs);
  try {
    const both = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    const response = await fetchHere(url, { ...init, signal: both });
    return { response, text: await response.text() };
  } catch (failure) {
    signal?.throwIfAborted();
    return { failure };
  }
}

function requestOf(
  { url: base, apiKey, tenant }: Pick<Wiring, 'url' | 'apiKey' | 'tenant'>,
  route: Route,
  input: Members,
  { idempotencyKey, ifMatch }: CallOptions,
): { readonly url: string; readonly init: RequestInit } {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const take = (name: string) => {
    const value = rest.get(name);
    rest.delete(name);
    return value;
  };
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(textOf(take(name))),
  );
  const query = new URLSearchParams();
  for (const name of route.query) {
    const value = take(name);
    // An object goes member by member, as in metadata[order]=17.
    if (typeof value === 'object')
      for (const [key, one] of Object.entries(value)) query.set(`${name}[${key}]`, one);
    else if (value !== undefined) query.set(name, String(value));
  }
  const hasBody = route.method !== 'GET' && route.method !== 'DELETE' && rest.size > 0;
  const key = typeof apiKey === 'function' ? apiKey() : apiKey;
  const headers = {
    accept: route.succeedsWith,
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...(tenant !== undefined && { 'wallet-tenant': tenant }),
    ...(hasBody && { 'content-type': 'application/json' }),
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }),
  };
  const body = hasBody ? { body: JSON.stringify(Object.fromEntries(rest)) } : {};
  const search = query.size === 0 ? '' : `?${query.toString()}`;
  // A followed 302 turns a POST into a GET. Its page would be the answer to a command that the service never
  // got.
  const redirect = route.method === 'GET' ? 'follow' : 'manual';
  return { url: `${base}${path}${search}`, init: { method: route.method, headers, redirect, ...body } };
}

function textOf(value: Members[string]): string {
  return value === undefined || typeof value === 'object' ? '' : String(value);
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const wake = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', wake);
      resolve();
    }, ms);
    signal?.addEventListener('abort', wake, { once: true });
  });
}
