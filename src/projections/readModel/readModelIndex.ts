// Creates and names the indexes of the read model. Readers and writers use only aliases. So a rebuild moves
// reads to another index in one step, and no write creates an index by accident.
import { errors } from '@elastic/elasticsearch';
import { rewindCheckpoint } from '../checkpoints.ts';
import { UnrecoverableError } from '../projection.ts';
import type { ReadModelDeps } from './elasticsearch.ts';
import { ElasticsearchUnavailableError, isAliasMissing, whenAvailable } from './elasticsearch.ts';
import { readTargets } from './targets.ts';
import { walletMappings } from './walletDocument.ts';

/**
 * How soon a search sees a document. If it were unset, an idle index would refresh only after a search came.
 */
export const refreshInterval = '250ms';

/**
 * The same during a backlog, whose documents are late anyway. Refreshes at the usual interval took two fifths
 * of Elasticsearch's time for a backlog.
 */
const backlogRefreshInterval = '5s';

/** Most attempts to create an index while other processes do the same. */
const createAttemptsMax = 5;

/** The alias that reads use, and the first target of writes. */
export function walletsAlias(indexPrefix: string): string {
  return `${indexPrefix}wallets`;
}

/** The index of the alias until the first rebuild. */
export function firstWalletsIndex(indexPrefix: string): string {
  return indexNumbered(indexPrefix, 1);
}

/**
 * Creates the read-model index if it is missing. Any caller may do so. A checkpoint above 0 means that the
 * index was lost, which Elasticsearch has to say by two routes. The checkpoint is reset before the empty
 * index is created, so it never vouches for documents that do not exist.
 */
export async function prepareWalletsIndex({
  pool,
  elasticsearch,
  indexPrefix,
}: ReadModelDeps): Promise<void> {
  if (!(await isAliasMissing(elasticsearch, walletsAlias(indexPrefix)))) return;
  await rewindCheckpoint(pool, 'read-model');
  await ensureWalletsIndex({ pool, elasticsearch, indexPrefix });
}

/**
 * Gives an older index the fields that it lacks. Without them the index would refuse a document that has one.
 * Changes nothing in an index that has them already.
 */
export async function ensureFields({ elasticsearch, indexPrefix }: ReadModelDeps): Promise<void> {
  const { properties } = walletMappings;
  await whenAvailable(() =>
    elasticsearch.indices.putMapping({ index: walletsAlias(indexPrefix), properties }),
  );
}

/**
 * Chooses the interval of refreshes. Leaves it alone during a rebuild, which stops the refreshes of the index
 * that gives way, so that lists never go back a version.
 */
export async function chooseRefreshInterval(
  { pool, elasticsearch, indexPrefix }: ReadModelDeps,
  isInBacklog: boolean,
): Promise<void> {
  if ((await readTargets(pool)).length > 0) return;
  const interval = isInBacklog ? backlogRefreshInterval : refreshInterval;
  await whenAvailable(() =>
    elasticsearch.indices.putSettings({
      index: walletsAlias(indexPrefix),
      settings: { refresh_interval: interval },
    }),
  );
}

/**
 * Creates an index with its alias if the alias points to none. The index gets number 1. If that index is left
 * over from a rebuild whose new index was lost, it gets the next free number. Two processes that do this at
 * once pick the same name. Throws ElasticsearchUnavailableError if several attempts failed.
 */
export async function ensureWalletsIndex(deps: ReadModelDeps): Promise<void> {
  const { elasticsearch, indexPrefix } = deps;
  const alias = walletsAlias(indexPrefix);
  for (let attempt = 1; attempt <= createAttemptsMax; attempt += 1) {
    // Read the indexes before the alias: every process that finds no alias then has the same list.
    const existing = await walletsIndexes(deps);
    if (!(await isAliasMissing(elasticsearch, alias))) return;
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

/** A name for the index of a rebuild. No index has its number, and no rebuild ever had it. */
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
  if (row === undefined)
    throw new UnrecoverableError('read_model_index_numbers has no row: run the migrations');
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

function alreadyExists({ message }: errors.ResponseError): boolean {
  return message.includes('resource_already_exists_exception');
}
