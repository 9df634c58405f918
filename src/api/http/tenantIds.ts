// Gives ids their tenant and takes it away again. A request names bare ids. Everything after the API knows
// them with the tenant of the caller. Answers, problems and cursors have bare ids again.
//
// Invariant: only this file asks for the caller's tenant.
import { defaultTenant, scopedId, type Tenant, tenantOf } from '../../domain/tenant.ts';
import type { AppContext } from '../context.ts';

export function callerTenant(c: AppContext): Tenant {
  return c.get('caller').tenant;
}

/** The id inside the service, from an id in the request. */
export function scoped(c: AppContext, id: string): string {
  return scopedId(callerTenant(c), id);
}

/** The same for an id that a request may leave out. */
export function scopedOrNone(c: AppContext, id: string | undefined): string | undefined {
  return id === undefined ? undefined : scoped(c, id);
}

/** A text about something of the caller's tenant, with bare ids. */
export function bareText(c: AppContext, text: string): string {
  const tenant = callerTenant(c);
  return tenant === defaultTenant ? text : text.replaceAll(`${tenant}/`, '');
}

/** A sentence about wallets of the tenant of `walletId`, with bare ids. */
export function bareSentence(sentence: string, walletId: string): string {
  const tenant = tenantOf(walletId);
  return tenant === defaultTenant ? sentence : sentence.replaceAll(`"${tenant}/`, '"');
}
