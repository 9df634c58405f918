// Bugs in what a verification vouches for, and in what counts as proof that something is missing.
import type { PlantedBug } from '../plantedBug.ts';

export const verifyBugs: readonly PlantedBug[] = [
  {
    rule: 'R67',
    invariant: 'A verification vouches only for what it compared, and an accepted command has its events.',
    name: 'the event of another command stands for a lost one',
    harm: 'An acknowledged transfer that was removed from the log is never missed.',
    file: 'src/projections/verify/checkLog.ts',
    find: "where (select coalesce(events.command_id::text, events.metadata ->> 'commandId')",
    replace: 'where (select reached.command_id',
    test: {
      file: 'test/workflows/verifyLog.test.ts',
      name: 'another command made the event of an accepted one is named, and a repair leaves every trace alone',
    },
  },
  {
    rule: 'R68',
    invariant: 'A gap in the log is said, at its end too, and nothing goes past it.',
    name: 'an idle drain does not look whether the end of the log is missing',
    harm: 'Events that are lost at the end of the log are missed by nobody, and the projections look up to date.',
    file: 'src/projections/projectEvents.ts',
    find: 'if (head !== undefined) throw',
    replace: 'if (head === -1n) throw',
    test: {
      file: 'test/workflows/logGap.test.ts',
      name: 'a gap at the end stops a drain after the events before it, is a finding, and is over when it is repaired',
    },
  },
  {
    rule: 'R52',
    invariant: 'Absence is concluded only from what Elasticsearch itself says by two routes.',
    name: 'the second route is not asked',
    harm: 'An old answer of a cache rewinds the checkpoint, and the whole log is projected again.',
    file: 'src/projections/readModel/elasticsearch.ts',
    find: 'return ![...indexes.values()].some((aliases) => aliases.includes(alias));',
    replace: 'return indexes.size >= 0;',
    test: {
      file: 'test/integration/projections/readModel/absence.test.ts',
      name: 'an old answer about the alias, kept by a cache is never taken for absence',
    },
  },
];
