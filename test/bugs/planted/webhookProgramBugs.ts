// Bugs between webhook endpoints and the programs that steer them: the typed client and the command line.
import type { PlantedBug } from '../plantedBug.ts';

const commands = 'test/unit/cli/webhooks.test.ts';

export const webhookProgramBugs: readonly PlantedBug[] = [
  {
    rule: 'R233',
    invariant: 'The client waits for the test of an endpoint as long as the service waits for its receiver.',
    name: 'the test of an endpoint has the time of an ordinary call',
    harm: 'A receiver hangs, and its owner reads that the service does not answer. So the wrong one is searched.',
    file: 'src/client/client.ts',
    find: 'wait * 1_000 : waitsMs;',
    replace: 'wait * 1_000 : 0;',
    test: {
      file: 'test/unit/client/client.test.ts',
      name: 'the client gives the test of a webhook endpoint the time that its receiver has',
    },
  },
  {
    rule: 'R234',
    invariant: 'An endpoint that is asked for twice under one key shows the secret that signs.',
    name: 'the repeat of a creation shows a secret that was never stored',
    harm: 'The first answer got lost. The receiver has the secret of the second one and refuses every event.',
    file: 'src/api/webhooks/webhookRoutes.ts',
    find: "publicTextOf(outcome.kind === 'made' ? text : await newestSecret(pool, box, endpoint))",
    replace: 'publicTextOf(text)',
    test: {
      file: 'test/api/clientWebhooks.test.ts',
      name: 'a creation whose answer got lost makes one endpoint, and gives the secret that signs',
    },
  },
  {
    rule: 'R235',
    invariant: 'A secret that goes to a file goes to a new one, which only its user can read.',
    name: 'a new secret replaces what was in its file',
    harm: 'A script names the file of another key. That key was shown once, and nobody has it any more.',
    file: 'cli/issuedSecrets.ts',
    find: "openSync(file, 'wx', 0o600)",
    replace: "openSync(file, 'w', 0o600)",
    test: {
      file: 'test/unit/cli/everyCommand.test.ts',
      name: 'a new key goes to a new file, and is asked for only if there can be one',
    },
  },
  {
    rule: 'R236',
    invariant: 'The test of an endpoint whose receiver failed ends with an exit code of its own.',
    name: 'a failed test of an endpoint ends with 0',
    harm: 'A script deploys a receiver that refuses every event, and reports that all is well.',
    file: 'cli/webhookSendingSubcommands.ts',
    find: "if (outcome === 'failed') throw new ExitError(exits.differs);",
    replace: '',
    test: { file: commands, name: 'a test that failed with 5xx and status ends with the code for it' },
  },
];
