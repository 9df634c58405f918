// Requests to the API. An amount stays the text that was sent, because a float would round it.

/** A refused or failed request. The message is the detail of its problem document. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const amounts: readonly string[] = [
  ...['amount', 'balance', 'balanceAfter', 'held', 'available', 'remaining', 'captured'],
  ...['minimumBalance', 'maximumBalance', 'reversed', 'released', 'overcaptured'],
];
const requestTimeMaxMs = 15_000;

export interface Answer<T> {
  readonly body: T;
  readonly headers: Headers;
}

export function get<T>(path: string): Promise<Answer<T>> {
  return request<T>(path, { method: 'GET' });
}

/** Always sends JSON, because the API accepts nothing else from a browser. */
export function post<T>(path: string, body: object = {}): Promise<Answer<T>> {
  const headers = { 'content-type': 'application/json' };
  return request<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function request<T>(path: string, init: RequestInit): Promise<Answer<T>> {
  const response = await fetch(path, { ...init, signal: AbortSignal.timeout(requestTimeMaxMs) }).catch(
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : 'no reason was given';
      throw new RequestError(0, `The API does not answer (${reason}).`);
    },
  );
  const body = parseExactly(await response.text());
  if (response.status === 401) goToSignIn();
  if (!response.ok) throw new RequestError(response.status, sentenceOf(body, response.status));
  return { body: body as T, headers: response.headers };
}

/** The session has ended. The page comes back after the sign-in, at the same place. */
export function goToSignIn(): void {
  location.assign(`/console/sign-in?return_to=%2Fconsole${location.hash}`);
}

function sentenceOf(body: unknown, status: number): string {
  const { detail } = body as { detail?: unknown };
  return typeof detail === 'string' ? detail : `The API answered ${status}.`;
}

/** A reviver of JSON.parse. `source` is the text of a number as it was sent. */
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

function parseExactly(text: string): unknown {
  const revive: Reviver = (key, value, { source }) =>
    typeof value === 'number' && amounts.includes(key) ? source : value;
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]);
}
