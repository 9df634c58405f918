// Answers requests under /v1 with amounts as decimal text. The same routes without /v1 answer JSON numbers,
// which are easy to read. But a program reads a JSON number as a float, and then amounts lose cents. So the
// OpenAPI document, and every client made from it, knows the paths under /v1 alone.
import { getPath } from 'hono/utils/url';
import type { AppContext, AppMiddleware } from '../context.ts';

/** The prefix of every path whose answers hold amounts as text. */
export const textAmountsPrefix = '/v1';

/** The members of answers that are amounts, at any depth. No other number has one of these names. */
export const amountMembers = [
  ...['amount', 'balance', 'balanceAfter', 'credits', 'debits', 'held', 'available'],
  ...['minimumBalance', 'maximumBalance', 'captured', 'released', 'remaining', 'overcaptured', 'reversed'],
  ...['maxAmount', 'usedAmount'],
] as const;
const amountNames: ReadonlySet<string> = new Set(amountMembers);

/**
 * The paths that exist under /v1. Invariant: /admin, /console and /metrics have one path each. A gateway that
 * denies a path must not be passed by another spelling of it.
 */
const resources = /^\/(?:wallets|owners|commands|ledger|movements)(?:\/|$)/;

export function isUnderTextAmounts(path: string): boolean {
  return resources.test(path);
}

/** The path that the routes know: the one that was asked for, without /v1. */
export function routedPath(request: Request): string {
  const path = getPath(request);
  return textAmountsPath(path) ?? path;
}

/** The path without /v1, if it is one under /v1. */
function textAmountsPath(path: string): string | undefined {
  if (!path.startsWith(`${textAmountsPrefix}/`)) return undefined;
  const rest = path.slice(textAmountsPrefix.length);
  return resources.test(rest) ? rest : undefined;
}

export const answerTextAmounts: AppMiddleware = function textAmounts(c, next) {
  return textAmountsPath(getPath({ url: c.req.url } as Request)) === undefined ? next() : next().then(() => toTextAmounts(c));
};

async function toTextAmounts(c: AppContext): Promise<void> {
  const location = c.res.headers.get('location');
  if (location?.startsWith('/') === true) c.res.headers.set('location', `${textAmountsPrefix}${location}`);
  if (!/^application\/(?:problem\+)?json\b/.test(c.res.headers.get('content-type') ?? '')) return;
  const { status, headers } = c.res;
  c.res = new Response(withTextAmounts(await c.res.text()), { status, headers });
}

/** The same JSON with each amount as a string of its digits. Every other number keeps its digits too. */
export function withTextAmounts(json: string): string {
  const revive = (name: string, value: unknown, { source }: { readonly source?: string }): unknown => {
    if (typeof value !== 'number' || source === undefined) return value;
    return amountNames.has(name) ? source : JSON.rawJSON(source);
  };
  return JSON.stringify(JSON.parse(json, revive as Parameters<typeof JSON.parse>[1]));
}
