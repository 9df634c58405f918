// The closed list of what a key may be allowed to do. Every route needs one of these scopes or is open to
// everybody. A scope that is here has a route that needs it: a test walks the router.
//
// Invariant: a scope never widens. What a key was granted in one release, it may do in the next, and no more.

/** Each scope, with what it allows. */
export const scopeMeanings = {
  'wallets:read': 'read wallets, their events, movements and statements, and the outcome of commands',
  'wallets:create': 'create wallets without money; an initial balance needs money:credit as well',
  'money:credit': 'put money into wallets',
  'money:debit': 'take money out of wallets',
  'transfers:write': 'move money between wallets of the tenant',
  'holds:write': 'place, adjust and void holds',
  'holds:capture': 'capture holds, which pays held money out or to another wallet',
  'reversals:write': 'reverse and refund movements',
  'lifecycle:write': 'freeze, unfreeze and close wallets',
  'limits:write': 'change the limits, the velocity rules and the alert rules of wallets',
  'details:write': 'change metadata and labels of wallets',
  'events:read': 'read the events of all wallets, as pages or as a stream',
  'webhooks:read': 'read webhook endpoints and their deliveries',
  'webhooks:write': 'make, change, test and delete webhook endpoints, which are sent events of all wallets',
  'ledger:read': 'read ledger entries, balances as of a time and the trial balance',
  'keys:manage': 'make, list, rotate and revoke API keys of the tenant',
  'tenants:manage': 'create, list, suspend and resume tenants; operators only',
  'admin:read': 'read projections, parked events, recoveries and health, and use the console',
  'admin:operate': 'pause, rebuild, verify, repair, retry and skip',
  'audit:read': 'read the audit log',
  'metrics:read': 'read the metrics',
  'docs:read': 'read the API reference',
} as const;

export type Scope = keyof typeof scopeMeanings;

export const scopes = Object.keys(scopeMeanings) as readonly Scope[];

export const allScopes: ReadonlySet<Scope> = new Set(scopes);

export function isScope(text: string): text is Scope {
  return Object.hasOwn(scopeMeanings, text);
}

/**
 * Scopes that see or steer the whole installation, with all its tenants. Only an operator's key may have
 * them.
 */
const operatorScopes: ReadonlySet<Scope> = new Set([
  'tenants:manage',
  'admin:read',
  'admin:operate',
  'metrics:read',
]);

export function isOperatorScope(scope: Scope): boolean {
  return operatorScopes.has(scope);
}

/** What a route asks of its caller. An open route asks nothing, and its caller is not looked at. */
export type Access = Scope | 'open';
