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
  {
    rule: 'R62',
    invariant: 'An event that cannot be read hides no other event.',
    name: "one unreadable event hides its wallet's history",
    harm: 'A newer release wrote one event. The older one beside it shows no event of that wallet, not even the good ones.',
    file: 'src/api/wallets/eventAnswer.ts',
    find: 'if (!(error instanceof EventDecodeError)) throw error;',
    replace: 'if (error instanceof EventDecodeError) throw error;',
    test: {
      file: 'test/api/wallets.test.ts',
      name: 'a history with an event that this release cannot read marks the type of a newer release at its place, among the good events',
    },
  },
];
