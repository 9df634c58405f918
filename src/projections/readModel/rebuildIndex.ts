// The index that a rebuild fills, from its creation to the switch, and the end of the one that loses. Every step stands
// being run twice: the worker that ran it may have died before it could say so.
import { type Client, errors } from '@elastic/elasticsearch';
import { whenAvailable } from './elasticsearch.ts';
import type { IndexDeps } from './fillIndex.ts';
import { prepareWalletsIndex, refreshInterval, walletsAlias } from './readModelIndex.ts';
import { addTarget, readHead, readTargets, removeTarget } from './targets.ts';
import { walletMappings } from './walletDocument.ts';

export interface RebuildIndex {
  /** The index that is read now. */
  readonly from: string;
  /** The new one. */
  readonly to: string;
  /** Every event up to this position was committed before the backfill begins; a JSON number. */
  readonly position: number;
}

/** The alias under which an index is written to while it is not, or not alone, the one that is read. */
export function targetAlias(index: string): string {
  return `${index}-target`;
}

/**
 * Creates the next index, without refreshes and replicas, and makes it a second target of the live drain. What an
 * ended rebuild left behind is removed. The number is one that no index has had: a rebuild under an id of somebody's own,
 * whose index goes with that, must not take this one for its own.
 */
export async function prepareRebuild(deps: IndexDeps): Promise<RebuildIndex> {
  const { pool, elasticsearch, indexPrefix } = deps;
  await prepareWalletsIndex(deps);
  const to = indexBehind(indexPrefix, await walletsIndexes(deps));
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
export async function finishIndex({ elasticsearch }: IndexDeps, index: string): Promise<void> {
  await whenAvailable(() =>
    elasticsearch.indices.putSettings({
      index,
      settings: { auto_expand_replicas: '0-1', refresh_interval: refreshInterval },
    }),
  );
  await whenAvailable(() => elasticsearch.indices.refresh({ index }));
}

/**
 * Moves the alias in one call. Lists never go back either: the old index shows nothing new to searches from before
 * the new one is refreshed, and the drain wrote to the new one first.
 */
export async function switchAlias(deps: IndexDeps, from: string, to: string): Promise<void> {
  const { pool, elasticsearch, indexPrefix } = deps;
  const alias = walletsAlias(indexPrefix);
  if ((await indexBehindAlias(deps)) !== to) {
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
  deps: IndexDeps,
  { from, to }: Pick<RebuildIndex, 'from' | 'to'>,
): Promise<void> {
  const { pool, elasticsearch } = deps;
  const read = await indexBehindAlias(deps);
  for (const index of [from, to]) {
    await removeTarget(pool, targetAlias(index));
    if (index === read) await setRefreshInterval(elasticsearch, read, refreshInterval);
    else await deleteIndex(elasticsearch, index);
  }
}

/**
 * Removes every index but the one that is read, with their registrations, and returns that one: what a rebuild left
 * behind whose worker and workflow are gone. The index that stays is searched as ever, however far a switch had come.
 */
export async function removeOtherIndexes(deps: IndexDeps): Promise<string> {
  const { pool, elasticsearch } = deps;
  const read = await indexBehindAlias(deps);
  for (const alias of await readTargets(pool)) await removeTarget(pool, alias);
  await setRefreshInterval(elasticsearch, read, refreshInterval);
  for (const index of await walletsIndexes(deps)) {
    if (index !== read) await deleteIndex(elasticsearch, index);
  }
  return read;
}

/** The index that the alias of reads stands for. */
export async function indexBehindAlias({ elasticsearch, indexPrefix }: IndexDeps): Promise<string> {
  const alias = walletsAlias(indexPrefix);
  const indexes = Object.keys(await whenAvailable(() => elasticsearch.indices.getAlias({ name: alias })));
  const [index] = indexes;
  if (index === undefined || indexes.length > 1) {
    throw new Error(`alias "${alias}" stands for ${indexes.length} indexes: exactly one has to be read`);
  }
  return index;
}

async function walletsIndexes({ elasticsearch, indexPrefix }: IndexDeps): Promise<readonly string[]> {
  const index = `${walletsAlias(indexPrefix)}-*`;
  const found = await whenAvailable(() => elasticsearch.indices.get({ index, features: ['aliases'] }));
  return Object.keys(found).filter((name) => numberOf(indexPrefix, name) !== undefined);
}

/** 7 for `wallets-000007`; undefined for an index that is not one of these. */
function numberOf(indexPrefix: string, index: string): number | undefined {
  const start = `${walletsAlias(indexPrefix)}-`;
  const digits = index.slice(start.length);
  return index.startsWith(start) && /^\d{6}$/.test(digits) ? Number(digits) : undefined;
}

function indexBehind(indexPrefix: string, indexes: readonly string[]): string {
  const numbers = indexes.map((index) => numberOf(indexPrefix, index) ?? 0);
  return `${walletsAlias(indexPrefix)}-${String(Math.max(0, ...numbers) + 1).padStart(6, '0')}`;
}

async function setRefreshInterval(client: Client, index: string, interval: string): Promise<void> {
  await whenAvailable(() => client.indices.putSettings({ index, settings: { refresh_interval: interval } }));
}

async function deleteIndex(client: Client, index: string): Promise<void> {
  await whenAvailable(async () => {
    try {
      await client.indices.delete({ index });
    } catch (error) {
      if (error instanceof errors.ResponseError && error.statusCode === 404) return;
      throw error;
    }
  });
}
