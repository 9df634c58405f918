// Bugs in how recoveries are started, shown and ended.
import type { PlantedBug } from '../plantedBug.ts';

export const recoveryBugs: readonly PlantedBug[] = [
  {
    rule: 'R69',
    invariant: 'Whatever holds the id of a recovery is named, and can be ended, over HTTP.',
    name: 'a run on another task queue counts as the recovery itself',
    harm: 'A start with a mistyped queue blocks the id for ever, and the answer says that the recovery runs.',
    file: 'src/temporal/idHolders.ts',
    find: ' && (type !== owner || taskQueue !== config.TEMPORAL_TASK_QUEUE)',
    replace: ' && type !== owner',
    test: {
      file: 'test/workflows/heldIds.test.ts',
      name: 'the id of a recovery that another workflow holds rebuildAllReadModels is named after a queue without workers, and can be freed',
    },
  },
];
