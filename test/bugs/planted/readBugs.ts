// Bugs in reads whose cost must not grow with a history: searches by time, and the sums of the ledger.
import type { PlantedBug } from '../plantedBug.ts';

export const readBugs: readonly PlantedBug[] = [
  {
    rule: 'R320',
    invariant: 'A search by time finds what a look at every event of the wallet finds.',
    name: 'a search by time takes an event at the time itself as earlier',
    harm: 'A balance at the last instant of a month has the first movement of the next one.',
    file: 'src/eventStore/read/findVersions.ts',
    find: 'and ($3::boolean[])[nth])))',
    replace: 'and true)))',
    test: {
      file: 'test/integration/eventStore/findVersions.test.ts',
      name: 'a search finds what a look at every event finds, for every stream and every time',
    },
  },
  {
    rule: 'R321',
    invariant: 'A read by time reads about as much of a long history as of a short one.',
    name: 'the entries of a period are searched from the newest one down',
    harm: 'The busiest customer asks for last January. The read takes seconds, and a few of them hold every connection.',
    file: 'src/projections/ledger/ledgerQueries.ts',
    find: 'last === undefined || last.isNewest ? positionMax : last.position + 1n',
    replace: 'positionMax',
    test: {
      file: 'test/integration/eventStore/findVersions.test.ts',
      name: 'a read by time reads about as much of a long history as of a short one',
    },
  },
  {
    rule: 'R322',
    invariant: 'The entries of a period are those of all entries that happened in it.',
    name: 'the last entry of a period is left out',
    harm: 'The accountant books a month without its last payment.',
    file: 'src/projections/ledger/ledgerQueries.ts',
    find: 'positionMax : last.position + 1n',
    replace: 'positionMax : last.position',
    test: {
      file: 'test/integration/projections/ledger/ledgerPeriods.test.ts',
      name: 'the entries of a period are those of all entries that happened in it, page by page: postings',
    },
  },
  {
    rule: 'R323',
    invariant: 'A verification names a wallet whose time runs backwards.',
    name: 'times are compared inside of a page alone',
    harm: 'A tool of another team wrote an event into the past. Searches by time miss it, and nobody is told.',
    file: 'src/projections/verify/checkTimes.ts',
    find: 'where (wallet_id, version) >= ($1::text, $2::bigint)',
    replace: 'where (wallet_id, version) > ($1::text, $2::bigint)',
    test: {
      file: 'test/integration/projections/verify/checkTimes.test.ts',
      name: 'each step back in time is found once, wherever pages end',
    },
  },
  {
    rule: 'R324',
    invariant: 'The movements of a wallet in a period are those of all its movements that happened in it.',
    name: 'the cursor of a search by period leads out of the period',
    harm: 'The search for the movements of a day goes on through years of history, one request after the other.',
    file: 'src/api/movements/searchMovements.ts',
    find: 'downTo === floor ? null : downTo',
    replace: 'downTo === 0n ? null : downTo',
    test: {
      file: 'test/integration/projections/ledger/ledgerPeriods.test.ts',
      name: 'the movements of a wallet in a period are those of all its movements that happened in it',
    },
  },
];
