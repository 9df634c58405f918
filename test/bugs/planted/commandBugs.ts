// Bugs between a request and its commit: idempotency, queue, lock, append, and what is said after a lost
// connection.
import type { PlantedBug } from '../plantedBug.ts';

const databaseFailures = 'test/integration/commands/databaseFailures.test.ts';
const walletLocks = 'test/integration/locks/walletLocks.test.ts';
const histories = 'test/unit/histories/histories.test.ts';
const workerCommands = 'test/integration/worker/workerCommands.test.ts';

export const commandBugs: readonly PlantedBug[] = [
  {
    rule: 'R8',
    invariant: 'A rejection is stored under its idempotency key, just as an accepted command is.',
    name: 'a rejection is not stored under its key',
    harm: 'A client gives up a rejected debit, and a late retry carries it out.',
    file: 'src/commands/decideBatch.ts',
    find: `'accepted' in decision || (idempotencyKey !== undefined && isRemembered[decision.rejected.code]);`,
    replace: `'accepted' in decision;`,
    test: {
      file: histories,
      name: 'every history is answered as the model says, command by command, in batches of any cut',
    },
  },
  {
    rule: 'R9',
    invariant: 'An idempotency key belongs to one request.',
    name: 'a key is not compared with its request',
    harm: 'A client reuses a key for another payment and is told that this payment was made. It was not.',
    file: 'src/commands/decideBatch.ts',
    find: "if (!isRepeat(earlier.requestHash, requestHash)) return { kind: 'keyReused' };",
    replace: '',
    test: {
      file: 'test/api/wallets.test.ts',
      name: 'an Idempotency-Key belongs to one request: another path or body under it is refused',
    },
  },
  {
    rule: 'R10',
    invariant: 'A replay returns the stored answer byte for byte.',
    name: 'a stored answer is formatted again',
    harm: 'A retry returns 11 where the first answer had 11.00. Clients that compare or sign answers see two of them.',
    file: 'src/eventStore/recordRows.ts',
    find: 'return { former: { status, headers, body } };',
    replace: 'return { former: { status, headers, body: JSON.stringify(JSON.parse(body)) } };',
    test: {
      file: 'test/api/repeats.test.ts',
      name: 'creditWallet under one key gets the bytes of its record, of either form',
    },
  },
  {
    rule: 'R83',
    invariant: 'The answer made of one version of a recorded outcome never changes.',
    name: 'the answer to a recorded outcome gets a new member',
    harm: 'A release changes the answer. A retry then gets another answer than the first request got.',
    file: 'src/api/wallets/walletAnswer.ts',
    find: 'const show = outcome.version === statefulVersion ? toSnapshot : toFormerSnapshot;',
    replace: 'const show = toSnapshot;',
    test: {
      file: 'test/unit/api/walletAnswer.test.ts',
      name: 'the answer to a recorded outcome of a credit is the same for ever',
    },
  },
  {
    rule: 'R82',
    invariant: 'A new form of record is written only after its level is open.',
    name: 'a compact record is written below its level',
    harm: 'During an upgrade a process of the release before finds such a record. It answers 500 to the retry of a payment.',
    file: 'src/commands/decideBatch.ts',
    find: 'if (level < levels.compactRecords) {',
    replace: 'if (level < 0) {',
    test: {
      file: 'test/api/repeats.test.ts',
      name: 'debitWallet under one key leaves a record that the release before knows again, until compact records are open',
    },
  },
  {
    rule: 'R11',
    invariant: 'A wallet is in at most one batch of a process at a time.',
    name: 'two lanes take the same wallet',
    harm: 'Two batches of one process decide about the same wallet, and one of them always loses. Clients get 503.',
    file: 'src/commands/waitingCommands.ts',
    find: '!busyWallets.has(walletId) && !blockedWallets.has(walletId)',
    replace: '!blockedWallets.has(walletId)',
    test: {
      file: 'test/unit/commands/commandQueue.test.ts',
      name: 'the command queue never has a wallet in two batches at once, and keeps the order of arrival on it',
    },
  },
  {
    rule: 'R140',
    invariant: 'A small batch starts beside a running one once a command has waited for long.',
    name: 'a small batch waits until the batch beside it ends',
    harm: 'One batch hangs, and commands on all other wallets wait for it until they are refused.',
    file: 'src/commands/lanes.ts',
    find: '  if (waitMs <= 0) return true;',
    replace: '  if (waitMs <= 0) return false;',
    test: {
      file: 'test/unit/commands/commandQueue.test.ts',
      name: 'the command queue starts a small batch beside a running one once a command has waited for long',
    },
  },
  {
    rule: 'R12',
    invariant: 'No command overtakes an earlier one on the same wallet.',
    name: 'a command overtakes one that waits',
    harm: 'A transfer starves, because later commands on either of its wallets go first.',
    file: 'src/commands/waitingCommands.ts',
    find: 'for (const walletId of command.walletIds) blockedWallets.add(walletId);',
    replace: '',
    test: {
      file: 'test/unit/commands/commandQueue.test.ts',
      name: 'the command queue lets nothing overtake a transfer on either of its wallets',
    },
  },
  {
    rule: 'R13',
    invariant: 'A process releases a lock only with the token that took it.',
    name: 'a lock is released without comparing its token',
    harm: 'A slow process removes the lock of the process that holds it now, and a third one decides at the same time.',
    file: 'src/locks/walletLocks.ts',
    find: "if redis.call('get', KEYS[index]) == ARGV[1] then released = released + redis.call('del', KEYS[index]) end",
    replace: "released = released + redis.call('del', KEYS[index])",
    test: {
      file: walletLocks,
      name: 'Redis makes a process wait for a wallet that another holds, but not for ever: its holder may have died',
    },
  },
  {
    rule: 'R14',
    invariant: 'A process releases its locks as soon as its batch is answered.',
    name: 'a lock is left to expire',
    harm: 'Every wallet that was just changed makes other processes wait half a second for nothing.',
    file: 'src/commands/executeBatch.ts',
    find: 'void release();',
    replace: 'void release;',
    test: {
      file: walletLocks,
      name: 'Redis gives each lock back: nothing is held when everything is answered',
    },
  },
  {
    rule: 'R15',
    invariant: 'An append fails if the version of one of its events is taken.',
    name: 'a wallet is written whatever version it has',
    harm: 'Two processes decide about one wallet. The balance of the slower one overwrites that of the other.',
    file: 'src/eventStore/walletRows.ts',
    find: `
           and wallets.version = new.loaded_version\`;`,
    replace: '`;',
    test: {
      file: databaseFailures,
      name: 'two processes that loaded the same wallet count both commands by the version of the wallet alone, as in a log of several parts',
    },
  },
  {
    rule: 'R89',
    invariant: 'A batch is appended only under the fence that it loaded.',
    name: 'an append does not ask for its fence',
    harm: 'A batch loads, then its records are moved away, and then it appends. A repeat moves money twice.',
    file: 'src/eventStore/appendStatements.ts',
    find: `         where fence = $2::bigint
        returning`,
    replace: `         where $2::bigint >= 0
        returning`,
    test: {
      file: 'test/integration/eventStore/appendBatch.test.ts',
      name: 'a fence that moves while a batch waits refuses credits, and nothing is written',
    },
  },
  {
    rule: 'R16',
    invariant: 'Both events of a transfer are committed together.',
    name: 'the events of a transfer are committed one by one',
    harm: 'The connection is lost between the two commits. The sender has paid and nobody has received.',
    file: 'src/eventStore/appendBatch.ts',
    find: `    await writeRecords(client, batch);
    return {};
  }
`,
    replace: `    await writeRecords(client, batch);
    return {};
  }
  if (batch.eventCount > 1) {
    const last = batch.eventCount - 1;
    for (let at = 0; at <= last; at += 1) {
      const values = batch.values.map((column, index) => {
        if (index === 0) return 1;
        if (index === 19 && at < last) return 0;
        if (!Array.isArray(column)) return column;
        return index >= 20 ? column.slice(at, at + 1) : at < last ? [] : column;
      });
      await appendBatch(client, { ...batch, eventCount: 1, recordCount: at < last ? 0 : batch.recordCount, values });
    }
    return {};
  }
`,
    test: {
      file: databaseFailures,
      name: 'a connection that is lost under a transfer after its statement leaves 2 of its two events, never one',
    },
  },
  {
    rule: 'R17',
    invariant: 'An answer is committed in the same statement as its events.',
    name: 'answers are recorded after the commit of their events',
    harm: 'The process dies after the commit of a payment. The retry makes the payment again, because no record of it exists.',
    file: 'src/eventStore/appendBatch.ts',
    find: `  const { rows } = await client.query<{ readonly row_xid: string }>({
`,
    replace: `  if (batch.recordCount > 0) {
    const isRecord = (index: number) => index >= recordsFrom && index < recordsFrom + recordParameterCount - 1;
    const values = batch.values.map((column, index) => (isRecord(index) ? [] : column));
    await appendBatch(client, { ...batch, recordCount: 0, values });
    await writeRecords(client, batch);
    return {};
  }
  const { rows } = await client.query<{ readonly row_xid: string }>({
`,
    test: {
      file: databaseFailures,
      name: 'a connection that is lost after the append was carried out: the command is found by its record and answered as the first time',
    },
  },
  {
    rule: 'R18',
    invariant: 'A command that cannot be stored fails alone.',
    name: 'one bad command fails its whole batch',
    harm: 'One request that cannot be stored fails a thousand payments of other clients.',
    file: 'src/commands/commitCommands.ts',
    find: 'if (maySplit && submissions.length > 1 && !isLate) {',
    replace: 'if (maySplit && submissions.length > 1 && isLate) {',
    test: {
      file: databaseFailures,
      name: 'a command that can not be stored fails alone: the others of its batch are committed',
    },
  },
  {
    rule: 'R19',
    invariant: 'A command id that is taken leads to the stored answer.',
    name: 'a command id that is taken counts as a fault',
    harm: 'A retry reaches two processes at once. One of them answers 500, although the command was carried out.',
    file: 'src/eventStore/databaseFailure.ts',
    find: "  'idempotency_keys_pkey',\n",
    replace: '',
    test: {
      file: databaseFailures,
      name: 'two processes that loaded the same wallet give one answer to a command that reached both: the slower one finds its record',
    },
  },
  {
    rule: 'R20',
    invariant: 'After a lost connection a command is never reported as not done.',
    name: 'a lost connection is taken for "nothing was done"',
    harm: 'A committed payment is reported as not made. The client makes it again and pays twice.',
    file: 'src/commands/commitCommands.ts',
    find: "open ||= attempt.kind === 'unknown';",
    replace: "if (attempt.kind === 'unknown') return unavailable('DATABASE_UNAVAILABLE');",
    test: {
      file: databaseFailures,
      name: 'a connection that is lost after the append was carried out: the command is found by its record and answered as the first time',
    },
  },
  {
    rule: 'R21',
    invariant: 'An unknown outcome stays unknown until the record is found, whatever fails next.',
    name: 'an open outcome is forgotten at the next failure',
    harm: 'The database goes away after the append. A payment that may be committed is reported as not made.',
    file: 'src/commands/commitCommands.ts',
    find: "open ||= attempt.kind === 'unknown';",
    replace: "open = attempt.kind === 'unknown';",
    test: {
      file: databaseFailures,
      name: 'a connection that is lost under the append and then for good: the outcome is unknown, and can be asked for',
    },
  },
  {
    rule: 'R22',
    invariant: 'A COMMIT that PostgreSQL answers with ROLLBACK is a failure.',
    name: 'a COMMIT that rolled back is taken for done',
    harm: 'A checkpoint, ledger entries or a repair are reported as written and do not exist.',
    file: 'src/eventStore/database.ts',
    find: "if (command !== 'COMMIT')",
    replace: "if (command === '')",
    test: {
      file: 'test/integration/eventStore/database.test.ts',
      name: 'a database transaction that the server answers with ROLLBACK is no success',
    },
  },
  {
    rule: 'R86',
    invariant: 'A step of a workflow is one command, however often its activity runs.',
    name: 'each attempt of an activity is another command',
    harm: 'The answer to a commit is lost. The activity runs again, and a fee is taken twice.',
    file: 'src/commands/commandIds.ts',
    find: 'return JSON.stringify([workflowId, step, attempt]);',
    replace: 'return JSON.stringify([workflowId, step, attempt, performance.now()]);',
    test: {
      file: workerCommands,
      name: 'an outcome that is unknown after the commit is asked again under the same key',
    },
  },
  {
    rule: 'R87',
    invariant: 'No key of a client names a command of a workflow.',
    name: 'keys of clients and of workflows share their ids',
    harm: 'A client guesses a key and takes the command id of a release of held money. The workflow can never release the money.',
    file: 'src/commands/commandIds.ts',
    find: '`workflow-step:${keyOfStep(step)}`',
    replace: '`idempotency-key:${keyOfStep(step)}`',
    test: { file: workerCommands, name: 'a step of a workflow has an id that no key of a client leads to' },
  },
];
