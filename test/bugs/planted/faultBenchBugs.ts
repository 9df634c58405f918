// Bugs that the fault bench found, in what runs beside each other. Each has a test of its own by now.
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
];
