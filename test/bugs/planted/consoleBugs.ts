// Bugs in what a person does with money in the console, and in what a person is told about it.
import type { PlantedBug } from '../plantedBug.ts';

const signIn = 'test/unit/access/signIn.test.ts';

export const consoleBugs: readonly PlantedBug[] = [
  {
    rule: 'R200',
    invariant:
      'An opened form of the console moves money once, however often it is sent after a lost answer.',
    name: 'a press after a lost answer has a new key',
    harm: 'The answer is lost on a train. The support person presses again, and the customer is charged twice.',
    file: 'console/idempotencyKey.ts',
    find: 'return isRemembered ? makeKey() : key;',
    replace: 'return isRemembered || key !== keyReused ? makeKey() : key;',
    test: {
      file: 'test/unit/console/idempotencyKey.test.ts',
      name: 'a press that ends with 503 OUTCOME_UNKNOWN leaves the key to the next one',
    },
  },
  {
    rule: 'R201',
    invariant: 'The page offers nothing that the role of its reader may not do.',
    name: 'a viewer may press every button',
    harm: 'A viewer fills in a form for a customer who waits, and learns only then that the role does not do.',
    file: 'console/session.ts',
    find: 'return useContext(SignedContext)?.scopes.includes(scope) ?? true;',
    replace: 'return useContext(SignedContext)?.scopes.includes(scope) !== undefined;',
    test: {
      file: 'test/e2e/consoleMoney.test.ts',
      name: 'on a phone a viewer sees the same and may do nothing, and each request is refused',
    },
  },
  {
    rule: 'R202',
    invariant: 'No role of the console makes a payment.',
    name: 'an approver captures',
    harm: 'A broken identity provider makes somebody an approver, who holds money for a wallet of their own and takes it.',
    file: 'src/access/roles.ts',
    find: "approver: [...viewing, 'audit:read', 'holds:write',",
    replace: "approver: [...viewing, 'audit:read', 'holds:write', 'holds:capture',",
    test: {
      file: signIn,
      name: 'by an identity provider all roles together make no payment, and set money aside and give it back',
    },
  },
  {
    rule: 'R203',
    invariant: 'What a person does with money at the console is in the audit log.',
    name: 'a hold that a person places leaves no row',
    harm: 'A customer asks who took 30.00 out of reach, and nobody can say.',
    file: 'src/api/audit/auditActions.ts',
    find: "return by !== 'people' || c.get('session') !== undefined;",
    replace: "return by !== 'people' && c !== undefined;",
    test: {
      file: signIn,
      name: 'by an identity provider a person who holds money is in the audit log, and so is one who is refused',
    },
  },
  {
    rule: 'R204',
    invariant: 'The answer to a reversal begins with the wallet of its path.',
    name: 'the answer to a reversal begins with the wallet that pays',
    harm: 'A shop shows a customer the balance of somebody else.',
    file: 'src/domain/decide/reverse.ts',
    find: 'const named = payer !== undefined && payer.id !== walletId ? 1 : 0;',
    replace: 'const named = payer?.id === walletId ? 0 : 0;',
    test: {
      file: 'test/unit/histories/histories.test.ts',
      name: 'every history is answered as the model says, command by command, in batches of any cut',
    },
  },
];
