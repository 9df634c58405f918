// Knows in every process which tenants are suspended. It asks PostgreSQL twice a second, so a suspension
// takes effect within a second, with or without Redis. Asking is one short statement over a partial index.
//
// Invariant: a tenant that was seen suspended stays so until PostgreSQL says otherwise.
import { setTimeout as pause } from 'node:timers/promises';
import type { Tenant } from '../domain/tenant.ts';

export interface Suspensions {
  readonly isSuspended: (tenant: Tenant) => boolean;
  /** Asks at once, after this process has changed one. */
  readonly refresh: () => Promise<void>;
}

interface SuspensionOptions {
  readonly read: () => Promise<readonly Tenant[]>;
  readonly everyMs: number;
  /** Ends the asking. */
  readonly stopping: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

/** Resolves once the suspended tenants are known, so that no request meets a process that does not know. */
export async function followSuspensions(options: SuspensionOptions): Promise<Suspensions> {
  const { read, everyMs, stopping, onFailure } = options;
  let suspended: ReadonlySet<Tenant> = new Set(await read());
  let asked = 0;
  const refresh = async () => {
    asked += 1;
    const mine = asked;
    const found = new Set(await read());
    // An answer that was overtaken by a later question is older than that one's.
    if (mine === asked) suspended = found;
  };
  const follow = async () => {
    // A stop ends the pause with an error, and with it the asking.
    for (;;) {
      await pause(everyMs, undefined, { ref: false, signal: stopping });
      await refresh().catch(onFailure);
    }
  };
  follow().catch((error: unknown) => {
    if (!stopping.aborted) onFailure(error);
  });
  return { isSuspended: (tenant) => suspended.has(tenant), refresh };
}
