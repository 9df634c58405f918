// Bugs after the commit: reading the log, checkpoints, parking, the drain's sleep, the ledger and its
// rebuild.
import type { PlantedBug } from '../plantedBug.ts';

const drain = 'test/integration/projections/drain/drain.test.ts';
const ledger = 'test/integration/projections/ledger/ledgerSink.test.ts';

export const projectionBugs: readonly PlantedBug[] = [
  {
    rule: 'R23',
    invariant: 'Projections read the log in the order of positions.',
    name: 'the log is read out of position order',
    harm: 'A pass ends at the position of the last event it saw. Events before that position are never projected.',
    file: 'src/eventStore/read/readEvents.ts',
    find: 'where position > $1::bigint\n       order by position',
    replace: 'where position > $1::bigint\n       order by wallet_id, version',
    test: {
      file: ledger,
      name: 'the ledger of postings books creation and transfer in two legs each, with the balances after them',
    },
  },
  {
    rule: 'R24',
    invariant: 'An event that is delivered again does not change the ledger.',
    name: 'the ledger fails on an event that comes twice',
    harm: 'After a crash between two passes the whole batch is parked, and the ledger stops.',
    file: 'src/projections/ledger/forms/postingTable.ts',
    find: 'on conflict on constraint ledger_postings_pkey do nothing',
    replace: '',
    test: { file: ledger, name: 'the ledger of postings is not changed by events that come again' },
  },
  {
    rule: 'R25',
    invariant: 'A checkpoint moves only after the sink has written.',
    name: 'the checkpoint moves before the sink',
    harm: 'While Elasticsearch is away, the checkpoint passes events that no document ever shows.',
    file: 'src/projections/projectEvents.ts',
    find: `  const refused = await projection.project(events);
  onWritten?.();
  await turn?.toEnd();
  return inDatabaseTransaction(pool, (client) => record(client, refused));`,
    replace: `  await turn?.toEnd();
  const recorded = await inDatabaseTransaction(pool, (client) => record(client, []));
  await projection.project(events);
  return recorded;`,
    test: {
      file: 'test/integration/projections/readModel/readModelSink.test.ts',
      name: 'the read model keeps its checkpoint while Elasticsearch is away',
    },
  },
  {
    rule: 'R26',
    invariant: 'A checkpoint moves only from the position at which the pass began.',
    name: 'the checkpoint moves without compare-and-set',
    harm: 'An attempt that Temporal has given up moves the checkpoint of the attempt that replaced it.',
    file: 'src/projections/checkpoints.ts',
    find: 'and position = $2::bigint',
    replace: 'and $2::bigint is not null',
    test: { file: drain, name: 'a checkpoint is moved by only one of two attempts at the same events' },
  },
  {
    rule: 'R27',
    invariant: 'A projection stops at a gap in the log.',
    name: 'a gap in the log is ignored',
    harm: 'An event is lost from the log and nobody notices. Every later balance is wrong.',
    file: 'src/projections/drain/drainBatch.ts',
    find: 'const recorded = eventsBeforeGap(from, read);',
    replace: 'const recorded = read;',
    test: { file: drain, name: 'a checkpoint does not pass a position that the log lacks' },
  },
  {
    rule: 'R28',
    invariant: 'An event that cannot be read is parked alone.',
    name: 'an unreadable event stops its projection',
    harm: 'One bad event holds up every wallet until somebody repairs it by hand.',
    file: 'src/projections/projectEvents.ts',
    find: 'if (!(error instanceof EventDecodeError)) throw error;',
    replace: 'if (error instanceof EventDecodeError) throw error;',
    test: {
      file: drain,
      name: 'an event that can not be read is parked alone: later events of its wallet and other wallets go on',
    },
  },
  {
    rule: 'R29',
    invariant: 'A parked event stays unprocessed in the outbox until every required projection has taken it.',
    name: 'a parked event counts as processed',
    harm: 'Operators see an empty outbox while an event is missing in the ledger. Pruning then deletes the last trace of it.',
    file: 'src/eventStore/migrations/0024_outbox_view.sql',
    find: '         where resolved_at is null\n',
    replace: '         where resolved_at is null and false\n',
    test: {
      file: drain,
      name: 'an event that can not be read stays unprocessed until the last projection has taken it after all',
    },
  },
  {
    rule: 'R80',
    invariant: 'A projection that is not required holds no outbox row.',
    name: 'a projection that is not required holds the outbox',
    harm: 'One webhook that is down keeps every outbox row open. Its alert pages an operator at night although the money is right.',
    file: 'src/eventStore/migrations/0024_outbox_view.sql',
    find: 'from required_projections as required\n  left join',
    replace: 'from projector_checkpoints as required\n  left join',
    test: {
      file: 'test/integration/projections/registry.test.ts',
      name: 'a projection that is not required holds neither outbox nor verification when its sink is dead, and its lag is told',
    },
  },
  {
    rule: 'R94',
    invariant: 'Without the checkpoint of a required projection no event counts as processed.',
    name: 'a projection without a checkpoint is left out',
    harm: 'A checkpoint was deleted by hand. Outbox rows of events that the projection never took count as done and are pruned.',
    file: 'src/eventStore/migrations/0024_outbox_view.sql',
    find: 'case when count(checkpoints.position) = count(*) then min(checkpoints.position) end',
    replace: 'min(checkpoints.position)',
    test: {
      file: 'test/integration/projections/outbox/upkeep.test.ts',
      name: 'without the checkpoint of a required projection nothing is processed, and health says so',
    },
  },
  {
    rule: 'R30',
    invariant: 'A retried event is checked against the event before it.',
    name: 'a parked event is retried without the event before it',
    harm: 'An event was parked because it contradicts the one before it. A second later it is let through and shows a wrong balance.',
    file: 'src/projections/parked/retryParked.ts',
    find: 'version === 1 ? [] : await readStream(pool, walletId, version - 2, 1)',
    replace: 'version > 0 ? [] : await readStream(pool, walletId, version - 2, 1)',
    test: {
      file: drain,
      name: 'an event that contradicts its predecessor stays parked when it is tried again by itself',
    },
  },
  {
    rule: 'R31',
    invariant: 'Pruning deletes only processed rows.',
    name: 'pruning looks at the age alone',
    harm: 'The outbox rows of parked events are deleted, and with them the sign that work is left.',
    file: 'src/projections/outbox/pruning.ts',
    find: 'page.processed_at is not null\n                    and ',
    replace: '',
    test: {
      file: 'test/integration/projections/outbox/upkeep.test.ts',
      name: 'pruning takes processed rows that are old enough, page by page, and leaves unprocessed ones',
    },
  },
  {
    rule: 'R32',
    invariant: 'The drain polls when no wake-up comes.',
    name: 'a drain without wake-ups never polls',
    harm: 'While Redis is away, the projections stop for as long as a drain runs.',
    file: 'src/projections/drain/drain.ts',
    find: 'Math.min(sleepMs, Math.max(0, endsAt - now()))',
    replace: 'Math.max(0, endsAt - now())',
    test: { file: drain, name: 'the drain loop finds events by polling if no wake-up comes' },
  },
  {
    rule: 'R33',
    invariant: 'A wake-up that comes during a pass starts another pass.',
    name: 'a wake-up during a pass is missed',
    harm: 'An event that is committed during a pass waits for the next poll instead of being shown at once.',
    file: 'src/projections/drain/drain.ts',
    find: 'await wakeUps.waitBeyond(seen,',
    replace: 'await wakeUps.waitBeyond(wakeUps.count(),',
    test: {
      file: drain,
      name: 'the drain loop runs again when a wake-up came during a pass that found nothing',
    },
  },
  {
    rule: 'R34',
    invariant: 'Pages of ledger entries hold every entry once.',
    name: 'a page of ledger entries repeats the last entry of the page before',
    harm: 'Statements show an entry twice, and their sums are wrong.',
    file: 'src/projections/ledger/forms/readPostings.ts',
    find: `credit_wallet_id = $1::text
              and not pending
              and position > $2::bigint`,
    replace: `credit_wallet_id = $1::text
              and not pending
              and position >= $2::bigint`,
    test: {
      file: 'test/api/ledger.test.ts',
      name: 'the entries of a wallet come whole, once each and in order, page by page: asc',
    },
  },
  {
    rule: 'R35',
    invariant: 'The swap to a rebuilt ledger moves the checkpoint to the end of the rebuild.',
    name: 'a rebuilt ledger leaves the checkpoint where it was',
    harm: 'The drain goes through every event again that the rebuild has booked.',
    file: 'src/projections/ledger/rebuild/swapRebuild.ts',
    find: 'await advanceCheckpoint(client, rebuildId);',
    replace: '',
    test: {
      file: 'test/integration/projections/ledger/rebuildLedger.test.ts',
      name: 'a rebuilt ledger takes the events that came meanwhile and moves the checkpoint; the drain goes on after it',
    },
  },
  {
    rule: 'R36',
    invariant: 'A rebuilt ledger is swapped in only if its content equals the result of the mapping.',
    name: 'a rebuilt ledger is not compared by content',
    harm: 'A rebuilt ledger with a wrong amount replaces the right one.',
    file: 'src/projections/ledger/rebuild/verifyRebuild.ts',
    find: 'if (!row.checksum_equal)',
    replace: 'if (row.entries === undefined)',
    test: {
      file: 'test/integration/projections/ledger/rebuildLedger.test.ts',
      name: 'a rebuilt ledger is refused with the reason if its table is not what the mapping gave',
    },
  },
  {
    rule: 'R76',
    invariant: 'A rebuilt ledger keeps what others hung on the old table, or the rebuild ends in words.',
    name: 'the swap does not look again at what hangs on the ledger',
    harm: 'A view that was made during the rebuild keeps the old ledger, and the table can not be dropped.',
    file: 'src/projections/ledger/rebuild/replaceLedger.ts',
    find: '  await refuseDependents(client, from, to);\n  const kept',
    replace: '  const kept',
    test: {
      file: 'test/integration/projections/ledger/rebuildLedger.test.ts',
      name: 'what hangs on the ledger ends it at the swap too if it came in between, and the ledger in use stays',
    },
  },
  {
    rule: 'R79',
    invariant: 'A posting debits the account that the money leaves, in every form of the ledger.',
    name: 'a rebuild swaps the debited and the credited account of each posting',
    harm: 'Debits and credits are swapped, and the ledger still balances. No checksum finds that, because it is made of the same bytes.',
    file: 'src/projections/ledger/rebuild/copyPostings.ts',
    find: 'const { debit, credit } = posting;',
    replace: 'const { debit: credit, credit: debit } = posting;',
    test: {
      file: 'test/integration/projections/ledger/rebuildPostings.test.ts',
      name: 'a rebuild of a ledger of legs makes postings that show the same entries, and the drain goes on with them',
    },
  },
  {
    rule: 'R84',
    invariant: 'Every posting of an event is booked once.',
    name: 'the second posting of an event is taken for the first',
    harm: 'The ledger balances and lacks a part of an event. Statements and wallets differ.',
    file: 'src/projections/ledger/forms/postingTable.ts',
    find: 'postings.map(({ posting }) => posting)',
    replace: 'postings.map(() => 1)',
    test: {
      file: ledger,
      name: 'the table of postings takes several postings of an event, each once, and shows their legs in order',
    },
  },
  {
    rule: 'R85',
    invariant: 'A ledger changes its form only while no drain is writing it.',
    name: 'the swap to postings does not wait for a drain that has read the form',
    harm: 'The drain writes legs into a ledger of postings, and each of its passes fails.',
    file: 'src/projections/ledger/rebuild/swapRebuild.ts',
    find: 'lock table ledger_form, ledger_entries,',
    replace: 'lock table ledger_entries,',
    test: {
      file: 'test/integration/projections/ledger/rebuildPostings.test.ts',
      name: 'a rebuild of a ledger of legs waits for a drain that has read the form, and the drain after it books postings',
    },
  },
];
