// Faults around the segments of the ledger: how they are made, filled, converted, rebuilt and read.
import type { PlantedBug } from '../plantedBug.ts';

const migration = 'src/eventStore/migrations/0032_ledger_segments.sql';
const segments = 'test/integration/projections/ledger/ledgerSegments.test.ts';
const conversion = 'test/integration/projections/ledger/convertLedger.test.ts';

export const ledgerSegmentBugs: readonly PlantedBug[] = [
  {
    rule: 'R380',
    invariant: 'The ledger gets a segment with each one of the log.',
    name: 'the maker forgets the ledger',
    harm: 'The drain makes each segment itself at its first event, with the page in hand, and none is ever ahead.',
    file: migration,
    find: '    perform ours.keep_ledger_segments();\n',
    replace: '    perform 1;\n',
    test: {
      file: segments,
      name: 'the ledger of a new installation gives a segment the storage settings of the one before',
    },
  },
  {
    rule: 'R381',
    invariant: 'A rebuilt ledger has every segment of the log when it is put in place.',
    name: 'the swap puts a table in place that lacks the newest segments',
    harm: 'The segments that came during a rebuild are gone with the old ledger, and the last events of the rebuild find no place.',
    file: 'src/projections/ledger/rebuild/swapRebuild.ts',
    find: '    await makeRebuildSegments(client, position);\n',
    replace: '',
    test: {
      file: segments,
      name: 'a rebuild of a ledger in segments has the segments that came while it was filled, indexed and swapped',
    },
  },
  {
    rule: 'R382',
    invariant: 'A position without a segment parks no event: the drain makes the segment and goes on.',
    name: 'a missing segment counts as a fault of the event',
    harm: 'Every event of a segment is parked one by one, and the ledger lacks a day until an operator retries them.',
    file: 'src/projections/ledger/ledgerSink.ts',
    find: "failureOf(error).kind !== 'unsegmented'",
    replace: 'true',
    test: {
      file: segments,
      name: 'the ledger of a new installation parks no event whose position has no segment: the drain makes it and goes on',
    },
  },
  {
    rule: 'R383',
    invariant: 'The log gets its segments even if the ledger can not have its own now.',
    name: 'a locked ledger keeps the log from its segments',
    harm: 'An index that an operator builds on the ledger for hours stops every operation at the end of the log.',
    file: migration,
    find: '  exception when others then\n',
    replace: '  exception when division_by_zero then\n',
    test: {
      file: segments,
      name: 'the ledger of a new installation loses no segment of the log while it is locked, and gets its own afterwards',
    },
  },
  {
    rule: 'R384',
    invariant: 'A ledger whose conversion has begun does not end before the conversion does.',
    name: 'the check of the ledger’s bounds stays while nobody goes on with the conversion',
    harm: 'An upgrade that stopped half-way stops the ledger a day later.',
    file: 'src/eventStore/migrations/0035_ledger_archive.sql',
    find: '  perform ours.loosen_ledger_bounds(head);\n',
    replace: '',
    test: {
      file: conversion,
      name: 'a ledger of postings without segments has no end between two steps, if nobody goes on with the conversion',
    },
  },
  {
    rule: 'R385',
    invariant: 'A ledger gets segments only once no process of the release before is left.',
    name: 'the ledger is converted below its level',
    harm: 'A rebuild of the release before swaps in a plain table, and its drain parks each event that finds no segment.',
    file: 'src/projections/ledger/segments/rebuildSegments.ts',
    find: '(await readLevel(client)) >= levels.ledgerSegments && ',
    replace: '(await readLevel(client)) >= levels.segments && ',
    test: {
      file: conversion,
      name: 'a ledger of postings without segments stays as it is until the level is open',
    },
  },
  {
    rule: 'R386',
    invariant:
      'A wallet that moved no money for years is not looked for in each segment when its page is full.',
    name: 'a page of entries is read from the whole range at once',
    harm: 'A wallet that was never debited costs a look into each segment of ten years for each page of its newest entries.',
    file: 'src/projections/ledger/segments/walkSegments.ts',
    find: '    const isLast = end === undefined || end <= above || end >= below;',
    replace: '    const isLast = end === undefined || end > 0n || end >= below;',
    test: {
      file: segments,
      name: 'the entries of a wallet over many segments of one in use are read from few segments',
    },
  },
  {
    rule: 'R387',
    invariant: 'A page of entries over several windows of segments has each entry once, in order.',
    name: 'the next window begins one position too far',
    harm: 'A statement lacks the entry at the edge of two windows, and its balances do not follow from each other.',
    file: 'src/projections/ledger/segments/walkSegments.ts',
    find: '    else above = end - 1n;',
    replace: '    else above = end;',
    test: {
      file: segments,
      name: 'the entries of a wallet over many segments are the same as of one segment, in any page: asc',
    },
  },
  {
    rule: 'R388',
    invariant: 'A rebuild does not replace a ledger in segments by a plain table.',
    name: 'a rebuild that began before the conversion is put in place',
    harm: 'The ledger loses its segments, and the next one can not be dropped with its events.',
    file: 'src/projections/ledger/rebuild/replaceLedger.ts',
    find: "if (to === 'postings' && !segmented && ",
    replace: "if (to === 'legs' && !segmented && ",
    test: {
      file: segments,
      name: 'a rebuild of a ledger in segments is no plain table: one that began as such is not put in place',
    },
  },
  {
    rule: 'R389',
    invariant: 'Nobody reads a segment of the ledger past the rights and the wall of its table.',
    name: 'a segment keeps the rights that it was made with',
    harm: 'Rights by default let the read role see the postings of every tenant in a new segment.',
    file: migration,
    find: "    execute format('revoke all on %s from %s cascade', child, others.name);\n",
    replace: '    null;\n',
    test: {
      file: conversion,
      name: 'a ledger of postings without segments becomes the first segment without a rewrite, and gets the segments of the log after it',
    },
  },
];
