// Puts one wallet right: its row on the write side and its document in every target, both from the stream alone, and
// says what differed. Commands and the live drain go on meanwhile.
import { type Client, errors } from '@elastic/elasticsearch';
import type { PoolClient } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Wallet } from '../../domain/wallet.ts';
import { inDatabaseTransaction } from '../../eventStore/database.ts';
import {
  toWallet,
  walletColumns as columns,
  type WalletRow,
  walletValues,
} from '../../eventStore/walletRows.ts';
import { readStreams } from '../../eventStore/read/readStreams.ts';
import { documentDifferences, type FoundDocument, readIndexedDocument, rowDiffers } from './compareWallet.ts';
import {
  ElasticsearchUnavailableError,
  type ReadModelDeps,
  whenAvailable,
} from '../readModel/elasticsearch.ts';
import { createStreamFold, isOfUnread } from '../readModel/fold/foldStreams.ts';
import { foldWallet } from '../readModel/fold/foldWallet.ts';
import { prepareWalletsIndex, walletsAlias } from '../readModel/readModelIndex.ts';
import { readTargets } from '../readModel/targets.ts';
import { walletDocument } from '../readModel/walletDocument.ts';

const eventsPerRead = 10_000;
/** Elasticsearch forgets a deleted document's version at a refresh, by a clock of a few hundred milliseconds. */
const forgetAttemptsMax = 50;
const forgetPauseMs = 100;

export interface MendedWallet {
  readonly version: number;
  readonly events: number;
  /** Fields that were wrong, or `missing`, or `extra`. */
  readonly row: readonly string[];
  readonly document: readonly string[];
}

/** Compares and corrects row and document of one wallet. */
export async function mendWallet(deps: ReadModelDeps, walletId: string): Promise<MendedWallet> {
  const { row, wallet, events } = await mendRow(deps, walletId);
  await prepareWalletsIndex(deps);
  const targets = await readTargets(deps.pool);
  for (const [at, alias] of targets.entries())
    await mendDocument(deps, alias, walletId, targets.slice(0, at));
  const document = await mendDocument(deps, walletsAlias(deps.indexPrefix), walletId, targets);
  return { version: wallet?.version ?? 0, events, row, document };
}

/**
 * Corrects the row. Its lock makes the comparison exact: a command writes its event and this row in one database
 * transaction, so while the row is held no event of the wallet can be committed behind the fold. Most of the stream is
 * folded before the lock is taken, because whoever appends to this wallet waits for it.
 */
async function mendRow({ pool }: ReadModelDeps, walletId: string) {
  const fold = createStreamFold();
  let cursor = { walletId, version: 0 };
  const readOn = async (database: ReadModelDeps['pool'] | PoolClient) => {
    for (;;) {
      const steps = await readStreams(database, { after: '', until: walletId }, cursor, eventsPerRead);
      fold.take(steps);
      cursor = steps.at(-1) ?? cursor;
      if (steps.length < eventsPerRead) return;
    }
  };
  await readOn(pool);
  return inDatabaseTransaction(pool, async (client) => {
    const held = await lockRow(client, walletId);
    await readOn(client);
    const [folded] = fold.end();
    const wallet = folded?.wallet;
    const isLeft = held !== undefined && isOfUnread(held.version, folded);
    const row = isLeft ? [] : rowDiffers(held, wallet);
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
       where id = $1::text
         for update`,
    values: [walletId],
  });
  return rows[0] === undefined ? undefined : toWallet(rows[0]);
}

/**
 * Writes the row as folded. A row that was there is locked, so it is overwritten whatever version it claims. One that
 * was missing can't be locked: where a command made it meanwhile, its newer version stays.
 */
async function writeRow(client: PoolClient, wallet: Wallet): Promise<void> {
  const values = walletValues(wallet);
  const { rowCount } = await client.query({
    name: 'correct-wallet-row',
    text: `
      update wallets
         set owner_id = $2::text,
             currency = $3::text,
             balance_minor = $4::bigint,
             version = $5::bigint,
             created_at = $6::timestamptz,
             updated_at = $7::timestamptz
       where id = $1::text`,
    values,
  });
  if (rowCount === 1) return;
  await client.query({
    name: 'insert-wallet-row',
    text: `
      insert into wallets (${columns})
      values ($1::text, $2::text, $3::text, $4::bigint, $5::bigint, $6::timestamptz, $7::timestamptz)
          on conflict on constraint wallets_pkey do nothing`,
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

/**
 * Corrects one document and returns the fields that differed; one that only lags behind is no difference.
 *
 * `external_gte` may replace a document of the same version, which is what a damaged one needs. It is dangerous where
 * two writers mean different contents by one version; here every writer folds the same events, which never change, so
 * equal versions are equal documents. A newer one is never touched.
 *
 * What is written goes to `mendedBefore` first: the wallet may have grown since those were put right, and an index that a
 * rebuild is about to switch to must not be behind the one that is read.
 */
async function mendDocument(
  deps: ReadModelDeps,
  alias: string,
  walletId: string,
  mendedBefore: readonly string[],
): Promise<readonly string[]> {
  const { pool, elasticsearch } = deps;
  const held = await readIndexedDocument(elasticsearch, alias, walletId);
  const folded = await foldWallet(pool, walletId, {});
  const fields = await documentDifferences(
    pool,
    walletId,
    held,
    held === undefined ? (folded?.wallet?.version ?? 0) : 0,
  );
  // Read again behind the document: a version that no event made must not pass for one that came meanwhile.
  const latest = await foldWallet(pool, walletId, {});
  const wallet = latest?.wallet;
  if (held !== undefined && isOfUnread(held.version, latest)) return fields;
  const aliases = [...mendedBefore, alias];
  if (held !== undefined && (wallet === undefined || held.version > wallet.version)) {
    if (await removeDocument(elasticsearch, alias, walletId, held))
      await writeForgotten(deps, aliases, walletId);
  } else if (wallet !== undefined && !(await writeInOrder(elasticsearch, aliases, wallet))) {
    // Refused: either the live drain was faster, or the version of a deleted document stands in the way.
    const now = await readIndexedDocument(elasticsearch, alias, walletId);
    if (now === undefined) await writeForgotten(deps, aliases, walletId);
  }
  return fields;
}

/** Returns what became of the last one. */
async function writeInOrder(client: Client, aliases: readonly string[], wallet: Wallet): Promise<boolean> {
  let written = false;
  for (const alias of aliases) written = await writeDocument(client, alias, wallet);
  return written;
}

/** Returns false where a newer version is there, or a deleted one is remembered. */
async function writeDocument(client: Client, alias: string, wallet: Wallet): Promise<boolean> {
  return whenAvailable(async () => {
    try {
      await client.index({
        index: alias,
        id: wallet.id,
        version: wallet.version,
        version_type: 'external_gte',
        require_alias: true,
        document: walletDocument(wallet),
      });
      return true;
    } catch (error) {
      if (error instanceof errors.ResponseError && error.statusCode === 409) return false;
      throw error;
    }
  });
}

/** Removes the very document that was read. Returns false where another one stands there by now, which is none of ours. */
async function removeDocument(
  client: Client,
  alias: string,
  id: string,
  { write }: FoundDocument,
): Promise<boolean> {
  return whenAvailable(async () => {
    try {
      await client.delete({ index: alias, id, ...write });
      return true;
    } catch (error) {
      if (error instanceof errors.ResponseError && error.statusCode === 404) return true;
      if (error instanceof errors.ResponseError && error.statusCode === 409) return false;
      throw error;
    }
  });
}

/**
 * Writes the wallet, where there is one, to the last of `aliases`, in which a deleted document's version stands in the way.
 * Elasticsearch remembers it for a minute and would refuse every right one until then, so it is told to forget: with the
 * retention of deletes at zero, a refresh does.
 *
 * Until the write is taken the drain's writes are refused too, and it goes on behind them. So the stream is folded once
 * more behind that: whatever comes later finds no such version in its way.
 */
async function writeForgotten(
  deps: ReadModelDeps,
  aliases: readonly string[],
  walletId: string,
): Promise<void> {
  const { pool, elasticsearch } = deps;
  const alias = aliases.at(-1) ?? '';
  const writeLatest = async () => {
    const wallet = (await foldWallet(pool, walletId, {}))?.wallet;
    if (wallet === undefined || (await writeInOrder(elasticsearch, aliases, wallet))) return true;
    const held = await readIndexedDocument(elasticsearch, alias, walletId);
    return held !== undefined && held.version >= wallet.version;
  };
  const keepDeletes = (time: string | null) =>
    whenAvailable(() =>
      elasticsearch.indices.putSettings({ index: alias, settings: { gc_deletes: time as string } }),
    );
  await keepDeletes('0s');
  try {
    for (let attempt = 1; attempt <= forgetAttemptsMax; attempt += 1) {
      await sleep(forgetPauseMs);
      await whenAvailable(() => elasticsearch.indices.refresh({ index: alias }));
      if (await writeLatest()) {
        await writeLatest();
        return;
      }
    }
  } finally {
    await keepDeletes(null);
  }
  throw new ElasticsearchUnavailableError(
    `Elasticsearch still refuses the document of wallet "${walletId}" in "${alias}": it remembers a deleted version`,
  );
}
