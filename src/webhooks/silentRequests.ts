// The requests of a process that got no answer within a second. They hold no turn, and each still has its
// connection. So their number is bounded. One too many costs the oldest one its time.
//
// Invariant: a tenant with many silent receivers cuts off no request of a tenant that has fewer.

interface SilentRequest {
  readonly tenant: string;
  /** Names its tenant and its host. */
  readonly key: string;
  /** Asks it to end. */
  readonly cutOff: () => void;
}

export interface SilentRequests {
  /** The function that is returned takes the request out again. */
  readonly add: (request: SilentRequest) => () => void;
  /** Whether the host owes an answer to the tenant. */
  readonly has: (key: string) => boolean;
}

/** The oldest first. */
type Requests = Set<SilentRequest>;

export function createSilentRequests(max: number, perTenantMax: number): SilentRequests {
  const ofTenant = new Map<string, Requests>();
  const counts = new Map<string, number>();
  let count = 0;

  function remove(request: SilentRequest): void {
    const { tenant, key } = request;
    const own = ofTenant.get(tenant);
    if (own?.delete(request) !== true) return;
    if (own.size === 0) ofTenant.delete(tenant);
    const left = (counts.get(key) ?? 0) - 1;
    if (left > 0) counts.set(key, left);
    else counts.delete(key);
    count -= 1;
  }

  function cutOffOldest([oldest]: Requests): void {
    if (oldest === undefined) return;
    remove(oldest);
    oldest.cutOff();
  }

  return {
    add: (request) => {
      const { tenant, key } = request;
      const own: Requests = ofTenant.get(tenant) ?? new Set();
      ofTenant.set(tenant, own.add(request));
      counts.set(key, (counts.get(key) ?? 0) + 1);
      count += 1;
      if (own.size > perTenantMax) cutOffOldest(own);
      else if (count > max) cutOffOldest(largest(ofTenant.values(), own));
      return () => {
        remove(request);
      };
    },
    has: (key) => counts.has(key),
  };
}

function largest(all: Iterable<Requests>, first: Requests): Requests {
  return [...all].reduce((most, one) => (one.size > most.size ? one : most), first);
}
