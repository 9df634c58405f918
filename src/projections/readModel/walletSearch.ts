// Turns what a list of wallets asks for into a query of Elasticsearch. Pure. Every value stands as a value in
// the query, and never as a part of its text.
//
// Invariant: a document lacks the fields whose value is the ordinary one. So each condition also knows what
// an absent field means.
import type { estypes } from '@elastic/elasticsearch';
import { currencies, decimalsOf } from '../../domain/currency.ts';
import { amountMinorMax } from '../../domain/money.ts';
import { defaultTenant, type Tenant } from '../../domain/tenant.ts';
import type { WalletListQuery } from '../../eventStore/read/readWallets.ts';
import { metadataEntry, type WalletDocument } from './walletDocument.ts';

export const walletSorts = ['id', 'balance', 'created', 'changed'] as const;
export type WalletSort = (typeof walletSorts)[number];

/** All conditions must hold; undefined asks for nothing. */
export interface WalletFilter {
  readonly currency?: string | undefined;
  readonly status?: 'active' | 'frozen' | 'closed' | undefined;
  readonly label?: string | undefined;
  /** Every key has exactly this value. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Decimal text, in the currency of each wallet; included. */
  readonly minAvailable?: string | undefined;
  /** Included. */
  readonly createdFrom?: Date | undefined;
  /** Not included. */
  readonly createdTo?: Date | undefined;
  readonly changedFrom?: Date | undefined;
  readonly changedTo?: Date | undefined;
}

/** `after` is the id of the last row before the page. It breaks the ties of a sort. */
export interface WalletSearch extends WalletListQuery {
  readonly filter?: WalletFilter;
  readonly sort?: WalletSort;
  readonly order?: 'asc' | 'desc';
  /** What the last row before the page was sorted by, as text, so no digit is lost. */
  readonly afterValue?: string | undefined;
}

const fieldOf: Readonly<Record<WalletSort, 'id' | 'balanceMinor' | 'createdAt' | 'updatedAt'>> = {
  id: 'id',
  balance: 'balanceMinor',
  created: 'createdAt',
  changed: 'updatedAt',
};

/** What a list is sorted by. */
export function sortValueOf(document: WalletDocument, sort: WalletSort): string {
  return document[fieldOf[sort]];
}

/** The members of the search that say which documents come in which order. */
export function searchOf(search: WalletSearch) {
  const { tenant = defaultTenant, ownerId, filter = {}, sort = 'id', order = 'asc' } = search;
  const { after, afterValue } = search;
  const byId = { id: { order } };
  const sorts: estypes.SortOptions[] = sort === 'id' ? [byId] : [{ [fieldOf[sort]]: { order } }, byId];
  return {
    query: queryOf(tenant, ownerId, filter),
    sort: sorts,
    ...(after !== undefined && { search_after: sort === 'id' ? [after] : [afterValue ?? '', after] }),
  };
}

type Query = estypes.QueryDslQueryContainer;

/** The default tenant's documents lack the field, also those of an index that does not know it yet. */
function queryOf(tenant: Tenant, ownerId: string | undefined, filter: WalletFilter): Query {
  const { currency, status, label, metadata = {}, minAvailable } = filter;
  const given: readonly (Query | undefined)[] = [
    tenant === defaultTenant ? absent('tenantId') : term('tenantId', tenant),
    ownerId === undefined ? undefined : term('ownerId', ownerId),
    currency === undefined ? undefined : term('currency', currency),
    status === undefined ? undefined : status === 'active' ? absent('status') : term('status', status),
    label === undefined ? undefined : term('labels', label),
    ...Object.entries(metadata).map(([key, value]) => term('metadata', metadataEntry(key, value))),
    minAvailable === undefined ? undefined : availableFrom(minAvailable, currency),
    between('createdAt', filter.createdFrom, filter.createdTo),
    between('updatedAt', filter.changedFrom, filter.changedTo),
  ];
  return { bool: { filter: given.filter((one) => one !== undefined) } };
}

function term(field: string, value: string): Query {
  return { term: { [field]: { value } } };
}

function absent(field: string): Query {
  return { bool: { must_not: [{ exists: { field } }] } };
}

function between(field: string, from: Date | undefined, to: Date | undefined): Query | undefined {
  if (from === undefined && to === undefined) return undefined;
  return {
    range: {
      [field]: {
        ...(from && { gte: from.toISOString() }),
        ...(to && { lt: to.toISOString() }),
      },
    },
  };
}

/**
 * One condition for all currencies with the same decimals. Only a wallet with limits or holds has the field.
 */
function availableFrom(amount: string, currency: string | undefined): Query {
  const codes = currency === undefined ? currencies() : [currency];
  const groups = Map.groupBy(codes, decimalsOf);
  const any = [...groups].flatMap(([decimals, ofGroup]): Query[] => {
    const minor = minorAtLeast(amount, decimals);
    if (minor > amountMinorMax) return [];
    const atLeast = (field: string): Query => ({ range: { [field]: { gte: minor.toString() } } });
    const ordinary: Query = { bool: { filter: [absent('availableMinor'), atLeast('balanceMinor')] } };
    const filter: Query[] = [
      { terms: { currency: [...ofGroup] } },
      { bool: { should: [atLeast('availableMinor'), ordinary], minimum_should_match: 1 } },
    ];
    return [{ bool: { filter } }];
  });
  return any.length === 0 ? { match_none: {} } : { bool: { should: any, minimum_should_match: 1 } };
}

/** The least amount of minor units that is not below a decimal text. */
function minorAtLeast(decimal: string, decimals: number): bigint {
  const [units = '', fraction = ''] = decimal.split('.');
  const minor = BigInt(units + fraction.slice(0, decimals).padEnd(decimals, '0'));
  return /[1-9]/.test(fraction.slice(decimals)) ? minor + 1n : minor;
}
