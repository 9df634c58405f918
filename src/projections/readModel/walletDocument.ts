// The read model's document of one wallet, and its mapping in Elasticsearch. Pure. The document holds the
// balance as exact decimal text, and again in minor units for sorting and ranges. Both are strings, because
// JSON numbers lose digits.
import { formatAmount } from '../../domain/money.ts';
import { defaultTenant, tenantOf } from '../../domain/tenant.ts';
import { ordinaryTerms, type WalletStatus } from '../../domain/terms.ts';
import { availableMinor, type ordinaryState, type Wallet } from '../../domain/wallet.ts';
import { type Details, noDetails } from '../../domain/walletEvents.ts';
import { readTerms, writeTerms } from '../../eventStore/termsCodec.ts';

export interface WalletDocument {
  readonly id: string;
  /** Absent for the default tenant, so that documents older than tenants stay as they are. */
  readonly tenantId?: string;
  readonly ownerId: string;
  readonly currency: string;
  /** Decimal text with the currency's decimals, such as "100.00". */
  readonly balance: string;
  readonly balanceMinor: string;
  /** Also the document's external version, so an older document never replaces a newer one. */
  readonly version: number;
  /** ISO 8601 in UTC, with milliseconds. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The held part of the balance in minor units; absent if it is 0. */
  readonly heldMinor?: string;
  /** What the wallet can give, in minor units; absent if that is its balance. */
  readonly availableMinor?: string;
  /** Absent if the wallet is active. */
  readonly status?: Exclude<WalletStatus, 'active'>;
  /** As events hold them; absent if nobody changed them. */
  readonly terms?: object;
  readonly termsVersion?: number;
  readonly detailsVersion?: number;
  /** Each as `key=value`, so that no key of a caller becomes a field. Absent if there is none. */
  readonly metadata?: readonly string[];
  readonly labels?: readonly string[];
}

/** `details` are those of the wallet's `detailsVersion`. */
export function walletDocument(wallet: Wallet, details: Details = noDetails): WalletDocument {
  const { id, ownerId, currency, balanceMinor, version, createdAt, updatedAt } = wallet;
  const tenantId = tenantOf(id);
  return {
    id,
    ...(tenantId === defaultTenant ? {} : { tenantId }),
    ownerId,
    currency,
    balance: formatAmount(balanceMinor, currency),
    balanceMinor: balanceMinor.toString(),
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    ...stateIn(wallet),
    ...detailsIn(details),
  };
}

function detailsIn({ metadata, labels }: Details): Partial<WalletDocument> {
  const entries = Object.entries(metadata).map(([key, value]) => metadataEntry(key, value));
  return {
    ...(entries.length > 0 && { metadata: entries }),
    ...(labels.length > 0 && { labels }),
  };
}

/** A key has no `=`, so the first one ends it. */
export function metadataEntry(key: string, value: string): string {
  return `${key}=${value}`;
}

/** The metadata and labels that a document shows. */
export function detailsOf({ metadata = [], labels = [] }: WalletDocument): Details {
  const entries = metadata.map((entry): [string, string] => {
    const end = entry.indexOf('=');
    return [entry.slice(0, end), entry.slice(end + 1)];
  });
  return { metadata: Object.fromEntries(entries), labels };
}

/** Empty for an ordinary wallet, so that its document is the same in every release. */
function stateIn(wallet: Wallet): Partial<WalletDocument> {
  const { balanceMinor, heldMinor, status, terms, termsVersion, detailsVersion } = wallet;
  const available = availableMinor(wallet);
  return {
    ...(heldMinor === 0n ? {} : { heldMinor: heldMinor.toString() }),
    ...(available === balanceMinor ? {} : { availableMinor: available.toString() }),
    ...(status === 'active' ? {} : { status }),
    ...(termsVersion === 0 ? {} : { terms: writeTerms(terms), termsVersion }),
    ...(detailsVersion === 0 ? {} : { detailsVersion }),
  };
}

/** The wallet that a document shows; the inverse of `walletDocument`. */
export function walletOf(document: WalletDocument): Wallet {
  const { id, ownerId, currency, balanceMinor, version, createdAt, updatedAt } = document;
  return {
    id,
    ownerId,
    currency,
    balanceMinor: BigInt(balanceMinor),
    version,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
    ...stateOf(document),
  };
}

function stateOf({ id, ...document }: WalletDocument): Pick<Wallet, keyof typeof ordinaryState> {
  const { heldMinor = '0', status = 'active', terms, termsVersion = 0, detailsVersion = 0 } = document;
  const refuse = (reason: string) => new TypeError(`the document of wallet "${id}": ${reason}`);
  return {
    heldMinor: BigInt(heldMinor),
    status,
    terms: terms === undefined ? ordinaryTerms : readTerms(terms, refuse),
    termsVersion,
    detailsVersion,
  };
}

/** Every field has its type here. A field that is not listed is refused, not guessed. */
export const walletMappings = {
  dynamic: 'strict',
  properties: {
    id: { type: 'keyword' },
    tenantId: { type: 'keyword' },
    ownerId: { type: 'keyword' },
    currency: { type: 'keyword' },
    balance: { type: 'keyword', index: false },
    balanceMinor: { type: 'long' },
    version: { type: 'long' },
    createdAt: { type: 'date', format: 'strict_date_time' },
    updatedAt: { type: 'date', format: 'strict_date_time' },
    heldMinor: { type: 'long' },
    availableMinor: { type: 'long' },
    status: { type: 'keyword' },
    terms: { type: 'object', enabled: false },
    termsVersion: { type: 'long', index: false },
    detailsVersion: { type: 'long', index: false },
    metadata: { type: 'keyword' },
    labels: { type: 'keyword' },
  },
} as const;
