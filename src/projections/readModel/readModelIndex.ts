// Where the read model's documents live. Everyone, readers and writers, knows only aliases: a rebuild can move
// them to another index in one step, and a write through an alias never creates an index by accident.
import { errors } from '@elastic/elasticsearch';
import { rewindCheckpoint } from '../checkpoints.ts';
import type { ReadModelDeps } from './elasticsearch.ts';
import { ElasticsearchUnavailableError, whenAvailable } from './elasticsearch.ts';
import { walletMappings } from './walletDocument.ts';

/** How soon a search sees a document. Named, because an unset one makes an idle index wait for a search. */
export const refreshInterval = '250ms';

/** Looks at who made the index meanwhile. */
const createAttemptsMax = 5;

/** The alias that reads use, and the first target of writes. */
export function walletsAlias(indexPrefix: string): string {
  return `${indexPrefix}wallets`;
}

/** The index behind the alias until the first rebuild. */
export function firstWalletsIndex(indexPrefix: string): string {
  return indexNumbered(indexPrefix, 1);
}

/**
 * Makes the read model's index where there is none, whoever misses it first. If the projection had come further than the
 * beginning, its index got lost: it begins again, before the empty index exists, so that no checkpoint ever speaks for
 * documents that are not there.
 */
export async function prepareWalletsIndex({
  pool,
  elasticsearch,
  indexPrefix,
}: ReadModelDeps): Promise<void> {
  const name = walletsAlias(indexPrefix);
  if (await whenAvailable(() => elasticsearch.indices.existsAlias({ name }))) return;
  await rewindCheckpoint(pool, 'read-model');
  await ensureWalletsIndex({ pool, elasticsearch, indexPrefix });
}

/**
 * Creates an index together with its alias where the alias stands for none. That is the first one, unless it is there and
 * nobody reads it: as the old one of a rebuild whose new one got lost. Two who do this at once name the same index. Throws
 * ElasticsearchUnavailableError where none comes of several tries.
 */
export async function ensureWalletsIndex(deps: ReadModelDeps): Promise<void> {
  const { elasticsearch, indexPrefix } = deps;
  const alias = walletsAlias(indexPrefix);
  for (let attempt = 1; attempt <= createAttemptsMax; attempt += 1) {
    // Looked at before the alias: whoever finds none then has the same list as everybody else who finds none.
    const existing = await walletsIndexes(deps);
    if (await whenAvailable(() => elasticsearch.indices.existsAlias({ name: alias }))) return;
    const index = existing.includes(firstWalletsIndex(indexPrefix))
      ? indexNumbered(indexPrefix, highestNumber(indexPrefix, existing) + 1)
      : firstWalletsIndex(indexPrefix);
    await whenAvailable(async () => {
      try {
        await elasticsearch.indices.create({
          index,
          aliases: { [alias]: {} },
          settings: { number_of_shards: 1, auto_expand_replicas: '0-1', refresh_interval: refreshInterval },
          mappings: walletMappings,
        });
      } catch (error) {
        if (!(error instanceof errors.ResponseError && alreadyExists(error))) throw error;
      }
    });
  }
  throw new ElasticsearchUnavailableError(
    `Elasticsearch has no alias "${alias}", and every index made for it was there`,
  );
}

/** Name for the index of a rebuild: of a number that no index has and no rebuild was ever given. */
export async function nextWalletsIndex(deps: ReadModelDeps): Promise<string> {
  const { pool, indexPrefix } = deps;
  const { rows } = await pool.query<{ highest: string }>({
    name: 'next-index-number',
    text: `
      update read_model_index_numbers
         set highest = greatest(highest, $1::bigint) + 1
      returning highest`,
    values: [highestNumber(indexPrefix, await walletsIndexes(deps))],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('read_model_index_numbers has no row: run the migrations');
  return indexNumbered(indexPrefix, Number(row.highest));
}

export async function walletsIndexes({
  elasticsearch,
  indexPrefix,
}: ReadModelDeps): Promise<readonly string[]> {
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

function highestNumber(indexPrefix: string, indexes: readonly string[]): number {
  return Math.max(0, ...indexes.map((index) => numberOf(indexPrefix, index) ?? 0));
}

function indexNumbered(indexPrefix: string, number: number): string {
  return `${walletsAlias(indexPrefix)}-${String(number).padStart(6, '0')}`;
}

export function alreadyExists({ message }: errors.ResponseError): boolean {
  return message.includes('resource_already_exists_exception');
}
