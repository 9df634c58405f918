// Finds out who sends a request, and refuses those who may not do what its route does. It runs once for every
// request, after the request is named and before its body is read. It costs the command path a microsecond.
//
// Invariant: no route answers before its scope was compared with the scopes of the caller.
import { type Caller, nobody } from '../../access/caller.ts';
import type { Access, Scope } from '../../access/scopes.ts';
import { isTenantName } from '../../domain/tenant.ts';
import { type AppContext, type AppMiddleware, lastRouteOf } from '../context.ts';
import type { AddressOf } from './clientAddress.ts';
import { ProblemError } from './problems.ts';
import { incomingOf } from './undeclared.ts';

/** The caller, or undefined if the request proves none. It answers at once if it knows the caller already. */
export type Authenticate = (c: AppContext) => Caller | undefined | Promise<Caller | undefined>;

/**
 * By the API key of the request and the address that it comes from. Two keys are none, because two readers
 * may take different ones.
 */
export function authenticateBy(
  callerOf: (
    authorization: string | undefined,
    address: string,
  ) => Caller | undefined | Promise<Caller | undefined>,
  addressOf: AddressOf,
): Authenticate {
  return (c) => (hasTwoKeys(c) ? undefined : callerOf(c.req.header('authorization'), addressOf(c)));
}

/** Node.js keeps the first one only, and drops the others in silence. */
function hasTwoKeys(c: AppContext): boolean {
  const raw = incomingOf(c)?.rawHeaders ?? [];
  let found = 0;
  for (let index = 0; index < raw.length; index += 2)
    if (raw[index]?.length === 'authorization'.length && raw[index]?.toLowerCase() === 'authorization')
      found += 1;
  return found > 1;
}

/** What each route asks, by its method and its path as the router knows it: `GET /wallets/:walletId`. */
export type AccessTable = ReadonlyMap<string, Access>;

export function authenticateRequests(authenticate: Authenticate, accessTable: AccessTable): AppMiddleware {
  return function authentication(c, next) {
    const access = accessOf(c, accessTable);
    if (access === 'open') return next();
    const caller = authenticate(c);
    if (caller instanceof Promise)
      return caller.then((found) => {
        admit(c, found, access);
        return next();
      });
    admit(c, caller, access);
    return next();
  };
}

/** What the route of this request asks. Undefined if no route takes it. */
function accessOf(c: AppContext, accessTable: AccessTable): Access | undefined {
  const route = lastRouteOf(c);
  if (route === undefined) return undefined;
  const method = c.req.method === 'HEAD' ? 'GET' : c.req.method;
  const access = accessTable.get(`${method} ${route.path}`);
  // A handler that takes `next` is middleware, and serves no resource.
  if (access !== undefined || route.handler.length > 1) return access;
  throw new Error(`the route ${method} ${route.path} has no scope, so nobody may use it`);
}

function admit(c: AppContext, caller: Caller | undefined, access: Scope | undefined): void {
  if (caller === undefined)
    throw new ProblemError({
      code: 'UNAUTHENTICATED',
      detail: 'Send a valid API key as "Authorization: Bearer wk_…".',
    });
  c.set('caller', caller);
  if (access !== undefined && !caller.scopes.has(access)) throw forbidden(access);
  const tenant = c.req.header('wallet-tenant');
  if (tenant !== undefined) c.set('caller', inTenant(caller, tenant));
}

/** For a route that needs one more scope for some requests. */
export function assertMay(c: AppContext, scope: Scope): void {
  if (!c.get('caller').scopes.has(scope)) throw forbidden(scope);
}

/** The caller lacks the scope. */
export function forbidden(scope: Scope): ProblemError {
  return new ProblemError({ code: 'FORBIDDEN', detail: `This needs the scope ${scope}.`, scope });
}

/** The same caller, at work in another tenant. */
function inTenant(caller: Caller, tenant: string): Caller {
  if (!caller.operator)
    throw new ProblemError({ code: 'FORBIDDEN', detail: 'Only an operator may send Wallet-Tenant.' });
  if (!isTenantName(tenant))
    throw new ProblemError({
      code: 'VALIDATION_FAILED',
      detail: 'Wallet-Tenant does not name a tenant.',
      errors: [
        { header: 'Wallet-Tenant', detail: 'must be lower-case letters, digits and hyphens, 1 to 63' },
      ],
    });
  return { ...caller, tenant };
}

/** Before anything else, so that every refusal finds a caller. */
export const nameNobody: AppMiddleware = function noCaller(c, next) {
  c.set('caller', nobody);
  return next();
};
