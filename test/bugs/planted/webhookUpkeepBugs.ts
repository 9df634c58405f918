// Bugs of what an operator needs of webhooks: bounds, keys, and what is told.
import type { PlantedBug } from '../plantedBug.ts';

export const webhookUpkeepBugs: readonly PlantedBug[] = [
  {
    rule: 'R280',
    invariant: 'A process has ten requests to one host under way at most, whoever sends them.',
    name: 'requests take turns of the process alone',
    harm: 'A host with many endpoints is flooded by our retries, and refuses the deliveries of all its tenants.',
    file: 'src/webhooks/turns.ts',
    find: 'return (url, work) => inTurnOfHost(url, () => inTurn(work));',
    replace: 'return (_, work) => inTurn(work);',
    test: {
      file: 'test/unit/webhooks/delivery.test.ts',
      name: 'a process has ten requests to one host under way, whoever sends them',
    },
  },
];
