// Errors that Elasticsearch itself answers if it is overloaded, not ready, or cannot do what it is asked for.
import { between } from '../../../harness/random.ts';
import type { BulkFault } from '../bulkFaults.ts';
import { restartWaiting } from './drains.ts';
import type { FaultKind } from './faultKind.ts';
import { until } from './waits.ts';

const hitWithinMs = 2_000;
const hitsMax = 3;

const faults: Readonly<Record<BulkFault, string>> = {
  'request 429': 'Elasticsearch answers 429',
  'request 503': 'Elasticsearch answers 503',
  'item 429': 'Elasticsearch has no room for one document (429)',
  'item 503': 'Elasticsearch has no shard for one document (503)',
  'item 409': 'Elasticsearch has one document already (409)',
  'item 400': 'Elasticsearch refuses one document (400)',
};

export const elasticsearchFaults: readonly FaultKind[] = (Object.keys(faults) as BulkFault[]).map(
  (fault) => ({
    kind: faults[fault],
    part: 'elasticsearch',
    async inject(environment, random, signal) {
      await restartWaiting(environment, ['drain-read-model']);
      const { bulkFaults } = environment;
      const wanted = between(random, 1, hitsMax);
      const before = bulkFaults.hits()[fault];
      const hits = () => bulkFaults.hits()[fault] - before;
      bulkFaults.inject(fault, wanted);
      try {
        await until(() => hits() >= wanted, hitWithinMs, signal);
      } finally {
        bulkFaults.heal();
      }
      return { hits: hits() };
    },
  }),
);
