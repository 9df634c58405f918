// Bugs in what a person on duty does with webhooks in the console, and in what a person is told about them.
import type { PlantedBug } from '../plantedBug.ts';

const webhookActions = 'test/unit/console/webhookActions.test.ts';

export const webhookConsoleBugs: readonly PlantedBug[] = [
  {
    rule: 'R275',
    invariant: 'The console shows a secret of a webhook once, and keeps it in no sentence.',
    name: 'the words about the last action hold the secret',
    harm: 'An operator shares the screen an hour later, and everybody can sign requests to the receiver.',
    file: 'console/webhookForms.ts',
    find: '({ sentence: `Made endpoint ${made.id}.`,',
    replace: '({ sentence: `Made endpoint ${made.id} with ${made.secret}.`,',
    test: {
      file: webhookActions,
      name: 'the secret of a new endpoint is in what is shown once, and in no sentence',
    },
  },
  {
    rule: 'R276',
    invariant: 'A person is told what a resume from now leaves out, before it is pressed.',
    name: 'the events that failed are not told',
    harm: 'An operator clears an alarm, and three bookings never reach the bookkeeping.',
    file: 'console/webhookWords.ts',
    find: "pending === 0 ? '' : `${counted(pending, 'event')} that failed${ofWallets}, and `;",
    replace: "pending < 1_000 ? '' : `${counted(pending, 'event')} that failed${ofWallets}, and `;",
    test: {
      file: webhookActions,
      name: 'a resume from now is asked for as serious, and tells first what it leaves out',
    },
  },
  {
    rule: 'R277',
    invariant: 'A form that changes an endpoint sends only what was changed in it.',
    name: 'a change sends every field of its form',
    harm: 'An operator corrects a description, and takes away the filter that a colleague set meanwhile.',
    file: 'console/webhookForms.ts',
    find: 'filter(([name]) => filled[name] !== before[name])',
    replace: 'filter(([name]) => filled[name] !== undefined || name in before)',
    test: { file: webhookActions, name: 'the form of a change sends only what was changed' },
  },
  {
    rule: 'R278',
    invariant: 'A viewer sees webhooks, and changes none.',
    name: 'a viewer may change webhooks',
    harm: 'Everybody in the bank who may look at the console can have all events sent to a URL of their own.',
    file: 'src/access/roles.ts',
    find: "  'webhooks:read',",
    replace: "  'webhooks:read',\n  'webhooks:write',",
    test: {
      file: 'test/unit/access/signIn.test.ts',
      name: 'by an identity provider a viewer may look and may not act, and nobody gets a role that no group gives',
    },
  },
];
