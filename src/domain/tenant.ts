// The tenant in the identity. Inside the service an id of a wallet, or of an owner, is `<tenant>/<id>`. An id
// of the default tenant has no prefix, so rows that are older than tenants keep their ids. Streams, locks,
// documents and accounts need nothing else to keep tenants apart. Pure.
//
// Invariant: an id that a caller may send has no `/`. So no caller can name a wallet of another tenant.

/** Lower case letters, digits and hyphens, at most 63. Empty for the default tenant. */
export type Tenant = string;

export const defaultTenant: Tenant = '';

/** A name that a tenant may have. The default tenant has none. */
export function isTenantName(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

const separator = '/';

/** The id inside the service, from the id that a caller of this tenant sent. */
export function scopedId(tenant: Tenant, id: string): string {
  return tenant === defaultTenant ? id : `${tenant}${separator}${id}`;
}

/** The id as its tenant knows it. */
export function bareId(id: string): string {
  return id.slice(id.indexOf(separator) + 1);
}

export function tenantOf(id: string): Tenant {
  return id.slice(0, Math.max(0, id.indexOf(separator)));
}

/**
 * Every id of a tenant lies between these two, by its bytes. Between those of the default tenant lie all
 * others, too.
 */
export function idRangeOf(tenant: Tenant): { readonly from: string; readonly until: string } {
  // `0` follows `/`, and every character of an id comes before `~`.
  return tenant === defaultTenant ? { from: '', until: '~' } : { from: `${tenant}/`, until: `${tenant}0` };
}

/** An account as its tenant knows it. */
export function bareAccount(account: string): string {
  const at = account.indexOf(':') + 1;
  return `${account.slice(0, at)}${bareId(account.slice(at))}`;
}
