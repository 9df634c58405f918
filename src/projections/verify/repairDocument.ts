// Repairs the document of one wallet in one index, while the live drain writes to the same index. A document
// of a version that no event made must be deleted first, because Elasticsearch takes no lower version.
import { type Client, errors } from '@elastic/elasticsearch';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Wallet } from '../../domain/wallet.ts';
import { readDetails } from '../../eventStore/read/readDetails.ts';
import {
  ElasticsearchUnavailableError,
  type ReadModelDeps,
  whenAvailable,
} from '../readModel/elasticsearch.ts';
import { isOfUnread } from '../readModel/fold/foldStreams.ts';
import { foldWallet } from '../readModel/fold/foldWallet.ts';
import { type WalletDocument, walletDocument } from '../readModel/walletDocument.ts';
import { documentDifferences, readIndexedDocument, type StoredDocument } from './compareWallet.ts';

/**
 * Elasticsearch forgets a deleted document's version at a refresh, by a clock of a few hundred milliseconds.
 */
const forgetAttemptsMax = 50;
const forgetPauseMs = 100;

/**
 * Repairs one document and returns the fields that differed. A document that only lags is no difference.
 *
 * `external_gte` may replace a document of the same version, which a damaged one needs. It is dangerous if
 * two writers mean different contents by one version. Here every writer folds the same events, which never
 * change, so equal versions are equal documents. A newer document is never touched.
 *
 * The wallet is written to the aliases `repairedBefore` first. It may have grown since those were repaired.
 * An index that a rebuild is about to switch to must not lag the one that is read.
 */
export async function repairDocument(
  deps: ReadModelDeps,
  alias: string,
  walletId: string,
  repairedBefore: readonly string[],
): Promise<readonly string[]> {
  const { pool, elasticsearch } = deps;
  const indexed = await readIndexedDocument(elasticsearch, alias, walletId);
  const folded = await foldWallet(pool, walletId, {});
  const versionMin = indexed === undefined ? (folded?.wallet?.version ?? 0) : 0;
  const fields = await documentDifferences(pool, walletId, indexed, versionMin);
  // Fold again after the document was read. Otherwise an event committed in between could make the document's
  // version seem to come from no event.
  const latest = await foldWallet(pool, walletId, {});
  const wallet = latest?.wallet;
  if (indexed !== undefined && isOfUnread(indexed.version, latest)) return fields;
  const aliases = [...repairedBefore, alias];
  if (indexed !== undefined && (wallet === undefined || indexed.version > wallet.version)) {
    if (await removeDocument(elasticsearch, alias, walletId, indexed))
      await writeForgotten(deps, aliases, walletId);
  } else if (wallet !== undefined && !(await writeInOrder(deps, aliases, wallet))) {
    // Refused: the live drain was faster, or Elasticsearch remembers the version of a deleted document.
    const now = await readIndexedDocument(elasticsearch, alias, walletId);
    if (now === undefined) await writeForgotten(deps, aliases, walletId);
  }
  return fields;
}

/** Returns whether the last alias took the document. */
async function writeInOrder(
  { pool, elasticsearch }: ReadModelDeps,
  aliases: readonly string[],
  wallet: Wallet,
): Promise<boolean> {
  const document = walletDocument(wallet, (await readDetails(pool, [wallet])).get(wallet.id));
  let written = false;
  for (const alias of aliases) written = await writeDocument(elasticsearch, alias, document);
  return written;
}

/** Returns false if a newer version is there, or a deleted one is remembered. */
async function writeDocument(client: Client, alias: string, document: WalletDocument): Promise<boolean> {
  return whenAvailable(async () => {
    try {
      await client.index({
        index: alias,
        id: document.id,
        version: document.version,
        version_type: 'external_gte',
        require_alias: true,
        document,
      });
      return true;
    } catch (error) {
      if (error instanceof errors.ResponseError && error.statusCode === 409) return false;
      throw error;
    }
  });
}

/**
 * Deletes the document that was read. Returns false if another one has replaced it: that one is left alone.
 */
async function removeDocument(
  client: Client,
  alias: string,
  id: string,
  { write }: StoredDocument,
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
 * Writes the wallet to `aliases`. In the last of them Elasticsearch remembers the version of a deleted
 * document for a minute, and refuses every lower version. With the index's retention of deletes at zero, a
 * refresh makes it forget.
 *
 * Why not wait for that minute? Deleting, failing, and writing in a later attempt would need no setting and
 * no loop. But until then the read model would lack the wallet. The later attempt would no longer find the
 * difference that the operator is told. And a verification that repairs would wait a minute for every such
 * wallet.
 *
 * Until the write is taken, the drain's writes are refused too, and the drain goes on with later events. So
 * the wallet is folded and written once more after the first write, with whatever the drain could not write.
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
    if (wallet === undefined || (await writeInOrder(deps, aliases, wallet))) return true;
    const indexed = await readIndexedDocument(elasticsearch, alias, walletId);
    return indexed !== undefined && indexed.version >= wallet.version;
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
