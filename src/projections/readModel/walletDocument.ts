// The read model's document of one wallet, and its mapping in Elasticsearch. Pure. The document holds the
// balance as exact decimal text, and again in minor units for sorting and ranges. Both are strings, because
// JSON numbers lose digits.
import { formatAmount } from '../../domain/money.ts';
import { defaultTenant, tenantOf } from '../../domain/tenant.ts';
import type { Wallet } from '../../domain/wallet.ts';

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
}

export function walletDocument(wallet: Wallet): WalletDocument {
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
  },
} as const;
