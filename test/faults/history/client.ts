// Sends one request over HTTP and records when it began and when it was answered. An answer that does not
// arrive whole counts as none: the client cannot know what became of its request.
import { harnessKey } from '../../../harness/keys.ts';
import { bodyOf, ifMatchOf, methodOf, pathOf } from '../../support/requestText.ts';
import { isMoving } from '../../support/model/requests.ts';
import { type Answer, type Call, codeIn, type Read } from './recorded.ts';

/** Longer than the API ever takes to answer by itself. */
const answerWithinMs = 12_000;

type Asked = Pick<Call, 'id' | 'client' | 'request' | 'key'>;

/** The key of the harness is an operator's, so its clients may act in any tenant. */
export function inTenant(tenant: string): Readonly<Record<string, string>> {
  return tenant === '' ? {} : { 'wallet-tenant': tenant };
}

/** `isLast` ends the connection after the answer, so that the next request may reach another process. */
export async function sendCall(
  baseUrl: string,
  asked: Asked,
  isLast: boolean,
  tenant: string,
): Promise<Call> {
  const ifMatch = ifMatchOf(asked.request);
  const invokedAt = performance.now();
  const answer = await exchange(`${baseUrl}${pathOf(asked.request)}`, {
    method: methodOf(asked.request),
    body: bodyOf(asked.request),
    headers: {
      'content-type': 'application/json',
      'x-request-id': asked.id,
      ...inTenant(tenant),
      ...(isLast ? { connection: 'close' } : {}),
      ...(asked.key === undefined ? {} : { 'idempotency-key': asked.key }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    },
  });
  const answeredAt = answer === undefined ? Infinity : performance.now();
  return { ...asked, invokedAt, answeredAt, answer };
}

export type WalletQuestion = Pick<Read, 'client' | 'walletId' | 'minVersion'> & {
  readonly way: 'plain' | 'minVersion' | 'strong';
};

/**
 * Whether the answer says that this release, or an older one, does not do such a thing yet. Nothing was done.
 */
export function isUnknownRoute({ request, answer }: Pick<Call, 'request' | 'answer'>): boolean {
  if (answer === undefined || isMoving(request)) return false;
  const code = codeIn(answer);
  return code === 'UPGRADE_UNFINISHED' || code === 'ROUTE_NOT_FOUND' || code === 'METHOD_NOT_ALLOWED';
}

/** Undefined if no answer came, or a 5xx. */
export async function readWallet(
  baseUrl: string,
  question: WalletQuestion,
  tenant: string,
): Promise<Read | undefined> {
  const { walletId, way, minVersion } = question;
  const query = { plain: '', strong: '?consistency=strong', minVersion: `?minVersion=${minVersion ?? 1}` }[
    way
  ];
  const invokedAt = performance.now();
  const answer = await exchange(`${baseUrl}/wallets/${walletId}${query}`, { headers: inTenant(tenant) });
  if (answer === undefined || answer.status >= 500) return undefined;
  const span = { ...question, invokedAt, answeredAt: performance.now() };
  if (answer.status === 404) return { ...span, source: 'event-store', text: undefined };
  if (answer.status !== 200)
    throw new Error(`GET /wallets/${walletId}${query} answered ${answer.status} ${answer.text}`);
  return { ...span, source: answer.source, text: answer.text };
}

/** Reads the list of an owner's wallets. Each wallet on it is one read. */
export async function readList(
  baseUrl: string,
  client: string,
  ownerId: string,
  tenant: string,
): Promise<readonly Read[]> {
  const invokedAt = performance.now();
  const answer = await exchange(`${baseUrl}/wallets?ownerId=${ownerId}&limit=100`, {
    headers: inTenant(tenant),
  });
  if (answer?.status !== 200) return [];
  const answeredAt = performance.now();
  return walletTexts(answer.text).map((text) => {
    const walletId = /^\{"id":"([^"]*)"/.exec(text)?.[1] ?? '';
    return { client, walletId, way: 'list', source: answer.source, text, invokedAt, answeredAt };
  });
}

const walletBegin = /\{"id":"[^"]*","ownerId":"/g;

/** The text of each wallet on a page. Parsing the page would lose digits of the balances. */
function walletTexts(page: string): readonly string[] {
  return [...page.matchAll(walletBegin)].map(({ index }) => page.slice(index, endOfObject(page, index)));
}

/** The place after the object that begins there. */
function endOfObject(text: string, begin: number): number {
  let depth = 0;
  let isQuoted = false;
  for (let at = begin; at < text.length; at += 1) {
    const char = text[at];
    if (isQuoted) {
      if (char === '\\') at += 1;
      else if (char === '"') isQuoted = false;
    } else if (char === '"') isQuoted = true;
    else if (char === '{') depth += 1;
    else if (char === '}' && (depth -= 1) === 0) return at + 1;
  }
  return text.length;
}

interface Exchanged extends Answer {
  readonly source: Read['source'];
}

export async function exchange(url: string, init: RequestInit): Promise<Exchanged | undefined> {
  try {
    const headers = { ...harnessKey.headers, ...(init.headers as Record<string, string> | undefined) };
    const signal = AbortSignal.timeout(answerWithinMs);
    const response = await fetch(url, { ...init, headers, signal });
    const text = await response.text();
    return {
      status: response.status,
      text,
      replayed: response.headers.get('idempotent-replayed') === 'true',
      source: response.headers.get('x-read-source') === 'read-model' ? 'read-model' : 'event-store',
    };
  } catch {
    // Refused, cut, reset or too late: a client cannot tell them apart, and faults cause each of them.
    return undefined;
  }
}
