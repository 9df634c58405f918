// Requests to the API. An amount stays the text that was sent, because a float would round it.

/** A refused or failed request. The message is the detail of its problem document. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** 0 if there was no answer. */
  readonly status: number;
  readonly code: string | undefined;

  constructor(status: number, message: string, code?: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const amounts: readonly string[] = [
  ...['amount', 'balance', 'balanceAfter', 'held', 'available', 'remaining', 'captured'],
  ...['minimumBalance', 'maximumBalance', 'reversed', 'released', 'overcaptured'],
  ...['maxAmount', 'usedAmount'],
];
const requestTimeMaxMs = 15_000;

export interface Answer<T> {
  readonly body: T;
  readonly headers: Headers;
}

export function get<T>(path: string): Promise<Answer<T>> {
  return request<T>(path, { method: 'GET' });
}

export function post<T>(path: string, body: object = {}, key?: string): Promise<Answer<T>> {
  return change<T>({ method: 'POST', path, body, key });
}

/** A request that changes something. */
export interface Change {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** A DELETE has none. */
  readonly body?: object;
  /** The Idempotency-Key. */
  readonly key?: string | undefined;
  readonly timeMaxMs?: number | undefined;
}

/** Always says that it sends JSON, because the API accepts nothing else from a browser. */
export function change<T>({ method, path, body, key, timeMaxMs }: Change): Promise<Answer<T>> {
  const headers = {
    'content-type': 'application/json',
    ...(key !== undefined && { 'idempotency-key': key }),
  };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return request<T>(path, { method, headers, ...sent }, timeMaxMs);
}

async function request<T>(path: string, init: RequestInit, timeMaxMs = requestTimeMaxMs): Promise<Answer<T>> {
  const { response, text } = await ask(path, init, timeMaxMs).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : 'no reason was given';
    throw new RequestError(0, `The API does not answer (${why}).`);
  });
  const body = parseExactly(text);
  if (response.status === 401) goToSignIn();
  if (body === undefined)
    throw new RequestError(0, `Something before the API answered ${response.status}, and not in JSON.`);
  if (!response.ok) throw refusalOf(body, response.status);
  return { body: body as T, headers: response.headers };
}

/** The answer is whole, or there is none: a connection may also end in the middle of a body. */
async function ask(path: string, init: RequestInit, timeMaxMs: number) {
  const response = await fetch(path, { ...init, signal: AbortSignal.timeout(timeMaxMs) });
  return { response, text: await response.text() };
}

/** The session has ended. The page comes back after the sign-in, at the same place. */
export function goToSignIn(): void {
  location.assign(`/console/sign-in?return_to=%2Fconsole${location.hash}`);
}

/** The members of a problem document that a person is told. */
interface Problem {
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly { readonly pointer?: string; readonly detail: string }[];
}

function refusalOf(body: unknown, status: number): RequestError {
  const { detail = `The API answered ${status}.`, code, errors = [] } = body as Problem;
  const fields = errors.map(({ pointer, detail: what }) => `${pointer?.replace('/', '') ?? 'It'} ${what}.`);
  return new RequestError(status, [detail, ...fields].join(' '), code);
}

/** A reviver of JSON.parse. `source` is the text of a number as it was sent. */
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Undefined if the text is no JSON. */
function parseExactly(text: string): unknown {
  const revive: Reviver = (key, value, { source }) =>
    typeof value === 'number' && amounts.includes(key) ? source : value;
  try {
    return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]);
  } catch {
    return undefined;
  }
}
