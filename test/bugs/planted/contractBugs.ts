// Bugs in the contract over HTTP: input, spellings of one request, gateways and caches.
import type { PlantedBug } from '../plantedBug.ts';

const directTest = 'test/unit/http/directRequests.test.ts';
const bothWays = 'a server without keys answers every request as through Hono';

export const contractBugs: readonly PlantedBug[] = [
  {
    rule: 'R47',
    invariant:
      'A request that changes something is refused if it holds anything that its operation does not declare.',
    name: 'a change ignores unknown parameters',
    harm: 'A caller sends POST …/debit?dryRun=true to try it. The parameter has no effect, and the money moves.',
    file: 'src/api/openApi/operation.ts',
    find: `  return function change(c) {
    refuseUndeclaredQuery(c, operation);`,
    replace: '  return function change(c) {',
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
  {
    rule: 'R227',
    invariant:
      'A command gets the same answer directly as through Hono, byte for byte, and leaves the same lines and metrics.',
    name: 'the direct way loses a header',
    harm: 'The id that a caller gave its credit is in no log. Nobody finds the credit that the caller asks about.',
    file: 'src/api/http/directContext.ts',
    find: 'name === undefined ? headers : headers[name]',
    replace: "name === undefined ? headers : name === 'x-request-id' ? undefined : headers[name]",
    test: { file: directTest, name: bothWays },
  },
  {
    rule: 'R228',
    invariant: 'Hono gets a request whole, so nothing of it was read before.',
    name: 'a request is read before its body is there',
    harm: 'A body that comes in two packets is cut. Callers on a slow line get 400 for credits that are right.',
    file: 'src/http/directRequests.ts',
    find: '!incoming.complete || ',
    replace: '',
    test: { file: directTest, name: bothWays },
  },
  {
    rule: 'R229',
    invariant: 'Commands of one connection keep their order, whichever way answers them.',
    name: 'a request for Hono overtakes one that waits for its body',
    harm: 'A debit overtakes the credit before it, and is refused for lack of money.',
    file: 'src/http/directRequests.ts',
    find: ' && connection[lastWaiting] === undefined',
    replace: '',
    test: { file: directTest, name: bothWays },
  },
  {
    rule: 'R230',
    invariant: 'An error becomes an answer around the handler that threw it, on both ways.',
    name: 'an error of the direct way passes every middleware',
    harm: 'A refused credit is told as broken HTTP, and no metric counts it.',
    file: 'src/api/http/directRoutes.ts',
    find: 'if (!(error instanceof Error)) throw error;',
    replace: 'throw error;',
    test: { file: directTest, name: bothWays },
  },
  {
    rule: 'R231',
    invariant: 'Under /v1 an amount is found by its name alone, and no text looks like one.',
    name: 'the end of a name counts as the name of an amount',
    harm: 'A name that ends like an amount gets quotes inside. The client cannot read the answer to its payment.',
    file: 'src/api/http/textAmounts.ts',
    find: '(?<!\\\\\\\\)',
    replace: '',
    test: {
      file: 'test/unit/api/http/textAmounts.test.ts',
      name: 'amounts become text in any JSON, and nothing else changes',
    },
  },
  {
    rule: 'R232',
    invariant: 'The answer to a command has the bytes that the adapter of Hono would write.',
    name: 'the first header of an answer is lost',
    harm: 'A browser shows the answer to a credit as a page. What a caller wrote into its description runs there.',
    file: 'src/http/writeAnswer.ts',
    find: 'for (const name in headers) outgoing',
    replace: "for (const name in headers) if (name !== 'content-security-policy') outgoing",
    test: { file: directTest, name: bothWays },
  },
];
