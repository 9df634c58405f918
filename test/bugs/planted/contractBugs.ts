// Bugs in the contract over HTTP: input, spellings of one request, gateways and caches.
import type { PlantedBug } from '../plantedBug.ts';

export const contractBugs: readonly PlantedBug[] = [
  {
    rule: 'R47',
    invariant:
      'A request that changes something is refused if it holds anything that its operation does not declare.',
    name: 'a change ignores unknown parameters',
    harm: 'A caller sends POST …/debit?dryRun=true to try it. The parameter has no effect, and the money moves.',
    file: 'src/api/openApi/operation.ts',
    find: `  return async function change(c) {
    refuseUndeclaredQuery(c, operation);`,
    replace: '  return async function change(c) {',
    test: {
      file: 'test/unit/api/strictInput.test.ts',
      name: 'debitWallet refuses every query parameter that it does not declare, and names it',
    },
  },
];
