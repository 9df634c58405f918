// Describes the caller of a request: who it is, and what it may do. Every route finds its caller in
// `c.get('caller')`. The caller's tenant decides what a request can name. Pure.
import { defaultTenant, type Tenant } from '../domain/tenant.ts';
import { allScopes, type Scope } from './scopes.ts';

export interface Caller {
  /** As audit and logs show it: `key:<id>`, `user:<subject>`, or `local` if nobody is asked for a key. */
  readonly actor: string;
  readonly tenant: Tenant;
  /** Operators run the installation. They belong to the default tenant, and may act in any other. */
  readonly operator: boolean;
  readonly scopes: ReadonlySet<Scope>;
  /** Null if the caller has no key. */
  readonly keyId: string | null;
}

/** Every caller of a process that listens on loopback alone and asks nobody for a key. */
export const localCaller: Caller = {
  actor: 'local',
  tenant: defaultTenant,
  operator: true,
  scopes: allScopes,
  keyId: null,
};

/** The caller of an open route, and of a request that is refused before it is authenticated. */
export const nobody: Caller = {
  actor: 'nobody',
  tenant: defaultTenant,
  operator: false,
  scopes: new Set(),
  keyId: null,
};
