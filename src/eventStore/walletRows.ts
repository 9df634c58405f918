// The rows of `wallets`: their columns, how one becomes a Wallet, and how wallets become the parameters of a
// write. Every statement on the table takes its columns from here, so a new column is one change.
import type { Wallet } from '../domain/wallet.ts';

/** All columns, in the order of `walletParameters`. Statements import it as `columns`. */
export const walletColumns = 'id, owner_id, currency, balance_minor, version, created_at, updated_at';

/** A row of `wallets` as node-postgres gives it. */
export interface WalletRow {
  readonly id: string;
  readonly owner_id: string;
  readonly currency: string;
  readonly balance_minor: string;
  readonly version: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export function toWallet(row: WalletRow): Wallet {
  return {
    id: row.id,
    ownerId: row.owner_id,
    currency: row.currency,
    balanceMinor: BigInt(row.balance_minor),
    version: Number(row.version),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The parameters of a write of many wallets: one array for each column, in the order of `walletColumns`. */
export function walletParameters(wallets: readonly Wallet[]): unknown[][] {
  return [
    wallets.map(({ id }) => id),
    wallets.map(({ ownerId }) => ownerId),
    wallets.map(({ currency }) => currency),
    wallets.map(({ balanceMinor }) => balanceMinor.toString()),
    wallets.map(({ version }) => version),
    wallets.map(({ createdAt }) => createdAt.toISOString()),
    wallets.map(({ updatedAt }) => updatedAt.toISOString()),
  ];
}

/** The parameters of a write of one wallet, in the order of `walletColumns`. */
export function walletValues(wallet: Wallet): unknown[] {
  const { id, ownerId, currency, balanceMinor, version, createdAt, updatedAt } = wallet;
  return [id, ownerId, currency, balanceMinor.toString(), version, createdAt, updatedAt];
}
