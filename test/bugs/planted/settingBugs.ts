// Bugs in what an operator is told about settings of PostgreSQL.
import type { PlantedBug } from '../plantedBug.ts';

const file = 'test/integration/health/serverSettings.test.ts';

export const settingBugs: readonly PlantedBug[] = [
  {
    rule: 'R355',
    invariant: 'A setting of PostgreSQL is judged in one unit, whatever unit the server shows it in.',
    name: 'a setting is judged by the number that is shown',
    harm: 'A server with 4 GB is told that it has too little, and one with 9000 kB is not.',
    file: 'src/health/serverSettings.ts',
    find: 'Number(found.setting) < least',
    replace: 'Number.parseInt(found.shown, 10) < least',
    test: {
      file,
      name: 'the server of the local stack is content, and its settings can be changed at its start alone',
    },
  },
  {
    rule: 'R356',
    invariant: 'The advice about a setting of PostgreSQL changes it where it was set.',
    name: 'a setting of a role is changed for the server',
    harm: 'Somebody types the advised line, the server takes it, and the role goes on with its own value.',
    file: 'src/health/facts/serverSettingFacts.ts',
    find: "when 'user' then format('alter role %I', session_user)",
    replace: "when 'user' then 'alter system'",
    test: {
      file,
      name: 'a setting of the database or the role is told, and the advised line changes it where it was set',
    },
  },
];
