// Tells which events of a tenant a reader asked for. Pure.
//
// Invariant: a filter belongs to one tenant. No filter fits an event of another.
import { type Tenant, tenantOf } from '../domain/tenant.ts';
import type { WalletFacts } from '../eventStore/read/readFeedEvents.ts';
import type { FeedKind } from './feedTypes.ts';

/** All conditions must hold. An undefined one fits every event. Ids carry their tenant. */
export interface FeedFilter {
  readonly tenant: Tenant;
  /** Kinds of the feed, each once. */
  readonly types: readonly FeedKind[] | undefined;
  readonly walletId: string | undefined;
  /** Owner and label are compared with the wallet as it is when the event is read. */
  readonly ownerId: string | undefined;
  readonly label: string | undefined;
  /** One of these, each once. Webhook endpoints ask so. */
  readonly walletIds?: readonly string[] | undefined;
  /** One of these. */
  readonly labels?: readonly string[] | undefined;
}

/** Equal for filters that ask for the same. */
export function filterKeyOf(filter: FeedFilter): string {
  const { tenant, types, walletId, ownerId, label, walletIds, labels } = filter;
  const lists = walletIds === undefined && labels === undefined ? [] : [sorted(walletIds), sorted(labels)];
  // Cursors hold a check of this text, and a cursor stays valid for ever.
  return JSON.stringify([tenant, sorted(types), walletId ?? null, ownerId ?? null, label ?? null, ...lists]);
}

function sorted(list: readonly string[] | undefined): readonly string[] | null {
  return list === undefined ? null : [...list].sort();
}

/** True if the filter asks what only the wallet knows. */
export function asksWallet({ ownerId, label, labels }: FeedFilter): boolean {
  return ownerId !== undefined || label !== undefined || labels !== undefined;
}

/** The only wallets of which the filter may want events. Undefined if it names none. */
export function namedWallets({ walletId, walletIds }: FeedFilter): readonly string[] | undefined {
  return walletId === undefined ? walletIds : [walletId];
}

/** The part of an event that filters look at. Without facts its wallet was not looked up. */
export interface Filterable {
  readonly walletId: string;
  /** Undefined if it is not known. */
  readonly type: string | undefined;
  readonly facts: WalletFacts | undefined;
}

/** Undefined if only the store can tell. */
export function isWanted(filter: FeedFilter, event: Filterable): boolean | undefined {
  if (tenantOf(event.walletId) !== filter.tenant) return false;
  if (filter.walletId !== undefined && filter.walletId !== event.walletId) return false;
  if (filter.walletIds?.includes(event.walletId) === false) return false;
  if (event.type === undefined) return undefined;
  if (!isKindWanted(filter, event.type)) return false;
  if (!asksWallet(filter)) return true;
  return event.facts === undefined ? undefined : isWalletWanted(filter, event.facts);
}

/** Whether the filter asks for events of this kind. */
export function isKindWanted({ types }: FeedFilter, kind: string): boolean {
  return types?.some((type) => type === kind) ?? true;
}

export function isWalletWanted({ ownerId, label, labels }: FeedFilter, facts: WalletFacts): boolean {
  return (
    (ownerId === undefined || facts.ownerId === ownerId) &&
    (label === undefined || facts.labels.includes(label)) &&
    (labels === undefined || labels.some((one) => facts.labels.includes(one)))
  );
}
