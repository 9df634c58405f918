// Gives each role of the console its scopes. A person with several roles has the scopes of all of them. Pure.
//
// Invariant: no role makes a payment. None credits, debits, transfers or captures. A role may set money
// aside, and give money back the way it came. A broken identity provider can give anybody a role.
import type { Role, RoleOfGroup } from '../config/roles.ts';
import type { Scope } from './scopes.ts';

const viewing = [
  'admin:read',
  'wallets:read',
  'ledger:read',
  'webhooks:read',
  'docs:read',
] as const satisfies readonly Scope[];

const scopesOfRole: Readonly<Record<Role, readonly Scope[]>> = {
  viewer: viewing,
  operator: [...viewing, 'admin:operate', 'audit:read', 'webhooks:write'],
  approver: [...viewing, 'audit:read', 'holds:write', 'reversals:write', 'lifecycle:write'],
};

export function scopesOfRoles(roles: readonly Role[]): ReadonlySet<Scope> {
  return new Set(roles.flatMap((role) => scopesOfRole[role]));
}

/** The roles that these groups have, each once. */
export function rolesOfPerson(groups: readonly string[], given: readonly RoleOfGroup[]): readonly Role[] {
  const found = given.filter(({ group }) => groups.includes(group)).map(({ role }) => role);
  return [...new Set(found)];
}
