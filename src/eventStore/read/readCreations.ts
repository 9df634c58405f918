// Reads who owns wallets, their currency and when they were created. A wallet keeps these from its first
// event on, and its row has them. So nobody has to search the segments of the log for that event.
import type { Pool, PoolClient } from 'pg';
import type { BalanceStep } from '../../domain/events.ts';

/** The first events of these wallets by their ids, without a balance. A wallet without a row is absent. */
export async function readCreations(
  database: Pick<Pool | PoolClient, 'query'>,
  walletIds: readonly string[],
): Promise<ReadonlyMap<string, BalanceStep>> {
  const { rows } = await database.query<{ id: string; owner_id: string; currency: string; created_at: Date }>(
    {
      name: 'read-creations',
      // The order keeps the plan on the primary key, also one that was made while the table was empty.
      text: `
      select id, owner_id, currency, created_at
        from wallets
       where id = any($1::text[])
       order by id`,
      values: [walletIds],
    },
  );
  return new Map(
    rows.map(({ id, owner_id: ownerId, currency, created_at: occurredAt }): [string, BalanceStep] => [
      id,
      {
        walletId: id,
        version: 1,
        occurredAt,
        event: { type: 'WalletCreated', ownerId, currency, balanceMinor: 0n },
      },
    ]),
  );
}
