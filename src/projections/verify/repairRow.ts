// Repairs the wallet row of one stream. The row's lock makes the comparison exact. A command writes its event
// and this row in one database transaction. So no event of the wallet can commit while the row is locked.
// Commands on the wallet wait for that lock, so most of the stream is folded before it is taken.
import type { Pool, PoolClient } from 'pg';
import type { Wallet } from '../../domain/wallet.ts';
import { inDatabaseTransaction } from '../../eventStore/database.ts';
import { readStreams } from '../../eventStore/read/readStreams.ts';
import {
  insertMissingWallet,
  overwriteWallet,
  toWallet,
  walletColumns as columns,
  type WalletRow,
  walletValues,
} from '../../eventStore/walletRows.ts';
import { createStreamFold, isOfUnread } from '../readModel/fold/foldStreams.ts';
import { rowDiffers } from './compareWallet.ts';
import { repairState } from './repairState.ts';

const eventsPerRead = 10_000;

export interface RepairedRow {
  /** Fields that were wrong, or `missing`, or `extra`. */
  readonly row: readonly string[];
  /** The wallet as its stream leaves it; undefined without a readable event. */
  readonly wallet: Wallet | undefined;
  readonly events: number;
}

export async function repairRow(pool: Pool, walletId: string): Promise<RepairedRow> {
  const fold = createStreamFold();
  let cursor = { walletId, version: 0 };
  const readOn = async (database: Pool | PoolClient) => {
    for (;;) {
      const steps = await readStreams(database, { after: '', until: walletId }, cursor, eventsPerRead);
      fold.take(steps);
      cursor = steps.at(-1) ?? cursor;
      if (steps.length < eventsPerRead) return;
    }
  };
  await readOn(pool);
  return inDatabaseTransaction(pool, async (client) => {
    const stored = await lockRow(client, walletId);
    await readOn(client);
    const [folded] = fold.end();
    const wallet = folded?.wallet;
    const isLeft = stored !== undefined && isOfUnread(stored.version, folded);
    // First: the row sums up the open holds.
    const state = isLeft ? [] : await repairState(client, walletId);
    const row = isLeft ? [] : [...rowDiffers(stored, wallet), ...state];
    if (row.length > 0) await (wallet === undefined ? deleteRow(client, walletId) : writeRow(client, wallet));
    return { row, wallet, events: folded?.events ?? 0 };
  });
}

async function lockRow(client: PoolClient, walletId: string): Promise<Wallet | undefined> {
  const { rows } = await client.query<WalletRow>({
    name: 'lock-wallet-row',
    text: `
      select ${columns}
        from wallets
       where id = any(array[$1::text])
       order by id
         for update`,
    values: [walletId],
  });
  return rows[0] === undefined ? undefined : toWallet(rows[0]);
}

/**
 * Writes the row as folded. An existing row is locked, so it is overwritten whatever version it claims. A
 * missing row can't be locked: if a command inserted it meanwhile, its newer version stays.
 */
async function writeRow(client: PoolClient, wallet: Wallet): Promise<void> {
  const values = walletValues(wallet);
  const { rowCount } = await client.query({
    name: 'correct-wallet-row',
    text: overwriteWallet,
    values,
  });
  if (rowCount === 1) return;
  await client.query({
    name: 'insert-wallet-row',
    text: insertMissingWallet,
    values,
  });
}

async function deleteRow(client: PoolClient, walletId: string): Promise<void> {
  await client.query({
    name: 'delete-wallet-row',
    text: `
      delete from wallets
       where id = $1::text`,
    values: [walletId],
  });
}
