// What Elasticsearch itself answers when it is overloaded, not ready, or asked for what it can't do.
import type { BulkFault } from '../bulkFaults.ts';
import { freshDrains } from './drains.ts';
import type { FaultKind } from './faultKind.ts';
import { between, until } from './waits.ts';

const struckWithinMs = 2_000;
const strikesMax = 3;

const faults: Readonly<Record<BulkFault, string>> = {
  'request 429': 'Elasticsearch answers 429',
  'request 503': 'Elasticsearch answers 503',
  'item 429': 'Elasticsearch has no room for one document (429)',
  'item 503': 'Elasticsearch has no shard for one document (503)',
  'item 409': 'Elasticsearch has one document already (409)',
  'item 400': 'Elasticsearch refuses one document (400)',
};

export const elasticsearchStrikes: readonly FaultKind[] = (Object.keys(faults) as BulkFault[]).map(
  (fault) => ({
    kind: faults[fault],
    part: 'elasticsearch',
    async strike(stand, random, signal) {
      await freshDrains(stand, ['read-model']);
      const { bulkFaults } = stand;
      const wanted = between(1, strikesMax, random);
      const before = bulkFaults.struck()[fault];
      const struck = () => bulkFaults.struck()[fault] - before;
      bulkFaults.inject(fault, wanted);
      try {
        await until(() => struck() >= wanted, struckWithinMs, signal);
      } finally {
        bulkFaults.cure();
      }
      return { struck: struck() };
    },
  }),
);
