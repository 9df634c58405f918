// Bugs around the generations of idempotency records.
import type { PlantedBug } from '../plantedBug.ts';

const migration = 'src/eventStore/migrations/0026_command_generations.sql';
const races = 'test/integration/eventStore/generations.test.ts';
const runs = 'test/integration/activities/keepGenerations.test.ts';

export const generationBugs: readonly PlantedBug[] = [
  {
    rule: 'R300',
    invariant: 'A record goes into the generation that the head of the log names, whatever any clock says.',
    name: 'the generation of a record follows from the clock',
    harm: 'Two processes write at the moment at which a generation ends. One key gets two records, and money moves twice.',
    file: 'src/eventStore/appendStatements.ts',
    find: '$19::uuid, head.generation',
    replace:
      '$19::uuid, (select max(generation) from command_generations where began_at <= clock_timestamp())',
    test: {
      file: races,
      name: 'a batch of credits goes where the head of the log says, although the clock says another generation',
    },
  },
  {
    rule: 'R301',
    invariant: 'Refusals are remembered only under the fence that they loaded.',
    name: 'a batch without events does not ask for its fence',
    harm: 'A refusal waits while the generation changes. Its key gets a second record, with another outcome.',
    file: 'src/eventStore/appendBatch.ts',
    find: `         where fence = $1::bigint
           for share`,
    replace: `         where $1::bigint >= 0
           for share`,
    test: {
      file: races,
      name: 'a batch of refusals with a key that another process used before the switch is refused, and then finds its record',
    },
  },
  {
    rule: 'R302',
    invariant: 'A change of the generation raises the fence.',
    name: 'the generation changes under the fence of before',
    harm: 'A batch looked for its key before another process used it. It writes the key into the new generation again.',
    file: migration,
    find: 'set generation = number, fence = fence + 1;',
    replace: 'set generation = number;',
    test: {
      file: races,
      name: 'a batch of credits with a key that another process used before the switch is refused, and then finds its record',
    },
  },
  {
    rule: 'R303',
    invariant: 'A generation is dropped only when its end is longer ago than the retention.',
    name: 'a generation is dropped as soon as it has ended',
    harm: 'Half of the keys are forgotten days too early. A repeat of last night’s payment moves money twice.',
    file: 'src/activities/keepGenerations.ts',
    find: 'dropEnded(deps, window.before)',
    replace: 'dropEnded(deps, new Date(8.64e15))',
    test: { file: runs, name: 'records live for the retention, and at most three generations are looked in' },
  },
  {
    rule: 'R304',
    invariant: 'A command looks for its record in every generation that exists.',
    name: 'a command looks in the newest generation alone',
    harm: 'Each switch forgets all keys. Every client that repeats an earlier request pays twice.',
    file: 'src/eventStore/loadBatch.ts',
    find: 'where command_id = any($2::uuid[])',
    replace: 'where command_id = any($2::uuid[]) and generation = (select log_head.generation from log_head)',
    test: { file: races, name: 'records of every generation are found until theirs is dropped' },
  },
  {
    rule: 'R305',
    invariant: 'The prune horizon moves only when every generation past its retention is gone.',
    name: 'the horizon moves although a generation could not be dropped',
    harm: 'The generation that is left counts as ended by a late clock. It lives for another retention, each time.',
    file: 'src/activities/keepGenerations.ts',
    find: 'if (dropped.all) await closePrune',
    replace: 'await closePrune',
    test: {
      file: runs,
      name: 'a dump that holds the table delays a drop and no command, and the next run makes up for it',
    },
  },
  {
    rule: 'R306',
    invariant: 'A generation that a late clock ended lives for the whole retention from then on.',
    name: 'the end of a generation is taken as a late clock wrote it',
    harm: 'The clock was two weeks behind at the switch. The next run drops records of this morning.',
    file: 'src/eventStore/generations.ts',
    find: 'ended_at = case when ended_at < $1::timestamptz then $2::timestamptz',
    replace: 'ended_at = case when ended_at < $1::timestamptz then ended_at',
    test: {
      file: runs,
      name: 'a wrong clock that ended a generation too early shortens no life, because the end counts from then on',
    },
  },
  {
    rule: 'R307',
    invariant: 'Records of the release before go into the generation that this release writes to.',
    name: 'records of the release before stay in the first generation',
    harm: 'Two releases write one key into two generations during an upgrade, and money moves twice.',
    file: migration,
    find: 'alter table idempotency_keys alter column generation set default current_command_generation();',
    replace: '',
    test: {
      file: races,
      name: 'a credit of the release before goes into the generation that this release writes to, with the plan of before the switch',
    },
  },
  {
    rule: 'R308',
    invariant: 'Nobody but the owner reads a generation past the table and its wall.',
    name: 'a partition keeps the rights of the table that it was',
    harm: 'A role for reads asks the partition, and sees the answers to all tenants.',
    file: migration,
    find: "  perform ours.protect_command_generation('ours.idempotency_keys_g0'::regclass);\n",
    replace: '',
    test: {
      file: 'test/integration/eventStore/partitionRecords.test.ts',
      name: 'a table of ordinary size is partitioned by the migration, and no file is written again',
    },
  },
  {
    rule: 'R309',
    invariant: 'The primary key that records are written under keeps its name.',
    name: 'each generation has a primary key of another name',
    harm: 'The release before takes a lost race for a fault, and answers a repeated request with 500.',
    file: migration,
    find: "  execute format('alter index ours.%I rename to idempotency_keys_pkey', format('idempotency_keys_g%s_pkey', number));\n",
    replace: '',
    test: {
      file: races,
      name: 'a batch of refusals with the same key under the same fence meets the record in its primary key',
    },
  },
];
