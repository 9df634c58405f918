// Bugs that let foreign text, idle clients or a small request do harm.
import type { PlantedBug } from '../plantedBug.ts';

export const abuseBugs: readonly PlantedBug[] = [
  {
    rule: 'R49',
    invariant: 'A process answers only under the hosts that it serves, whatever the route.',
    name: 'a host that begins with localhost is served',
    harm: 'A web page under localhost.page.example points its name at this machine, and debits wallets.',
    file: 'src/servedHosts.ts',
    find: 'names.has(plain) ||',
    replace: "names.has(plain.split('.')[0] ?? '') ||",
    test: {
      file: 'test/unit/server/http/servedHosts.test.ts',
      name: 'refuses localhost.page.example before anything is asked',
    },
  },
];
