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
      file: 'test/unit/http/servedHosts.test.ts',
      name: 'refuses localhost.page.example before anything is asked',
    },
  },
  {
    rule: 'R54',
    invariant: 'A read that only waits holds no place among the reads under way.',
    name: 'a waiting read keeps its place',
    harm: 'A few hundred sleeping readers get every other read of the process refused.',
    file: 'src/api/http/limits.ts',
    find: '      inFlight -= 1;\n      place.isHeld = false;',
    replace: '      place.isHeld = false;',
    test: {
      file: 'test/unit/api/http/limits.test.ts',
      name: 'reads that wait hold no place, and take one again to go on',
    },
  },
  {
    rule: 'R64',
    invariant: 'Work grows no faster than the request, and a refusal is short whatever was asked.',
    name: 'a refusal names every field that is wrong',
    harm: 'A request of 15 KB gets a refusal of 285 KB. A few callers fill the network and the memory.',
    file: 'src/api/http/problems.ts',
    find: 'errors.slice(0, errorsMax).map(shortenedError)',
    replace: 'errors.map(shortenedError)',
    test: {
      file: 'test/unit/api/http/bounds.test.ts',
      name: 'a refusal is short, whatever was asked',
    },
  },
];
