// Bugs around the cache of wallets, and the appends that need no load.
import type { PlantedBug } from '../plantedBug.ts';

const races = 'test/integration/commands/cachedWallets.test.ts';
const alone = 'test/unit/commands/walletCache.test.ts';

export const cacheBugs: readonly PlantedBug[] = [
  {
    rule: 'R435',
    invariant: 'A batch on cached wallets is appended only if their rows are the very ones that were cached.',
    name: 'an append on cached wallets compares their versions alone',
    harm: 'A repair corrects a wallet. The next command writes the damaged terms back, and they count again.',
    file: 'src/eventStore/cachedWalletRows.ts',
    find: `
           and wallets.xmin = new.cached_xid
           and wallets.balance_minor = new.cached_minor`,
    replace: '',
    test: {
      file: races,
      name: 'a command on cached wallets is decided again if anything else wrote the row, although its version is the same',
    },
  },
  {
    rule: 'R436',
    invariant: 'A refusal on a cached wallet counts only if the wallet is as it was cached.',
    name: 'wallets that a cached batch only reads are not compared',
    harm: 'A customer was paid a second ago by way of another process. His own payment is refused for want of money.',
    file: 'src/eventStore/appendBatch.ts',
    find: 'const read = [...state.wallets.keys()].filter((id) => !isWritten.has(id));',
    replace: 'const read: string[] = [];\n  isWritten.clear();',
    test: {
      file: races,
      name: 'a refusal on a cached wallet is decided again if another process has paid into the wallet',
    },
  },
  {
    rule: 'R437',
    invariant: 'An append without a load looks for records of its commands in every generation.',
    name: 'an append on cached wallets leaves repeats to the primary key',
    harm: 'The key guards the newest generation alone. A payment that is repeated the next day is made twice.',
    file: 'src/eventStore/appendStatements.ts',
    find: 'where command_id = any($10::uuid[])',
    replace: 'where false and command_id = any($10::uuid[])',
    test: {
      file: races,
      name: 'a repeat on a cached wallet gets the answer of a record of an earlier generation',
    },
  },
  {
    rule: 'R438',
    invariant:
      'A record that was written by an append without a load counts as a first answer, and no other one does.',
    name: 'a record that an append without a load can not have written counts as its own',
    harm: 'A client repeats a payment during an outage. It is told that it was made now, and its books have two.',
    file: 'src/commands/commitCommands.ts',
    find: 'if (record !== undefined && isSameOutcome(record.outcome, outcome)) before.delete(commandId);',
    replace: 'if (record !== undefined && isSameOutcome(outcome, outcome)) before.delete(commandId);',
    test: {
      file: races,
      name: 'a repeat on a cached wallet is a replay, although its connection is lost under an append without a load',
    },
  },
  {
    rule: 'R439',
    invariant: 'A wallet is cached only if its row is all the state that its commands read.',
    name: 'a wallet with holds is cached',
    harm: 'A hold expires. Its money stays held for each command that follows on the cached wallet.',
    file: 'src/commands/walletCache.ts',
    find: "return status === 'active' && heldMinor === 0n && terms.velocityRules === 0;",
    replace: "return status === 'active' && heldMinor >= 0n && terms.velocityRules === 0;",
    test: {
      file: alone,
      name: 'has nothing for a batch with a wallet that has open holds, because its row is not all of its state',
    },
  },
  {
    rule: 'R440',
    invariant:
      'The time of a batch follows the clock of the database, whatever happens to the clocks of the process.',
    name: 'a suspended machine goes on at the time at which it stopped',
    harm: 'A machine wakes up after an hour. Its first payments have the time of an hour ago in every statement.',
    file: 'src/commands/walletCache.ts',
    find: 'passedMs >= trustedMs || Math.abs(driftMs) > clockDriftMaxMs',
    replace: 'passedMs >= trustedMs || Math.abs(driftMs) < 0',
    test: { file: alone, name: 'has nothing for a batch after its machine was suspended' },
  },
  {
    rule: 'R441',
    invariant: 'The cache of wallets has a bound.',
    name: 'the cache never drops a wallet',
    harm: 'A process that serves millions of wallets runs out of memory.',
    file: 'src/commands/walletCache.ts',
    find: 'if (recent.size >= generationMax && !recent.has(wallet.id)) {',
    replace: 'if (recent.size < 0 && !recent.has(wallet.id)) {',
    test: { file: alone, name: 'keeps at most 10 wallets, and those that were written last' },
  },
];
