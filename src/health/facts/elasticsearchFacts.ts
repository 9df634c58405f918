// Reads the facts about Elasticsearch: the cluster, and whether each index of the read model takes writes.
import type { Client } from '@elastic/elasticsearch';
import { walletsAlias } from '../../projections/readModel/readModelIndex.ts';
import type { ElasticsearchFacts } from '../facts.ts';

const limits = { requestTimeout: 3_500, maxRetries: 0 };

interface Blocks {
  readonly global?: Readonly<Record<string, Block>>;
  readonly indices?: Readonly<Record<string, Readonly<Record<string, Block>>>>;
}
interface Block {
  readonly description: string;
  readonly levels?: readonly string[];
}
interface ClusterState {
  readonly blocks?: Blocks;
  readonly metadata?: { readonly indices?: Readonly<Record<string, { readonly state?: string }>> };
}

export async function readElasticsearchFacts(
  elasticsearch: Client,
  indexPrefix: string,
): Promise<ElasticsearchFacts> {
  const index = `${walletsAlias(indexPrefix)}-*`;
  // Not `info`: the embedded Elasticsearch has no route at its root.
  const [{ nodes }, { status }, { blocks = {}, metadata = {} }] = await Promise.all([
    elasticsearch.nodes.info({ filter_path: 'nodes.*.version' }, limits),
    elasticsearch.cluster.health({}, limits),
    readState(elasticsearch, index),
  ]);
  return {
    version: [...new Set(Object.values(nodes).map((node) => node.version))].join(', '),
    status,
    blocks: inWords(blocks.global),
    indexes: Object.entries(metadata.indices ?? {}).map(([name, { state: opened }]) => ({
      index: name,
      isClosed: opened === 'close',
      blocks: inWords(blocks.indices?.[name]),
    })),
  };
}

async function readState(elasticsearch: Client, index: string): Promise<ClusterState> {
  const state: unknown = await elasticsearch.cluster.state(
    {
      metric: ['blocks', 'metadata'],
      index,
      expand_wildcards: 'all',
      filter_path: 'blocks,metadata.indices.*.state',
    },
    limits,
  );
  return state as ClusterState;
}

/** Only the blocks that refuse a write. */
function inWords(blocks: Readonly<Record<string, Block>> = {}): readonly string[] {
  return Object.values(blocks)
    .filter(({ levels }) => levels?.includes('write') !== false)
    .map(({ description }) => description);
}
