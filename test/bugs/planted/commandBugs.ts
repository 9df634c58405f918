// Bugs between a request and its commit: idempotency, queue, lock, append, and what is said after a lost connection.
import type { PlantedBug } from '../plantedBug.ts';

const databaseFailures = 'test/integration/commands/databaseFailures.test.ts';
const commandPath = 'test/integration/commands/commandPath.test.ts';
const histories = 'test/unit/histories/histories.test.ts';

export const commandBugs: readonly PlantedBug[] = [
  {
    name: 'a refusal is not kept under its key',
    harm: 'A debit that was refused and given up by the client is carried out when a late retry arrives.',
    file: 'src/commands/decideBatch.ts',
    find: 'if (final) {',
    replace: "if (final && 'accepted' in decision) {",
    test: {
      file: histories,
      name: 'every history is answered as the model says, command by command, in batches of any cut',
    },
  },
  {
    name: 'a key is not compared with its request',
    harm: 'A client that uses a key again for another payment is told that it was made, and it was not.',
    file: 'src/commands/decideBatch.ts',
    find: "if (earlier.requestHash !== requestHash) return { kind: 'keyReused' };",
    replace: '',
    test: {
      file: 'test/api/wallets.test.ts',
      name: 'an Idempotency-Key belongs to one request: another path or body under it is refused',
    },
  },
  {
    name: 'a stored answer is written anew',
    harm: 'A retry gets other bytes than the first try, 11 instead of 11.00: clients that compare or sign see two answers.',
    file: 'src/eventStore/loadBatch.ts',
    find: 'return { commandId, requestHash, answer: { status, headers, body }, processId };',
    replace:
      'return { commandId, requestHash, answer: { status, headers, body: JSON.stringify(JSON.parse(body)) }, processId };',
    test: {
      file: 'test/api/wallets.test.ts',
      name: 'an Idempotency-Key gives the same request the same answer, byte for byte, and does it once',
    },
  },
  {
    name: 'two lanes take the same wallet',
    harm: 'Batches of one process decide about the same wallet at once and lose to each other until clients get 503.',
    file: 'src/commands/waitingCommands.ts',
    find: '!busyWallets.has(walletId) && !blockedWallets.has(walletId)',
    replace: '!blockedWallets.has(walletId)',
    test: {
      file: 'test/unit/commands/commandQueue.test.ts',
      name: 'the command queue never has a wallet in two batches at once, and keeps the order of arrival on it',
    },
  },
  {
    name: 'a command overtakes one that waits',
    harm: 'A transfer starves: whatever comes later on either of its wallets goes first.',
    file: 'src/commands/waitingCommands.ts',
    find: 'for (const walletId of command.walletIds) blockedWallets.add(walletId);',
    replace: '',
    test: {
      file: 'test/unit/commands/commandQueue.test.ts',
      name: 'the command queue lets nothing overtake a transfer on either of its wallets',
    },
  },
  {
    name: 'a lock is released without looking at its token',
    harm: 'A process that was slow takes the lock away from the one that holds it by now, and both decide at once.',
    file: 'src/locks/walletLocks.ts',
    find: "if redis.call('get', KEYS[index]) == ARGV[1] then released = released + redis.call('del', KEYS[index]) end",
    replace: "released = released + redis.call('del', KEYS[index])",
    test: {
      file: commandPath,
      name: 'Redis makes a process wait for a wallet that another holds, but not for ever: its holder may have died',
    },
  },
  {
    name: 'a lock is left to its lease',
    harm: 'Every wallet that was just changed makes other processes wait half a second for nothing.',
    file: 'src/commands/executeBatch.ts',
    find: 'void release();',
    replace: 'void release;',
    test: {
      file: commandPath,
      name: 'Redis gives each lock back: nothing is held when everything is answered',
    },
  },
  {
    name: 'an event whose version is taken is dropped in silence',
    harm: 'Of two processes that decide about one wallet the slower is told that its credit was made, and it is lost.',
    file: 'src/eventStore/appendBatch.ts',
    find: 'as new (wallet_id, version, type, schema_version, data, metadata, occurred_at, ordinal)\n',
    replace: `as new (wallet_id, version, type, schema_version, data, metadata, occurred_at, ordinal)
            on conflict on constraint events_wallet_version do nothing\n`,
    test: {
      file: databaseFailures,
      name: 'two processes that loaded the same wallet count both commands: the slower one finds the version taken and decides again',
    },
  },
  {
    name: 'the events of a transfer are committed one by one',
    harm: 'A connection that is lost between the two has taken the money from one wallet and given it to nobody.',
    file: 'src/eventStore/appendBatch.ts',
    find: `    await recordAnswers(client, batch);
    return;
  }
`,
    replace: `    await recordAnswers(client, batch);
    return;
  }
  if (batch.eventCount > 1) {
    const columns = batch.values.slice(1) as unknown[][];
    for (let at = 0; at < batch.eventCount; at += 1) {
      const others = (column: unknown[]) => (at === batch.eventCount - 1 ? column : []);
      const values = columns.map((column, index) => (index < 7 ? column.slice(at, at + 1) : others(column)));
      await appendBatch(client, { ...batch, eventCount: 1, values: [1, ...values] });
    }
    return;
  }
`,
    test: {
      file: databaseFailures,
      name: 'a connection that is lost under a transfer after its statement leaves 2 of its two events, never one',
    },
  },
  {
    name: 'answers are recorded behind the commit of their events',
    harm: 'A payment that was committed when the process died is made again by the retry, because nobody remembers it.',
    file: 'src/eventStore/appendBatch.ts',
    find: `    values: [...batch.values],
  });
`,
    replace: `    values: [...batch.values.slice(0, -answerColumnCount), [], [], [], [], [], []],
  });
  await recordAnswers(client, batch);
`,
    test: {
      file: databaseFailures,
      name: 'a connection that is lost after the append was carried out: the command is found by its record and answered as the first time',
    },
  },
  {
    name: 'one bad command fails its whole batch',
    harm: 'A single request that can not be stored fails a thousand payments of other people.',
    file: 'src/commands/commitCommands.ts',
    find: 'if (maySplit && submissions.length > 1 && !isLate) {',
    replace: 'if (maySplit && submissions.length > 1 && isLate) {',
    test: {
      file: databaseFailures,
      name: 'a command that can not be stored fails alone: the others of its batch are committed',
    },
  },
  {
    name: 'a command id that is taken counts as a fault',
    harm: 'A retry that reaches two processes at once is answered with 500 by one of them, though it was carried out.',
    file: 'src/eventStore/databaseFailure.ts',
    find: "new Set(['events_wallet_version', 'idempotency_keys_pkey'])",
    replace: "new Set(['events_wallet_version'])",
    test: {
      file: databaseFailures,
      name: 'two processes that loaded the same wallet give one answer to a command that reached both: the slower one finds its record',
    },
  },
  {
    name: 'a lost connection is taken for "nothing was done"',
    harm: 'A payment that was committed is reported as not made, and whoever makes it again pays twice.',
    file: 'src/commands/commitCommands.ts',
    find: "open ||= attempt.kind === 'unknown';",
    replace: "if (attempt.kind === 'unknown') return unavailable('DATABASE_UNAVAILABLE');",
    test: {
      file: databaseFailures,
      name: 'a connection that is lost after the append was carried out: the command is found by its record and answered as the first time',
    },
  },
  {
    name: 'an open outcome is forgotten at the next failure',
    harm: 'A payment whose fate is open is reported as not made because the database is away by now.',
    file: 'src/commands/commitCommands.ts',
    find: "open ||= attempt.kind === 'unknown';",
    replace: "open = attempt.kind === 'unknown';",
    test: {
      file: databaseFailures,
      name: 'a connection that is lost under the append and then for good: the outcome is unknown, and can be asked for',
    },
  },
  {
    name: 'a COMMIT that rolled back is taken for done',
    harm: 'The checkpoint, the ledger entries or the repair that was reported as written is not there.',
    file: 'src/eventStore/database.ts',
    find: "if (command !== 'COMMIT')",
    replace: "if (command === '')",
    test: {
      file: 'test/integration/eventStore/database.test.ts',
      name: 'a database transaction that the server answers with ROLLBACK is no success',
    },
  },
];
