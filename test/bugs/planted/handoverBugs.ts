import type { PlantedBug } from '../plantedBug.ts';

const joined = 'test/integration/commands/handover.test.ts';
const sender = 'test/unit/commands/handover/handOver.test.ts';

export const handoverBugs: readonly PlantedBug[] = [
  {
    rule: 'R396',
    invariant: 'A command that was handed over is carried out only under the fence that its sender knew.',
    name: 'the committer does not compare the fence of a handed command',
    harm: 'A committer that hung commits a command that its sender has run meanwhile, and was refused. The client was told that nothing happened.',
    file: 'src/commands/decideBatch.ts',
    find: 'submission.handedUnder !== undefined && submission.handedUnder !== loaded.fence',
    replace: 'submission.handedUnder !== undefined && submission.handedUnder > loaded.fence',
    test: {
      file: joined,
      name: 'a command that was called back and refused is not carried out by a committer that hung',
    },
  },
  {
    rule: 'R397',
    invariant: 'A process moves the fence before it runs a command that another process may still commit.',
    name: 'a process runs what it has handed over without moving the fence',
    harm: 'Two processes run one command at once. Its refusal and its effect can both be told.',
    file: 'src/commands/handover/recall.ts',
    find: 'await options.raiseFence();',
    replace: 'await Promise.resolve();',
    test: {
      file: sender,
      name: 'a lost committer loses what it was handed, in its order, and the commands after it stay behind',
    },
  },
  {
    rule: 'R398',
    invariant: 'A process takes a message only from a process of its installation, and takes it once.',
    name: 'a message is taken as often as it comes',
    harm: 'Somebody who can publish in Redis repeats a command after its record has gone.',
    file: 'src/commands/handover/sealedMessages.ts',
    find: 'if (number <= peer.opened) return undefined;',
    replace: 'if (number < 0n) return undefined;',
    test: {
      file: 'test/unit/commands/handover/sealedMessages.test.ts',
      name: 'a sealed message is opened once, and no older one after it',
    },
  },
  {
    rule: 'R399',
    invariant: 'A command that was called back is never reported as not done unless that is known.',
    name: 'a full queue refuses a command that another process may have committed',
    harm: 'A client without a key sends its payment again, and pays twice.',
    file: 'src/commands/handover/recall.ts',
    find: "return { kind: 'unavailable', reason: 'OUTCOME_UNKNOWN' };\n  // Without a key",
    replace: 'return result;\n  // Without a key',
    test: {
      file: sender,
      name: 'a lost committer leaves an unknown outcome if the command can not run here, because it may have been committed',
    },
  },
];
