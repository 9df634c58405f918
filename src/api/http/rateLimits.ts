// Limits how often callers ask. Reads, commands and heavy reads have a quota each, for every caller. A second
// limit stands before authentication and counts refused keys by address. Both run before the body is read.
//
// Invariant: a caller is told to wait until the window ends, and never less.
import { isIPv6 } from 'node:net';
import type { Caller } from '../../access/caller.ts';
import type { Leases, Policy, Verdict } from '../../rates/leases.ts';
import { answerProblem } from '../answerError.ts';
import type { App, AppContext, AppMiddleware } from '../context.ts';
import { type Operation, routePathsOf } from '../openApi/operation.ts';
import type { Authenticate } from './authentication.ts';
import type { AddressOf } from './clientAddress.ts';

export const policyNames = ['read', 'command', 'heavy', 'failures'] as const;
export type PolicyName = (typeof policyNames)[number];

export interface Rates {
  readonly leases: Leases;
  readonly policies: Readonly<Record<PolicyName, Policy>>;
  readonly onRefused: (policy: PolicyName) => void;
}

export interface RateDeps {
  /** Undefined if nothing is limited. */
  readonly rates: Rates | undefined;
  readonly addressOf: AddressOf;
  /** Whether the Authorization header had a caller before. It must ask nobody. */
  readonly isFamiliar: (authorization: string | undefined) => boolean;
}

/** What a heavy read without pages costs, in rows. */
const heavyItems = 20;
/** No page has more rows than that. */
const rowsMax = 9_999;

/** The policy of an operation. Undefined for probes, metrics and the meaning of problems. */
export function policyOf({ scope, tag, method, path, query, mediaType }: Operation): PolicyName | undefined {
  if (scope === 'open' || tag === 'Process') return undefined;
  if (method !== 'get') return path.startsWith('/wallets') ? 'command' : 'heavy';
  const isList = query !== undefined && Object.hasOwn(query.shape, 'limit');
  const isLong = mediaType === 'text/csv' || path.endsWith('/summary');
  return isList || isLong || (tag !== 'Wallets' && tag !== 'Holds') ? 'heavy' : 'read';
}

/**
 * They ask for no key, so nobody guesses one there. A load balancer asks them from the address at which all
 * of its clients may be seen, and takes a process that refuses them out of service.
 */
const probes: ReadonlySet<string> = new Set(['/livez', '/readyz']);

/**
 * Before authentication: refuses an address that has sent too many keys that are none. Callers who proved
 * before who they are pass. So nobody locks out those who share their address.
 */
export function limitFailures(
  { leases, policies, onRefused }: Rates,
  addressOf: AddressOf,
  isFamiliar: (c: AppContext) => boolean | Promise<boolean>,
): AppMiddleware {
  return function failures(c, next) {
    if (probes.has(c.req.path)) return next();
    const verdict = leases.look(policies.failures, networkOf(addressOf(c)));
    if (verdict?.allowed !== false) return next();
    const judge = (familiar: boolean) => {
      if (familiar) return next();
      onRefused('failures');
      return refuse(c, policies.failures, verdict);
    };
    return Promise.resolve(isFamiliar(c)).then(async (familiar) => (await judge(familiar)) ?? undefined);
  };
}

/** The same authentication, which counts the requests that prove no caller by their address. */
export function countFailures(authenticate: Authenticate, rates: Rates, addressOf: AddressOf): Authenticate {
  const seen = (c: AppContext, caller: Caller | undefined) => {
    if (caller === undefined) countFailure(c, rates, addressOf);
    return caller;
  };
  return (c) => {
    const caller = authenticate(c);
    return caller instanceof Promise ? caller.then((found) => seen(c, found)) : seen(c, caller);
  };
}

/** Counts one failure to prove who calls. It never rejects, and nobody waits for it. */
export function countFailure(c: AppContext, { leases, policies }: Rates, addressOf: AddressOf): void {
  void leases.use(policies.failures, networkOf(addressOf(c)), 1);
}

/** After authentication: the quota of each caller, for every operation that has a policy. */
export function limitRates(
  app: App,
  operations: readonly Operation[],
  { rates, addressOf }: Omit<RateDeps, 'isFamiliar'>,
): void {
  if (rates === undefined) return;
  for (const operation of operations) {
    const name = policyOf(operation);
    if (name === undefined) continue;
    const limit = limitOf(name, rates, addressOf);
    for (const path of routePathsOf(operation)) app.on(operation.method, path, limit);
  }
}

function limitOf(
  name: PolicyName,
  { leases, policies, onRefused }: Rates,
  addressOf: AddressOf,
): AppMiddleware {
  const policy = policies[name];
  return function rate(c, next) {
    const admit = (verdict: Verdict): Promise<void> | Response => {
      c.set('rateHeaders', headersOf(policy, verdict));
      if (verdict.allowed) return next();
      onRefused(name);
      return refuse(c, policy, verdict);
    };
    const items = name === 'heavy' ? itemsOf(c) : 1;
    const verdict = leases.use(policy, subjectOf(c, addressOf), items);
    return verdict instanceof Promise
      ? verdict.then(async (known) => (await admit(known)) ?? undefined)
      : (admit(verdict) as Promise<void>);
  };
}

/** A key or a user, by its id. Where nobody is asked for a key, callers differ by their address alone. */
function subjectOf(c: AppContext, addressOf: AddressOf): string {
  const { actor } = c.get('caller');
  return actor === 'local' ? networkOf(addressOf(c)) : actor;
}

/** Whoever has one IPv6 address has all of its /64. */
function networkOf(address: string): string {
  // The look for a colon is cheap, and most addresses are of IPv4. `isIPv6` is a long regular expression.
  if (!address.includes(':') || !isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...after];
  return `${all.slice(0, 4).join(':')}::/64`;
}

/** The rows that are asked for. A number that is none costs as much as the default, and is refused later. */
function itemsOf(c: AppContext): number {
  const limit = c.req.query('limit') ?? '';
  return /^[1-9]\d{0,3}$/.test(limit) ? Math.min(Number(limit), rowsMax) : heavyItems;
}

function headersOf({ name, quota }: Policy, { remaining, resetS }: Verdict) {
  return {
    'ratelimit-policy': `"${name}";q=${quota};w=60`,
    ratelimit: `"${name}";r=${remaining};t=${resetS}`,
  };
}

/** Not thrown: under a flood most answers are of this kind, and an Error with its stack costs more. */
function refuse(c: AppContext, policy: Policy, verdict: Verdict): Response {
  const { resetS } = verdict;
  c.set('rateHeaders', headersOf(policy, verdict));
  const problem = {
    code: 'RATE_LIMITED',
    detail: `The quota "${policy.name}" of ${policy.quota} a minute is used up. Ask again in ${resetS} s.`,
    'violated-policies': [policy.name],
  } as const;
  return answerProblem(problem, c, { 'retry-after': String(resetS) });
}
