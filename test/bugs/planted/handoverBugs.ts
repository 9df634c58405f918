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
    find: 'await moveFence(state, startedAt);',
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
  {
    rule: 'R415',
    invariant: 'Processes of different databases hand nothing to each other, even if they share Redis.',
    name: 'the lease and the channels of a restored copy have the names of its original',
    harm: 'A copy commits payments that were sent to the original. They were acknowledged, and the original has never seen them.',
    file: 'src/commands/handover/startHandover.ts',
    find: '${nameOfCode()}-${nameOfDatabase(databaseUrl)}`',
    replace: '${nameOfCode()}-${nameOfDatabase(databaseUrl).slice(0, 0)}`',
    test: {
      file: joined,
      name: 'a restored copy that shares Redis hands nothing to the original, and takes nothing from it',
    },
  },
  {
    rule: 'R416',
    invariant: 'A process that does not reach PostgreSQL does not stay the committer of the others.',
    name: 'a committer keeps its lease without PostgreSQL',
    harm: 'Each command of the other processes goes to the committer and comes back before it runs, for as long as the outage lasts.',
    file: 'src/commands/handover/startHandover.ts',
    find: 'const mayCommit = () => monotonicMs() >= until;',
    replace: 'const mayCommit = () => until < monotonicMs() + asideMs + 1;',
    test: {
      file: joined,
      name: 'a committer that can not reach PostgreSQL leaves the lease to another process',
    },
  },
  {
    rule: 'R417',
    invariant:
      'Handed commands are called back when the lease of their committer may have ended, and not before.',
    name: 'a question without an answer counts as a lost committer',
    harm: 'One slow answer of Redis makes each process call all its commands back, and move the fence under every batch.',
    file: 'src/commands/handover/election.ts',
    find: 'if (known !== undefined && monotonicMs() >= known.until) known = undefined;',
    replace: 'known = undefined;',
    test: {
      file: joined,
      name: 'one question about the lease without an answer calls nothing back',
    },
  },
];
