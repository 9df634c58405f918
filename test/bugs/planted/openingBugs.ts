// Bugs of the opening state of an archived log, and of what begins with it.
import type { PlantedBug } from '../plantedBug.ts';

const opening = 'test/integration/archive/openingState.test.ts';
const rebuilt = 'test/integration/archive/rebuildArchived.test.ts';
const read = 'test/integration/archive/readArchived.test.ts';
const ended = 'test/integration/archive/endedRows.test.ts';
const folds = 'after every event of a log was archived all folds are what they were, at each cut';

export const openingBugs: readonly PlantedBug[] = [
  {
    rule: 'R360',
    invariant: 'A fold from the opening state and the events above it is a fold of all events.',
    name: 'the first event after the archived ones is left out',
    harm: 'Every rebuild of an archived log gives wallets that no event made, and a repair writes them.',
    file: 'src/eventStore/read/readStreams.ts',
    find: 'and position >= (select coalesce($7::bigint, ${archivedThrough}) + 1)',
    replace: 'and position >= (select coalesce($7::bigint, ${archivedThrough}) + 2)',
    test: { file: opening, name: folds },
  },
  {
    rule: 'R361',
    invariant: 'The opening state has every open hold, partial reversal, detail and use of its wallets.',
    name: 'the opening state forgets holds of earlier segments',
    harm: 'A verification that repairs deletes open holds, and the money is given out twice.',
    file: 'src/archive/openWallets.ts',
    find: 'const openings = await readOpeningWallets(pool, withState, above);',
    replace: 'const openings = await readOpeningWallets(pool, withState, 0n);',
    test: { file: opening, name: folds },
  },
  {
    rule: 'R362',
    invariant: 'Until a move of the opening state has ended, readers see the state of before.',
    name: 'the log counts as archived before its wallets are opened',
    harm: 'A rebuild beside a move reads wallets without the events of a whole segment.',
    file: 'src/archive/openingState.ts',
    find: '    await openWallets(pool, move);\n',
    replace: '    await moveArchivedThrough(pool, above, upTo);\n    await openWallets(pool, move);\n',
    test: { file: opening, name: 'a move that ended half-way changes nothing for readers, and goes on' },
  },
  {
    rule: 'R363',
    invariant: 'A segment is moved over only if it is the next one and lacks no event.',
    name: 'a segment with a gap is moved over',
    harm: 'The loss of an event is sealed into the opening state, and no verification can find it any more.',
    file: 'src/archive/openingState.ts',
    find: 'if (missing !== undefined)',
    replace: 'if (missing === null)',
    test: { file: opening, name: 'a move over a segment that lacks an event is refused' },
  },
  {
    rule: 'R364',
    invariant: 'A rebuilt ledger begins with the sums of the archived postings.',
    name: 'a rebuilt ledger forgets the archived sums',
    harm: 'After a rebuild the trial balance lacks the money of all archived years.',
    file: 'src/projections/ledger/sums/ledgerSums.ts',
    find: '        from opening_accounts\n       where position = $1::bigint`,',
    replace: '        from opening_accounts\n       where position = $1::bigint + 1`,',
    test: {
      file: rebuilt,
      name: 'a rebuild of the ledger begins after the archived events, and the trial balance is what it was',
    },
  },
  {
    rule: 'R365',
    invariant: 'The sums with which a ledger begins are kept as long as it begins with them.',
    name: 'a move deletes the sums of a rebuild under way',
    harm: 'A rebuild that an archive overtakes ends with sums of nothing.',
    file: 'src/archive/openAccounts.ts',
    find: '         and position not in (select begins_after from ledger_rebuilds)',
    replace: '',
    test: {
      file: rebuilt,
      name: 'a rebuild of the ledger that an archive overtakes keeps the sums that it begins with',
    },
  },
  {
    rule: 'R366',
    invariant: 'A verification of an archived log finds what it finds in a whole one.',
    name: 'a verification begins without the opening state of wallets',
    harm: 'Everything that is wrong with the holds of an archived log looks right.',
    file: 'src/projections/verify/foldStates.ts',
    find: 'if (state !== undefined) states.set(walletId, openedWalletState(state));',
    replace: 'if (state === undefined) states.delete(walletId);',
    test: { file: rebuilt, name: 'a verification finds nothing, and its checksum is what it was' },
  },
  {
    rule: 'R367',
    invariant: 'A history that needs an archived event answers 410, and never passes over it.',
    name: 'a list ends where the archive begins, as if it were whole',
    harm: 'A customer is shown a history without its first years, and nobody sees that they are missing.',
    file: 'src/eventStore/read/readHistory.ts',
    find: 'return isArchived ? { events: found.slice(0, whole), goesOn: true } : goesOn;',
    replace: 'return isArchived ? { events: found.slice(0, whole), goesOn: false } : goesOn;',
    test: {
      file: read,
      name: 'after they have left the log /wallets/a/events?order=desc&limit=3 gives all that is there, and then 410',
    },
  },
  {
    rule: 'R368',
    invariant: 'The feed passes over no archived event.',
    name: 'the feed goes on after what has left the log',
    harm: 'A program that was away for long misses events, and its books never agree again.',
    file: 'src/feed/readFeed.ts',
    find: '  await requireRetained(pool, after);\n',
    replace: '',
    test: {
      file: read,
      name: 'after they have left the log /events?limit=100 answers 410 with the time since which events are there',
    },
  },
  {
    rule: 'R369',
    invariant: 'A balance right after the last archived event comes from the opening state.',
    name: 'a time after the last archived event counts as before the wallet',
    harm: 'The balance at the end of an archived year is refused, or is that of another event.',
    file: 'src/eventStore/read/findArchivedVersions.ts',
    find: 'where opened.version >= descent.version + descent.step',
    replace: 'where opened.version > descent.version + descent.step',
    test: {
      file: read,
      name: 'after they have left the log a balance at the last archived event, and until the next one, comes from the opening state',
    },
  },
  {
    rule: 'R425',
    invariant: 'The opening state of a wallet has one sum for all holds and reversals that ended.',
    name: 'the opening state forgets what ended in earlier segments',
    harm: 'A verification takes the holds of past years for rows too many, and its repair deletes them.',
    file: 'src/eventStore/openingCodec.ts',
    find: 'addHolds(ended.holds, over)',
    replace: 'addHolds(noneEnded.holds, over)',
    test: {
      file: ended,
      name: 'the opening state of a wallet grows with its open holds, and not with those that ended',
    },
  },
  {
    rule: 'R426',
    invariant:
      'Rows that ended among archived events are repaired only if every event of the wallet is there.',
    name: 'a repair makes holds of the events that happen to be there',
    harm: 'One restored segment lets a repair delete the holds of all other years.',
    file: 'src/projections/verify/foldStates.ts',
    find: 'if ((opening?.events ?? 0) !== (await readRetainedEvents',
    replace: 'if ((opening?.events ?? 0) < (await readRetainedEvents',
    test: {
      file: ended,
      name: 'of rows that ended among archived events a lost hold is found, and repaired once the events are back',
    },
  },
  {
    rule: 'R427',
    invariant: 'The opening state keeps the rows of what ended until every process can read their sum.',
    name: 'sums of what ended are written beside the release before',
    harm: 'A verification of the release before takes ended holds for rows too many, and its repair deletes them.',
    file: 'src/archive/openWallets.ts',
    find: '>= levels.endedSums',
    replace: '>= levels.archive',
    test: {
      file: ended,
      name: 'a release that may not write sums keeps all rows, and the next move turns them into sums',
    },
  },
];
