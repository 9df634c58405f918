// Refuses what a caller may not do because of a tenant: requests of a suspended one, requests of an operator
// in one that does not exist, and the installation's own routes for anybody but operators. It runs after the
// caller is known and its rate is counted. It asks PostgreSQL only for a tenant that this process never saw.
//
// Invariant: no caller of a tenant reaches a route that shows the things of several tenants.
import type { Suspensions } from '../../access/suspensions.ts';
import { defaultTenant, type Tenant } from '../../domain/tenant.ts';
import type { AppContext, AppMiddleware } from '../context.ts';
import { ProblemError } from './problems.ts';

export interface TenantGateDeps {
  readonly suspensions: Suspensions;
  /** It answers at once if it knows the tenant already. */
  readonly tenantExists: (tenant: Tenant) => boolean | Promise<boolean>;
}

/** Routes of the installation. They show whole ids, or the sums of all tenants. */
const ofOperators = /^\/(?:admin|console|tenants|metrics)(?:\/|$)/;

export function refuseByTenant({ suspensions, tenantExists }: TenantGateDeps): AppMiddleware {
  return function tenantGate(c, next) {
    const { tenant, operator, actor } = c.get('caller');
    // An open route has no caller.
    if (actor === 'nobody') return next();
    if (!operator && ofOperators.test(c.req.path))
      throw new ProblemError({ code: 'FORBIDDEN', detail: 'Only an operator may do this.' });
    if (tenant === defaultTenant) return next();
    if (suspensions.isSuspended(tenant) && (!operator || isCommand(c)))
      throw new ProblemError({ code: 'TENANT_SUSPENDED', detail: `Tenant "${tenant}" is suspended.` });
    // The key of any other caller belongs to a tenant that exists.
    const exists = !operator || tenantExists(tenant);
    if (exists === true) return next();
    return Promise.resolve(exists).then((known) => {
      if (known) return next();
      throw new ProblemError({ code: 'TENANT_NOT_FOUND', detail: `There is no tenant "${tenant}".` });
    });
  };
}

/** An operator reads a suspended tenant and repairs it. Money does not move in it. */
function isCommand(c: AppContext): boolean {
  return c.req.method !== 'GET' && c.req.method !== 'HEAD' && /^\/wallets(?:\/|$)/.test(c.req.path);
}
