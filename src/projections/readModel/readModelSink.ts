// Writes the read model for the drain. Folds a batch of events to one document for each wallet, and sends the
// documents to every target, in one request each.
import type { Pool } from 'pg';
import type { BalanceStep, StoredEvent } from '../../domain/events.ts';
import { eventKey } from '../../domain/reversal.ts';
import { readArchivedTerms, readArchivedThrough, readOpeningWallets } from '../../eventStore/openingRows.ts';
import { readCurrentDetails } from '../../eventStore/read/readDetails.ts';
import { readCreations } from '../../eventStore/read/readCreations.ts';
import { readEventsOf, readFirstEvents } from '../../eventStore/read/readEvents.ts';
import { readCurrentTerms } from '../../eventStore/read/readTerms.ts';
import { decodeEvents } from '../projectEvents.ts';
import type { Projection, EventToPark } from '../projection.ts';
import { bulkWrite, type DocumentLines, documentLines } from './bulkWrite.ts';
import { ElasticsearchUnavailableError, isIndexMissing, type ReadModelDeps } from './elasticsearch.ts';
import {
  creationOf,
  type FoldedWallet,
  foldWallets,
  termsNotIn,
  termsStepOf,
  walletsWithoutFirst,
} from './fold/foldWallets.ts';
import { chooseRefreshInterval, ensureFields, prepareWalletsIndex, walletsAlias } from './readModelIndex.ts';
import { indexOfTarget, readTargets, removeTarget } from './targets.ts';

export function createReadModelProjection(deps: ReadModelDeps): Projection {
  return {
    name: 'read-model',
    writes: 'before-checkpoint',
    prepare: async () => {
      await prepareWalletsIndex(deps);
      await ensureFields(deps);
      await chooseRefreshInterval(deps, false);
    },
    inBacklog: (isInBacklog) => chooseRefreshInterval(deps, isInBacklog),
    project: (events) => project(deps, events),
  };
}

async function project(deps: ReadModelDeps, events: readonly StoredEvent[]): Promise<readonly EventToPark[]> {
  const firsts = await loadFirstEvents(deps.pool, events);
  const { folded, unfoldable } = foldWallets(events, firsts, await loadTerms(deps.pool, events));
  return [...unfoldable, ...(await writeWallets(deps, folded))];
}

/**
 * The first events of these wallets. A first event may lie in any segment of the log, and the row of its
 * wallet says the same. So the log and the opening state are asked only for wallets without a row.
 */
async function loadFirstEvents(
  pool: Pool,
  events: readonly StoredEvent[],
): Promise<ReadonlyMap<string, BalanceStep>> {
  const walletIds = walletsWithoutFirst(events);
  if (walletIds.length === 0) return new Map();
  const found = await readCreations(pool, walletIds);
  const missing = walletIds.filter((walletId) => !found.has(walletId));
  if (missing.length === 0) return found;
  const { events: firsts } = decodeEvents(await readFirstEvents(pool, missing));
  const openings = await readOpeningWallets(pool, missing, await readArchivedThrough(pool));
  const opened = [...openings.values()].flatMap(({ wallet }) =>
    wallet === undefined ? [] : [creationOf(wallet)],
  );
  return new Map<string, BalanceStep>([
    ...found,
    ...[...opened, ...firsts].map((first): [string, BalanceStep] => [first.walletId, first]),
  ]);
}

/**
 * The events before the batch that carry the terms of wallets in it, by `eventKey`. The row of a wallet has
 * its newest terms. Of older ones the event is read, or the opening state if that is archived.
 */
async function loadTerms(
  pool: Pool,
  events: readonly StoredEvent[],
): Promise<ReadonlyMap<string, BalanceStep>> {
  const wanted = termsNotIn(events);
  if (wanted.length === 0) return new Map();
  const found = new Map<string, BalanceStep>();
  for (const [key, wallet] of await readCurrentTerms(pool, wanted))
    found.set(key, termsStepOf(wallet, wallet.terms));
  const older = wanted.filter((ref) => !found.has(eventKey(ref)));
  if (older.length === 0) return found;
  const recorded = await readEventsOf(pool, older);
  for (const event of decodeEvents(recorded).events) found.set(eventKey(event), event);
  const read = new Set(recorded.map(eventKey));
  const missing = older.filter((ref) => !read.has(eventKey(ref)));
  for (const [key, wallet] of await readArchivedTerms(pool, missing))
    found.set(key, termsStepOf(wallet, wallet.terms));
  return found;
}

/**
 * Writes to the other targets first, one after the other, and to the alias that is read last. So when a
 * rebuild moves that alias, the new index has every version that the old one ever showed.
 */
async function writeWallets(
  deps: ReadModelDeps,
  folded: readonly FoldedWallet[],
): Promise<readonly EventToPark[]> {
  const details = await readCurrentDetails(
    deps.pool,
    folded.map(({ wallet }) => wallet),
  );
  const documents = folded.map(({ wallet }) => documentLines(wallet, details.get(wallet.id)));
  // The targets are read after the events of this pass. Therefore a rebuild misses no event (see targets.ts).
  for (const alias of await readTargets(deps.pool)) await writeToTarget(deps, alias, documents);

  const { refused, missingAlias } = await bulkWrite(
    deps.elasticsearch,
    walletsAlias(deps.indexPrefix),
    documents,
  );
  const refusedAtLast = missingAlias.length === 0 ? [] : await writeToNewIndex(deps, missingAlias);
  const reasons = new Map([...refused, ...refusedAtLast].map(({ walletId, reason }) => [walletId, reason]));
  return folded.flatMap(({ wallet, positions }) => {
    const reason = reasons.get(wallet.id);
    if (reason === undefined) return [];
    return positions.map((position): EventToPark => ({ position, walletId: wallet.id, reason }));
  });
}

/**
 * A document that a target refuses parks no event, because no client reads it yet. The rebuild's verification
 * finds it missing. A target whose index was deleted is given up. Its rebuild finds that too and ends, and
 * the index that is read must not wait for it.
 */
async function writeToTarget(
  { pool, elasticsearch }: ReadModelDeps,
  alias: string,
  documents: readonly DocumentLines[],
): Promise<void> {
  const { missingAlias } = await bulkWrite(elasticsearch, alias, documents);
  if (missingAlias.length === 0) return;
  if (await isIndexMissing(elasticsearch, indexOfTarget(alias))) {
    await removeTarget(pool, alias);
    return;
  }
  // Another process may have given the target up since the list was read.
  if ((await readTargets(pool)).includes(alias)) {
    throw new ElasticsearchUnavailableError(
      `Elasticsearch has no alias "${alias}", and a rebuild of the read model writes to it`,
    );
  }
}

/** Recreates an index that was lost during a drain. The pass then finds its checkpoint reset and ends. */
async function writeToNewIndex(deps: ReadModelDeps, documents: readonly DocumentLines[]) {
  await prepareWalletsIndex(deps);
  const alias = walletsAlias(deps.indexPrefix);
  const { refused, missingAlias } = await bulkWrite(deps.elasticsearch, alias, documents);
  if (missingAlias.length > 0) {
    throw new ElasticsearchUnavailableError(`Elasticsearch has no alias "${alias}", and its index exists`);
  }
  return refused;
}
