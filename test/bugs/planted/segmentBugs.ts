// Faults around the segments of the log: how they are made, filled, converted and dropped.
import type { PlantedBug } from '../plantedBug.ts';

const migration = 'src/eventStore/migrations/0027_segments.sql';
const conversionSteps = 'src/eventStore/migrations/0029_log_conversion.sql';
const segments = 'test/integration/eventStore/segments.test.ts';
const conversion = 'test/integration/eventStore/convertLog.test.ts';
const dropping = 'test/integration/projections/outbox/dropSegments.test.ts';

export const segmentBugs: readonly PlantedBug[] = [
  {
    rule: 'R310',
    invariant:
      'A wallet is written only at the version that was loaded, also if its events lie in an older segment.',
    name: 'the append does not compare the version of a wallet',
    harm: 'Two processes credit one wallet at once, and one credit is lost. No segment has both versions, so no index finds it.',
    file: 'src/eventStore/appendStatements.ts',
    find: 'select assert_wallet_heads(updated.wallets + inserted.wallets, cardinality($4::text[]))',
    replace: 'select assert_wallet_heads(cardinality($4::text[]), cardinality($4::text[]))',
    test: {
      file: 'test/integration/eventStore/olderSegment.test.ts',
      name: 'takes one of two batches that loaded it at the same version, and refuses the other',
    },
  },
  {
    rule: 'R311',
    invariant: 'A segment of the log is written through its table alone.',
    name: 'a segment takes writes that name it',
    harm: 'A hand changes events in a segment, and the protection of the table never hears of it.',
    file: migration,
    find: 'create trigger segment_never_written before insert or update or delete or truncate on %s ',
    replace: 'create trigger segment_never_written before truncate on %s ',
    test: { file: segments, name: 'segments are written through their table alone: delete from events_s1' },
  },
  {
    rule: 'R312',
    invariant: 'A segment has a part in each table, and a run after a crash makes the missing ones.',
    name: 'the maker skips what is half made',
    harm: 'The log has a segment without a place for outbox rows. When the head reaches it, every command fails.',
    file: migration,
    find: '           < cardinality(ours.segmented_tables())\n',
    replace: '           < 1\n',
    test: {
      file: segments,
      name: 'segments that lost a part are completed by the next run',
    },
  },
  {
    rule: 'R313',
    invariant:
      'A process whose append finds no segment makes the next one and appends again. The command does not fail.',
    name: 'the end of the log is a fault of the command',
    harm: 'If no worker runs for a day, every operation fails at the end of the last segment, until somebody makes one by hand.',
    file: 'src/eventStore/databaseFailure.ts',
    find: "  if (code === '23514' && isEndOfLog(error)) return { kind: 'unsegmented' };\n",
    replace: '',
    test: {
      file: 'test/integration/commands/endOfLog.test.ts',
      name: 'no command fails while the log meets the end of its last segment, in two processes with few rights',
    },
  },
  {
    rule: 'R314',
    invariant: 'An outbox segment is dropped only once every required projection has passed all of it.',
    name: 'an outbox segment is dropped once a projection has passed its beginning',
    harm: 'Events that wait for the ledger no longer count as waiting. Monitoring says that all is done.',
    file: migration,
    find: 'or oldest.to_position - 1 > coalesce(',
    replace: 'or oldest.from_position > coalesce(',
    test: {
      file: dropping,
      name: 'a segment that a required projection has not passed stays, and so do the later ones',
    },
  },
  {
    rule: 'R315',
    invariant: 'An outbox segment with a parked event is not dropped.',
    name: 'parked events keep no segment',
    harm: 'A parked event is no longer counted among the unprocessed ones, and nobody repairs it.',
    file: migration,
    find: '                 where position >= oldest.from_position\n                   and position < oldest.to_position)\n     or exists',
    replace: '                 where false)\n     or exists',
    test: { file: dropping, name: 'a segment with a parked event stays until the event is settled' },
  },
  {
    rule: 'R316',
    invariant: 'An outbox row is kept for the whole retention, whatever place in its segment it has.',
    name: 'only the last row of a segment is asked for its age',
    harm: 'Rows that a clock dated late are dropped before their retention is over.',
    file: migration,
    find: '  if dropped.newest >= before then\n    return null;\n  end if;\n',
    replace: '',
    test: { file: dropping, name: 'a segment with a row that is young stays: row 2' },
  },
  {
    rule: 'R317',
    invariant:
      'Rights on the tables of the log survive the conversion, and nobody gets a right on a segment.',
    name: 'the conversion leaves the rights at the first segment',
    harm: 'After the upgrade, reports of other roles fail. They read the first segment past the wall between tenants.',
    file: conversionSteps,
    find: "  perform ours.protect_log_segment(format('ours.%I', name)::regclass, old);\n",
    replace: '',
    test: {
      file: conversion,
      name: 'an installation of the release before is converted without a rewrite, with its rows, its rights and its protection',
    },
  },
  {
    rule: 'R318',
    invariant: 'A log whose conversion has begun does not end before the conversion does.',
    name: 'the check of the bounds stays while nobody goes on with the conversion',
    harm: 'An upgrade that stopped half-way stops every operation a day later.',
    file: migration,
    find: '    perform ours.loosen_log_bounds(head);\n',
    replace: '',
    test: {
      file: conversion,
      name: 'an installation of the release before has no end between two steps, if nobody goes on with the conversion',
    },
  },
  {
    rule: 'R319',
    invariant: 'A statement that knows positions reads only the segments of those positions.',
    name: 'a list of positions comes without its ends',
    harm: 'Each look at a few events probes every segment. After a year, pages of the feed and of movements take ten times as long.',
    file: 'src/eventStore/read/readEvents.ts',
    find: '         and position between $2::bigint and $3::bigint\n',
    replace: '         and $2::bigint <= $3::bigint\n',
    test: {
      file: 'test/integration/eventStore/segmentPlans.test.ts',
      name: 'a statement that knows positions reads few of 300 segments',
    },
  },
];
