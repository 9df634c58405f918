// The ways in which Elasticsearch can be unwell. Operations and reads go on from PostgreSQL.
import type { Condition } from '../condition.ts';
import { when, whenAway } from './answered.ts';

/** Every block that refuses writes. Nothing changes for those that are not set. */
const endBlocks = JSON.stringify({
  'index.blocks.read_only_allow_delete': null,
  'index.blocks.read_only': null,
  'index.blocks.write': null,
});

export const elasticsearchConditions: readonly Condition[] = [
  {
    name: 'elasticsearch-away',
    part: 'elasticsearch',
    severity: 'critical',
    title: 'Elasticsearch does not answer',
    check: whenAway(
      'elasticsearch',
      'Bring Elasticsearch back, or see ELASTICSEARCH_URL. Reads come from the event store meanwhile.',
    ),
  },
  {
    name: 'elasticsearch-red',
    part: 'elasticsearch',
    severity: 'critical',
    title: 'The Elasticsearch cluster is red',
    check: when('elasticsearch', ({ status }) =>
      status !== 'red'
        ? undefined
        : {
            problem: 'The cluster is red.',
            advice: 'See GET _cluster/allocation/explain: an index has a primary shard that is not there.',
          },
    ),
  },
  {
    name: 'elasticsearch-refuses-writes',
    part: 'elasticsearch',
    severity: 'critical',
    title: 'Elasticsearch answers and refuses to write',
    check: when('elasticsearch', ({ indexes, blocks }) => [
      ...blocks.map((block) => ({
        subject: 'cluster',
        problem: `Elasticsearch refuses writes: ${block}.`,
        advice: 'End the block of the cluster in its settings.',
      })),
      ...indexes
        .filter(({ isClosed, blocks: own }) => isClosed || own.length > 0)
        .map(({ index, isClosed, blocks: own }) => ({
          subject: index,
          problem: isClosed
            ? `The index ${index} is closed.`
            : `The index ${index} refuses writes: ${own.join(', ')}.`,
          advice: isClosed ? 'Open it.' : 'Make room on its disk, then end the block.',
          command: isClosed
            ? `curl -fsS -X POST "$ELASTICSEARCH_URL/${index}/_open"`
            : `curl -fsS -X PUT "$ELASTICSEARCH_URL/${index}/_settings" -H 'content-type: application/json' -d '${endBlocks}'`,
        })),
    ]),
  },
];
