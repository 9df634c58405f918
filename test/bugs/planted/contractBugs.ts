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
  {
    rule: 'R48',
    invariant: 'A repeat is known by what it means, however it is spelt.',
    name: 'an amount is compared as text',
    harm: 'A client retries 50 as 50.00 and is told that its key belongs to another request. It takes a new key, and pays twice.',
    file: 'src/domain/money.ts',
    find: "while (decimal[end - 1] === '0') end -= 1;",
    replace: '',
    test: {
      file: 'test/api/repeats.test.ts',
      name: 'debitWallet under one key is done once, however it is spelt',
    },
  },
  {
    rule: 'R56',
    invariant: 'Allow names the methods that a path takes, and an unknown path has none.',
    name: 'middleware counts as a resource',
    harm: 'A gateway learns from Allow that POST /wallets/w/refund exists. The refusal contradicts itself.',
    file: 'src/api/http/allowedMethods.ts',
    find: 'handler.length < 2',
    replace: 'handler.length < 3',
    test: {
      file: 'test/unit/api/gateways.test.ts',
      name: '/wallets/w/no-such-operation is 404 for every method',
    },
  },
];
