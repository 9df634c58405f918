// Creates the index that a rebuild fills, switches reads to it, and deletes the index that is not read.
// Invariant: every step may run twice, because the worker that ran it may have died before it could report.
import type { Client } from '@elastic/elasticsearch';
import { readHead } from '../../../eventStore/logHead.ts';
import { RebuildSupersededError, UnrecoverableError } from '../../projection.ts';
import { type ReadModelDeps, isIndexMissing, whenAvailable } from '../elasticsearch.ts';
import {
  nextWalletsIndex,
  prepareWalletsIndex,
  refreshInterval,
  walletsAlias,
  walletsIndexes,
} from '../readModelIndex.ts';
import { addTarget, readTargets, removeTarget, targetAlias } from '../targets.ts';
import { walletMappings } from '../walletDocument.ts';

export interface RebuildIndex {
  /** The index that is read now. */
  readonly from: string;
  /** The new one. */
  readonly to: string;
  /** Every event up to this position was committed before the backfill begins; a JSON number. */
  readonly position: number;
}

/**
 * Creates the next index, without refreshes and replicas, and makes it a second target of the live drain.
 * Removes what an ended rebuild left. The index gets a number that no index ever had. Otherwise a late
 * attempt of an older rebuild, whose index was removed here, would take this index for its own.
 */
export async function prepareRebuildIndex(deps: ReadModelDeps): Promise<RebuildIndex> {
  const { pool, elasticsearch } = deps;
  await prepareWalletsIndex(deps);
  const to = await nextWalletsIndex(deps);
  const from = await removeOtherIndexes(deps);
  await whenAvailable(() =>
    elasticsearch.indices.create({
      index: to,
      aliases: { [targetAlias(to)]: {} },
      settings: { number_of_shards: 1, number_of_replicas: 0, refresh_interval: '-1' },
      mappings: walletMappings,
    }),
  );
  await addTarget(pool, targetAlias(to));
  return { from, to, position: Number(await readHead(pool)) };
}

/** Makes the filled index searchable, with replicas and refreshes like the old one. */
export async function finishIndex({ elasticsearch }: ReadModelDeps, index: string): Promise<void> {
  await whenAvailable(() =>
    elasticsearch.indices.putSettings({
      index,
      settings: { auto_expand_replicas: '0-1', refresh_interval: refreshInterval },
    }),
  );
  await whenAvailable(() => elasticsearch.indices.refresh({ index }));
}

/**
 * Moves the alias in one call. Throws RebuildSupersededError if reads have moved to a third index. Such an
 * index replaced a lost one, or belongs to another rebuild. Lists never go back a version. The drain writes
 * to the new index first, and the old index stops showing new writes before the last refresh of the new one.
 */
export async function switchAlias(deps: ReadModelDeps, from: string, to: string): Promise<void> {
  const { pool, elasticsearch, indexPrefix } = deps;
  const alias = walletsAlias(indexPrefix);
  const read = await indexOfAlias(deps);
  if (read !== to) {
    if (read !== from)
      throw new RebuildSupersededError(
        `"${read}" is read instead of "${from}", which was to give way to "${to}"`,
      );
    // The old index is kept up to date through the grace period, so moving the alias back would lose nothing.
    await whenAvailable(() => elasticsearch.indices.putAlias({ index: from, name: targetAlias(from) }));
    await addTarget(pool, targetAlias(from));
    await setRefreshInterval(elasticsearch, from, '-1');
    // A new interval makes Elasticsearch refresh once more, later and by itself. The two refreshes of `from`
    // queue after it.
    for (const index of [from, from, to]) await whenAvailable(() => elasticsearch.indices.refresh({ index }));
    await whenAvailable(() =>
      elasticsearch.indices.updateAliases({
        actions: [{ remove: { index: from, alias, must_exist: true } }, { add: { index: to, alias } }],
      }),
    );
  }
  await removeTarget(pool, targetAlias(to));
}

/**
 * Removes the index of a rebuild that is not read, with its registration. That is the new one if the rebuild
 * failed or was cancelled, and the old one after the grace period. The other index stays searchable, however
 * far the switch had come. Indexes of another rebuild are left alone.
 */
export async function removeUnread(
  deps: ReadModelDeps,
  { from, to }: Pick<RebuildIndex, 'from' | 'to'>,
): Promise<void> {
  const { pool, elasticsearch } = deps;
  const read = await indexOfAlias(deps);
  for (const index of [from, to]) {
    if (index === read) await setRefreshInterval(elasticsearch, read, refreshInterval);
    else await deleteUnread(deps, index, read);
    await removeTarget(pool, targetAlias(index));
  }
}

/**
 * Removes every index but the one that is read, with their registrations, and returns that one. The others
 * were left by rebuilds whose workflows are gone. The index that is read stays searchable, however far a
 * switch had come.
 */
export async function removeOtherIndexes(deps: ReadModelDeps): Promise<string> {
  const { pool, elasticsearch } = deps;
  const read = await indexOfAlias(deps);
  await setRefreshInterval(elasticsearch, read, refreshInterval);
  // Read the targets before the indexes: each of these targets then has its index in that list. Later targets
  // stay.
  const targets = await readTargets(pool);
  for (const index of await walletsIndexes(deps)) {
    if (index !== read) await deleteUnread(deps, index, read);
  }
  for (const alias of targets) await removeTarget(pool, alias);
  return read;
}

/**
 * Deletes an index in one call. The call fails if a switch has moved reads away from `read` meanwhile. The
 * registration is removed after the index, never before. An index without a registration misses writes, and a
 * rebuild could still switch to it.
 */
async function deleteUnread(
  { elasticsearch, indexPrefix }: ReadModelDeps,
  index: string,
  read: string,
): Promise<void> {
  const alias = walletsAlias(indexPrefix);
  await whenAvailable(async () => {
    try {
      await elasticsearch.indices.updateAliases({
        actions: [
          { remove: { index: read, alias, must_exist: true } },
          { add: { index: read, alias } },
          { remove_index: { index } },
        ],
      });
    } catch (error) {
      if (!(await isIndexMissing(elasticsearch, index))) throw error;
    }
  });
}

/** The index that the read alias points to. */
export async function indexOfAlias({ elasticsearch, indexPrefix }: ReadModelDeps): Promise<string> {
  const alias = walletsAlias(indexPrefix);
  const indexes = Object.keys(await whenAvailable(() => elasticsearch.indices.getAlias({ name: alias })));
  const [index] = indexes;
  if (index === undefined || indexes.length > 1) {
    throw new UnrecoverableError(
      `alias "${alias}" stands for ${indexes.length} indexes: exactly one has to be read`,
    );
  }
  return index;
}

async function setRefreshInterval(client: Client, index: string, interval: string): Promise<void> {
  await whenAvailable(() => client.indices.putSettings({ index, settings: { refresh_interval: interval } }));
}
