// Answers requests under /v1 with amounts as decimal text. The same routes without /v1 answer JSON numbers,
// which are easy to read. But a program reads a JSON number as a float, and then amounts lose cents. So the
// OpenAPI document, and every client made from it, knows the paths under /v1 alone.
import { getPath } from 'hono/utils/url';
import type { AppMiddleware } from '../context.ts';

/** The prefix of every path whose answers hold amounts as text. */
export const textAmountsPrefix = '/v1';

/** The members of answers that are amounts, at any depth. No other number has one of these names. */
export const amountMembers = [
  ...['amount', 'balance', 'balanceAfter', 'credits', 'debits', 'held', 'available'],
  ...['minimumBalance', 'maximumBalance', 'captured', 'released', 'remaining', 'overcaptured', 'reversed'],
  ...['maxAmount', 'usedAmount', 'value'],
] as const;

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
export function textAmountsPath(path: string): string | undefined {
  if (!path.startsWith(`${textAmountsPrefix}/`)) return undefined;
  const rest = path.slice(textAmountsPrefix.length);
  return resources.test(rest) ? rest : undefined;
}

/** Runs before every answer, and costs a request without /v1 one look at its URL. */
export const nameTextAmounts: AppMiddleware = function textAmounts(c, next) {
  if (textAmountsPath(getPath({ url: c.req.url } as Request)) !== undefined) c.set('textAmounts', true);
  return next();
};

interface Rendered {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A JSON answer as it is under /v1. It must be changed before a Response is made of it. */
export function inTextAmounts<Answer extends Rendered>(answer: Answer): Answer {
  const { location, 'content-type': type = '' } = answer.headers;
  const headers = location?.startsWith('/')
    ? { ...answer.headers, location: `${textAmountsPrefix}${location}` }
    : answer.headers;
  const isJson = /^application\/(?:problem\+)?json\b/.test(type);
  return { ...answer, headers, body: isJson ? withTextAmounts(answer.body) : answer.body };
}

/**
 * A member with the name of an amount and a number as its value. Inside a string, a backslash stands before
 * each quote, so no text looks like one.
 */
const numericAmount = new RegExp(
  `(?<!\\\\)"(${amountMembers.join('|')})":(-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)`,
  'g',
);

/** The same JSON with each amount as a string of its digits. The JSON must have no white space. */
export function withTextAmounts(json: string): string {
  return json.replaceAll(numericAmount, '"$1":"$2"');
}
