// Bugs in the local stack and in the start and stop of every process.
import type { PlantedBug } from '../plantedBug.ts';

export const localBugs: readonly PlantedBug[] = [
  {
    rule: 'R57',
    invariant: 'A failed attempt is never remembered.',
    name: 'a rejected promise is kept and given to every later caller',
    harm: 'One failed bundle leaves the console away until the next restart.',
    file: 'src/telemetry/rememberSuccess.ts',
    find: '      made = undefined;\n',
    replace: '',
    test: {
      file: 'test/unit/processStart.test.ts',
      name: 'a failed attempt is forgotten, and a success is shared',
    },
  },
  {
    rule: 'R65',
    invariant: 'No part of the local stack answers without its password.',
    name: 'Redis lets everybody in',
    harm: 'Any program of this machine writes files through Redis.',
    file: 'stack/redis.ts',
    find: "'user default off'",
    replace: "'user default on nopass ~* &* +@all'",
    test: {
      file: 'test/integration/stack/privacy.test.ts',
      name: 'Redis asks for its password, and the service may not configure, empty or copy it',
    },
  },
  {
    rule: 'R73',
    invariant: 'One dead process never ends the others, unless it keeps dying.',
    name: 'a process that died is never started again',
    harm: 'A killed worker takes PostgreSQL and everything else down.',
    file: 'stack/supervisor.ts',
    find: '      else if (!member.revivable) death.resolve(notice);',
    replace: '      else if (member.running === running) death.resolve(notice);',
    test: {
      file: 'test/integration/stack/stack.test.ts',
      name: 'a part that dies is started again with its data, and the others go on',
    },
  },
];
