// Knows of which wallets the readers of this process may want events. The loop maps only those, because most
// events of a busy log are wanted by no reader.
//
// Invariant: a filter counts from the moment at which its reader holds the tail. Events that came before were
// perhaps not mapped, so the reader asks a page for them.
import { type Tenant, tenantOf } from '../domain/tenant.ts';
import { asksWallet, type FeedFilter, filterKeyOf, namedWallets } from './feedFilter.ts';

export interface AskedWallets {
  /** Returns the function that ends it. The filter counts a little longer, because programs come again. */
  readonly add: (filter: FeedFilter) => () => void;
  /** Forgets filters that ended long ago. */
  readonly forgetOld: () => void;
  readonly mayWant: (walletId: string) => boolean;
  /** True if a filter asks what only the wallet knows. */
  readonly asksFacts: () => boolean;
}

interface Asked {
  readonly filter: FeedFilter;
  readers: number;
}

export function createAskedWallets(lingerMs: number, monotonicMs: () => number): AskedWallets {
  const byKey = new Map<string, Asked>();
  /** Filters without a reader, with the time until which they count. The oldest comes first. */
  const ending = new Map<string, number>();
  /** Filters that name wallets, and those that want events of any wallet of a tenant. */
  const ofWallets = new Map<string, number>();
  const ofTenants = new Map<Tenant, number>();
  let askingFacts = 0;

  function count(filter: FeedFilter, change: 1 | -1): void {
    const wallets = namedWallets(filter);
    if (wallets === undefined) addTo(ofTenants, filter.tenant, change);
    else for (const walletId of wallets) addTo(ofWallets, walletId, change);
    if (asksWallet(filter)) askingFacts += change;
  }

  return {
    add: (filter) => {
      const key = filterKeyOf(filter);
      const asked = byKey.get(key) ?? { filter, readers: 0 };
      if (!byKey.has(key)) count(filter, 1);
      byKey.set(key, asked);
      asked.readers += 1;
      ending.delete(key);
      return () => {
        asked.readers -= 1;
        if (asked.readers === 0) ending.set(key, monotonicMs() + lingerMs);
      };
    },
    forgetOld: () => {
      for (const [key, until] of ending) {
        if (until > monotonicMs()) return;
        ending.delete(key);
        const asked = byKey.get(key);
        byKey.delete(key);
        if (asked !== undefined) count(asked.filter, -1);
      }
    },
    mayWant: (walletId) =>
      ofWallets.has(walletId) || (ofTenants.size > 0 && ofTenants.has(tenantOf(walletId))),
    asksFacts: () => askingFacts > 0,
  };
}

function addTo<Key>(counts: Map<Key, number>, key: Key, change: 1 | -1): void {
  const next = (counts.get(key) ?? 0) + change;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}
