// Bugs around PostgreSQL itself: its sessions, the retention of its rows, and its plans.
import type { PlantedBug } from '../plantedBug.ts';

export const storeBugs: readonly PlantedBug[] = [
  {
    rule: 'R50',
    invariant: 'A session of PostgreSQL that fails its check runs no statement.',
    name: 'a session is taken as it comes',
    harm: 'A server without fsync starts green, and a crash loses acknowledged money.',
    file: 'src/eventStore/session.ts',
    find: 'if (problems.length > 0) throw new UnfitDatabaseError(problems);',
    replace: '',
    test: {
      file: 'test/integration/eventStore/session.test.ts',
      name: 'a server that would lose or refuse what is written is noticed by readiness at once, and its session at the next connect',
    },
  },
  {
    rule: 'R58',
    invariant: 'A prune goes no further than the last one explains, unless an operator confirms it.',
    name: 'a prune believes every clock',
    harm: 'A clock jumps nine days ahead. Every idempotency record is removed, and a repeat moves money twice.',
    file: 'src/projections/outbox/pruneHorizon.ts',
    find: 'if (refusal !== undefined) throw new PruneRefusedError(refusal);',
    replace: '',
    test: {
      file: 'test/integration/projections/outbox/pruneHorizon.test.ts',
      name: 'a clock that jumps nine days ahead ends no retention: nothing is removed, and a repeat is a replay',
    },
  },
  {
    rule: 'R59',
    invariant: 'No statement reads a whole table that grows, whatever size its plan was made for.',
    name: 'the check for lost outbox rows has no bound on the outbox',
    harm: 'Each minute the check reads the whole outbox for the events of that minute, and times out at a few millions.',
    file: 'src/projections/outbox/lostRows.ts',
    find: `
                  and outbox_rows.position > $1::bigint
                  and outbox_rows.position <= $2::bigint`,
    replace: '',
    test: {
      file: 'test/integration/eventStore/plans.test.ts',
      name: 'no named statement reads a whole table that grows, whatever size its plan was made for',
    },
  },
  {
    rule: 'R78',
    invariant: 'No process writes a form of rows that another running process cannot read.',
    name: 'a level opens beside a process of the level before',
    harm: 'The new release writes events that the old one, which still runs, parks or calls unreadable.',
    file: 'src/eventStore/openLevels.ts',
    find: 'where service_processes.level <= log_head.level',
    replace: 'where service_processes.level < log_head.level',
    test: {
      file: 'test/integration/eventStore/levels.test.ts',
      name: 'a process of a lower level keeps a level closed until it ends',
    },
  },
  {
    rule: 'R96',
    invariant: 'A process that is older than the rows in the database is not ready, and says so.',
    name: 'a level above its own is looked for at the start alone',
    harm: 'A process was frozen during an upgrade. It comes back, takes requests, and fails at rows that it cannot read.',
    file: 'src/eventStore/processReports.ts',
    find: '  if (level > levelMax) throw outgrownAt(level);\n}',
    replace: '  if (level < 0) throw outgrownAt(level);\n}',
    test: {
      file: 'test/integration/eventStore/levels.test.ts',
      name: 'a running process says once that a level above its own was opened, and is not ready',
    },
  },
  {
    rule: 'R75',
    invariant: 'The role of the service can add events, and can never change or delete one.',
    name: 'the role of the service belongs to the owner of the events',
    harm: 'A process that was taken over switches the trigger off and changes the history of money.',
    file: 'src/eventStore/leastRights.ts',
    find: '  if (found.too_strong) {',
    replace: '  if (role.length === 0) {',
    test: {
      file: 'test/integration/eventStore/leastRights.test.ts',
      name: 'the role stack_owner is refused in words',
    },
  },
  {
    rule: 'R88',
    invariant: 'Each wallet of a batch keeps its own time, which never runs backwards.',
    name: 'a batch writes one time for all its wallets',
    harm: 'A server whose clock is behind takes over. Wallets that changed last then show a time that their events do not have.',
    file: 'src/eventStore/appendBatch.ts',
    find: 'return later.some((ms) => ms > 0) ? later : [];',
    replace: 'return [];',
    test: {
      file: 'test/integration/commands/commandPath.test.ts',
      name: "a batch goes on at the time of a wallet that is ahead of the database's clock",
    },
  },
];
