// Where the read model's documents live. Everyone, readers and writers, knows only aliases: a rebuild can move
// them to another index in one step, and a write through an alias never creates an index by accident.
import { type Client, errors } from '@elastic/elasticsearch';
import { rewindCheckpoint } from '../checkpoints.ts';
import type { IndexDeps } from './fillIndex.ts';
import { whenAvailable } from './elasticsearch.ts';
import { walletMappings } from './walletDocument.ts';

/** How soon a search sees a document. Named, because an unset one makes an idle index wait for a search. */
export const refreshInterval = '250ms';

/** The alias that reads use, and the first target of writes. */
export function walletsAlias(indexPrefix: string): string {
  return `${indexPrefix}wallets`;
}

/** The index behind the alias until the first rebuild. */
export function firstWalletsIndex(indexPrefix: string): string {
  return `${indexPrefix}wallets-000001`;
}

/**
 * Makes the read model's index where there is none, whoever misses it first. If the projection had come further than the
 * beginning, its index got lost: it begins again, before the empty index exists, so that no checkpoint ever speaks for
 * documents that are not there.
 */
export async function prepareWalletsIndex({ pool, elasticsearch, indexPrefix }: IndexDeps): Promise<void> {
  const name = walletsAlias(indexPrefix);
  if (await whenAvailable(() => elasticsearch.indices.existsAlias({ name }))) return;
  await rewindCheckpoint(pool, 'read-model');
  await ensureWalletsIndex(elasticsearch, indexPrefix);
}

/**
 * Creates the first index together with its alias. Returns false where it was there already, or where the alias stands
 * for the index of a rebuild: an alias of two indexes can't be written to.
 */
export async function ensureWalletsIndex(client: Client, indexPrefix: string): Promise<boolean> {
  return whenAvailable(async () => {
    if (await client.indices.existsAlias({ name: walletsAlias(indexPrefix) })) return false;
    try {
      await client.indices.create({
        index: firstWalletsIndex(indexPrefix),
        aliases: { [walletsAlias(indexPrefix)]: {} },
        settings: { number_of_shards: 1, auto_expand_replicas: '0-1', refresh_interval: refreshInterval },
        mappings: walletMappings,
      });
      return true;
    } catch (error) {
      if (error instanceof errors.ResponseError && alreadyExists(error)) return false;
      throw error;
    }
  });
}

export function alreadyExists({ message }: errors.ResponseError): boolean {
  return message.includes('resource_already_exists_exception');
}
