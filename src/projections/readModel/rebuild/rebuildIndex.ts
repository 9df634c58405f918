// The index that a rebuild fills, from its creation to the switch, and the end of the one that loses. Every step stands
// being run twice: the worker that ran it may have died before it could say so.
import type { Client } from '@elastic/elasticsearch';
import { readHead } from '../../../eventStore/logHead.ts';
import { RebuildSupersededError } from '../../projection.ts';
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
 * Creates the next index, without refreshes and replicas, and makes it a second target of the live drain. What an
 * ended rebuild left behind is removed. The number is one that no index has had: a rebuild under an id of somebody's own,
 * whose index goes with that, must not take this one for its own.
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

/** Makes the filled index one that can be searched as the old one is. */
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
 * Moves the alias in one call. Throws RebuildSupersededError where reads have gone to a third index meanwhile: one that took the
 * place of a lost one, or of another rebuild. Lists never go back either: the old index shows nothing new to searches from
 * before the new one is refreshed, and the drain wrote to the new one first.
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
    // The old one is kept up to date through the grace: moving the alias back would lose nothing.
    await whenAvailable(() => elasticsearch.indices.putAlias({ index: from, name: targetAlias(from) }));
    await addTarget(pool, targetAlias(from));
    await setRefreshInterval(elasticsearch, from, '-1');
    // A new interval makes Elasticsearch refresh once more, later and by itself; these two queue up behind that.
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
 * Removes that of a rebuild's two indexes which is not read, with its registration: the new one where the rebuild failed or
 * was cancelled, the old one behind the grace. The other one is searched as ever, however far the switch had come. What
 * another rebuild makes is left alone.
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
 * Removes every index but the one that is read, with their registrations, and returns that one: what a rebuild left
 * behind whose worker and workflow are gone. The index that stays is searched as ever, however far a switch had come.
 */
export async function removeOtherIndexes(deps: ReadModelDeps): Promise<string> {
  const { pool, elasticsearch } = deps;
  const read = await indexOfAlias(deps);
  await setRefreshInterval(elasticsearch, read, refreshInterval);
  // Looked at before the indexes: whatever is registered by now has its index among those, and what comes later stays.
  const targets = await readTargets(pool);
  for (const index of await walletsIndexes(deps)) {
    if (index !== read) await deleteUnread(deps, index, read);
  }
  for (const alias of targets) await removeTarget(pool, alias);
  return read;
}

/**
 * Deletes an index while another one is read, in one call that fails where that has changed: a switch may have moved the
 * alias since it was looked at. Registrations are removed behind it, never before: an index that stands without one misses
 * what is written, and could still be switched to.
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

/** The index that the alias of reads stands for. */
export async function indexOfAlias({ elasticsearch, indexPrefix }: ReadModelDeps): Promise<string> {
  const alias = walletsAlias(indexPrefix);
  const indexes = Object.keys(await whenAvailable(() => elasticsearch.indices.getAlias({ name: alias })));
  const [index] = indexes;
  if (index === undefined || indexes.length > 1) {
    throw new Error(`alias "${alias}" stands for ${indexes.length} indexes: exactly one has to be read`);
  }
  return index;
}

async function setRefreshInterval(client: Client, index: string, interval: string): Promise<void> {
  await whenAvailable(() => client.indices.putSettings({ index, settings: { refresh_interval: interval } }));
}
