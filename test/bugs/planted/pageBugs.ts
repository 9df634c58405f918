// Bugs in the pages that a drain has in hand: their order, their failures, and the bounds of them.
import type { PlantedBug } from '../plantedBug.ts';

const inHand = 'test/unit/projections/drain/pagesInHand.test.ts';
const recording = 'test/unit/projections/projectAndRecord.test.ts';
const refresh = 'test/integration/projections/readModel/backlogRefresh.test.ts';
const overlapping = 'test/integration/projections/drain/overlappingPages.test.ts';

export const pageBugs: readonly PlantedBug[] = [
  {
    rule: 'R330',
    invariant: 'A page moves the checkpoint only after every page before it has.',
    name: 'a page that Elasticsearch took early moves the checkpoint',
    harm: 'The checkpoint passes a page that is still on its way. The process dies, and its wallets stay old for ever.',
    file: 'src/projections/projectEvents.ts',
    find: `  onWritten?.();
  await turn?.toEnd();`,
    replace: '  onWritten?.();',
    test: {
      file: recording,
      name: 'a page of another store is written at any time, and records after the one before has ended',
    },
  },
  {
    rule: 'R331',
    invariant: 'After the first page that fails, no later page ends well.',
    name: 'a later page is kept after a failed one',
    harm: 'The projection counts events as passed that it never took.',
    file: 'src/projections/drain/pagesInHand.ts',
    find: '      await before;\n',
    replace: '      await before.catch(() => undefined);\n',
    test: {
      file: inHand,
      name: 'pages in hand end as a prefix of the log in every order of steps and failures',
    },
  },
  {
    rule: 'R332',
    invariant: 'A page of the ledger compares the checkpoint after the page before it is committed.',
    name: 'a page of the ledger does not wait for the commit before it',
    harm: 'Each page finds the checkpoint elsewhere and gives up. A backlog of an hour is drained page by page, ten seconds apart.',
    file: 'src/projections/projectEvents.ts',
    find: '      await turn?.toEnd();\n',
    replace: '',
    test: {
      file: recording,
      name: 'a page of the ledger writes after the one before has written, and records after it has ended',
    },
  },
  {
    rule: 'R333',
    invariant: 'Pages of the ledger in hand take their rows in the order of positions.',
    name: 'pages of the ledger write side by side',
    harm: 'Two drains with pages in hand wait for each other until a statement runs out of time, and the ledger stands still.',
    file: 'src/projections/projectEvents.ts',
    find: '    await turn?.toWrite();\n',
    replace: '',
    test: {
      file: recording,
      name: 'a page of the ledger writes after the one before has written, and records after it has ended',
    },
  },
  {
    rule: 'R334',
    invariant: 'A page that COPY refuses is inserted, and parks the refused events alone.',
    name: 'a page that COPY refuses is dropped',
    harm: 'One bad event takes two thousand others with it. The ledger lacks them, and its checkpoint is past them.',
    file: 'src/projections/ledger/ledgerSink.ts',
    find: `      if (!isAboutContent(error)) throw error;
    }
  }`,
    replace: `      if (!isAboutContent(error)) throw error;
      return [];
    }
  }`,
    test: {
      file: 'test/integration/projections/ledger/ledgerSink.test.ts',
      name: 'the ledger of postings parks an event that the mapping or a constraint refuses, alone',
    },
  },
  {
    rule: 'R335',
    invariant: 'A drain ends only when no page is in hand.',
    name: 'a drain ends beside pages that go on',
    harm: 'A page of a drain that has ended writes beside the next drain, and holds a connection that nobody counts.',
    file: 'src/projections/drain/pagesInHand.ts',
    find: '      await working.catch(() => undefined);\n',
    replace: '',
    test: {
      file: inHand,
      name: 'pages in hand fail with the error of the first page, after every page has come to an end',
    },
  },
  {
    rule: 'R336',
    invariant: 'No other page is in hand beside the first one of the log.',
    name: 'the first page of the log overlaps',
    harm: 'The index is lost while a backlog begins. The second page makes it anew, and the first one counts as written.',
    file: 'src/projections/drain/drain.ts',
    find: '      if (from === 0n) await pages.ended();\n',
    replace: '',
    test: {
      file: overlapping,
      name: 'the first page of the log is in hand alone, because nothing else would notice that its index was lost',
    },
  },
  {
    rule: 'R337',
    invariant: 'The pages in hand are bounded by their bytes too.',
    name: 'pages in hand are bounded by their number alone',
    harm: 'Four pages of the largest events do not fit the memory of a worker. It dies at the same page again and again.',
    file: 'src/projections/drain/pagesInHand.ts',
    find: 'sum + page.bytes, bytes) > bytesMax',
    replace: 'sum + page.bytes, bytes) > Infinity',
    test: {
      file: inHand,
      name: 'pages in hand take no more bytes than the bound, and a larger page is in hand alone',
    },
  },
  {
    rule: 'R338',
    invariant: 'A drain leaves the refreshes of an index alone while a rebuild runs.',
    name: 'a backlog starts the refreshes that a switch has stopped',
    harm: 'A list shows a balance, and the next one the balance before it, while the alias moves to the new index.',
    file: 'src/projections/readModel/readModelIndex.ts',
    find: '  if ((await readTargets(pool)).length > 0) return;\n',
    replace: '',
    test: {
      file: refresh,
      name: 'a backlog beside a rebuild leaves the interval alone, because the rebuild stops refreshes for its switch',
    },
  },
  {
    rule: 'R339',
    invariant: 'Refreshes are as frequent as usual once a backlog has ended.',
    name: 'the rare refreshes of a backlog stay',
    harm: 'After one outage every list is five seconds late, until a worker starts its next drain.',
    file: 'src/projections/drain/drain.ts',
    find: '    if (!isFull && fullPages >= backlogPages) await projection.inBacklog?.(false);\n',
    replace: '',
    test: {
      file: refresh,
      name: 'a backlog is refreshed every five seconds, and the pages after it as usual',
    },
  },
  {
    rule: 'R357',
    invariant: 'A posting within the sums of the ledger is never written without changing them.',
    name: 'a page that comes again is written by COPY',
    harm: 'After a checkpoint was set back, the trial balance lacks what was lost and booked again.',
    file: 'src/projections/ledger/ledgerSink.ts',
    find: 'first.event.position > sumsThrough',
    replace: 'sumsThrough >= 0n',
    test: {
      file: 'test/integration/projections/ledger/ledgerSums.test.ts',
      name: 'postings that were lost and are drained again after the checkpoint was set back count once',
    },
  },
];
