// Bugs of those who read the event feed: the typed client, waiting requests, and streams that share a process.
import type { PlantedBug } from '../plantedBug.ts';

export const feedReaderBugs: readonly PlantedBug[] = [
  {
    rule: 'R205',
    invariant: 'The typed client reads every event of the feed, whatever characters its texts have.',
    name: 'the client takes a line separator in a text for the end of a line',
    harm: 'One description stops every program that follows the feed, and again after each restart.',
    file: 'src/client/serverSentEvents.ts',
    find: "text.split('\\n');",
    replace: 'text.split(/[\\n\\u2028\\u2029]/);',
    test: {
      file: 'test/unit/client/serverSentEvents.test.ts',
      name: 'a frame is read whole wherever its pieces are cut',
    },
  },
];
