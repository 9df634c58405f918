// Bugs of webhooks under faults. The fault bench found the first one. Its receivers find the others.
import type { PlantedBug } from '../plantedBug.ts';

export const faultBenchBugs: readonly PlantedBug[] = [
  {
    rule: 'R350',
    invariant: 'A receiver that fails ends the drain of webhooks for no other endpoint.',
    name: 'a pass of webhooks counts what it parked beside what it processed',
    harm: 'The metric of successes falls below zero and throws. Every failure ends the run, and all endpoints wait.',
    file: 'src/webhooks/webhookProjection.ts',
    find: 'const processed = delivered + parked;',
    replace: 'const processed = delivered;',
    test: {
      file: 'test/integration/webhooks/projection.test.ts',
      name: 'a pass that parks more than it delivers is a pass like any other, also for the metrics',
    },
  },
  {
    rule: 'R351',
    invariant: 'The cursor of an endpoint passes an event only after its delivery.',
    name: 'a cursor passes what was read',
    harm: 'A worker dies between a request and its answer, and the event is never sent.',
    file: 'src/webhooks/pump.ts',
    find: 'return open === undefined ? reader.at() : open - 1n;',
    replace: 'return open === undefined || open > 0n ? reader.at() : open - 1n;',
    test: {
      file: 'test/integration/webhooks/failingReceivers.test.ts',
      name: 'a receiver in order that fails by chance has everything, whenever drains die',
    },
  },
];
