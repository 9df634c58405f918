// Bugs in lists. The rule is that no list ends in silence.
import type { PlantedBug } from '../plantedBug.ts';

export const listBugs: readonly PlantedBug[] = [
  {
    rule: 'R61',
    invariant: 'A list says that there is more, or that this is all.',
    name: 'a list of the command line ends in silence if there is more',
    harm: 'An operator takes the first page for everything. A parked event or a wallet with a wrong balance stays unseen.',
    file: 'cli/lists.ts',
    find: '  if (output.isJson) return;',
    replace: '  if (output.isJson || page.nextCursor !== null) return;',
    test: {
      file: 'test/unit/cli/lists.test.ts',
      name: 'wallet list says that there is more, and how to read it',
    },
  },
];
