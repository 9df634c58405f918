// Bugs behind the commit: reading the log, checkpoints, parking, the drain's sleep, the ledger and its rebuild.
import type { PlantedBug } from '../plantedBug.ts';

const drain = 'test/integration/projections/drain/drain.test.ts';
const ledger = 'test/integration/projections/ledger/ledgerSink.test.ts';

export const projectionBugs: readonly PlantedBug[] = [
  {
    name: 'the log is read in another order than that of positions',
    harm: 'A pass ends at the position of whatever came last in it, and the events between are never projected.',
    file: 'src/eventStore/read/readEvents.ts',
    find: 'where position > $1::bigint\n       order by position',
    replace: 'where position > $1::bigint\n       order by wallet_id, version',
    test: {
      file: ledger,
      name: 'the ledger books creation and transfer in two legs each, with the balances behind them',
    },
  },
  {
    name: 'the ledger does not stand an event twice',
    harm: 'After a crash between two passes the whole batch is parked as refused, and the ledger stands still.',
    file: 'src/projections/ledger/ledgerSink.ts',
    find: 'on conflict on constraint ledger_entries_pkey do nothing',
    replace: '',
    test: { file: ledger, name: 'the ledger is not changed by events that come again' },
  },
  {
    name: 'the checkpoint moves before the sink',
    harm: 'While Elasticsearch is away, events are passed that no document ever shows.',
    file: 'src/projections/projectEvents.ts',
    find: `  const refusals = await projection.project(events);
  return inDatabaseTransaction(pool, (client) => record(client, refusals));`,
    replace: `  const recorded = await inDatabaseTransaction(pool, (client) => record(client, []));
  await projection.project(events);
  return recorded;`,
    test: {
      file: 'test/integration/projections/readModel/readModelSink.test.ts',
      name: 'the read model keeps its checkpoint while Elasticsearch is away',
    },
  },
  {
    name: 'the checkpoint moves without compare-and-set',
    harm: 'A zombie attempt sets the checkpoint back or forth under the one that replaced it.',
    file: 'src/projections/checkpoints.ts',
    find: 'and position = $2::bigint',
    replace: 'and $2::bigint is not null',
    test: { file: drain, name: 'a checkpoint is moved by only one of two attempts at the same events' },
  },
  {
    name: 'a gap in the log is passed over',
    harm: 'An event that was lost from the log is noticed by nobody, and balances are wrong from there on.',
    file: 'src/projections/drain/drainBatch.ts',
    find: 'assertNoGap(from, recorded);',
    replace: '',
    test: { file: drain, name: 'a checkpoint does not pass a position that the log lacks' },
  },
  {
    name: 'an event that can not be read stops its projection',
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
    name: 'a parked event counts as processed',
    harm: 'Operators see an empty outbox while an event is in no ledger, and pruning deletes the trace of it.',
    file: 'src/projections/outbox/outbox.ts',
    find: 'and failures.resolved_at is null',
    replace: 'and failures.resolved_at is null and false',
    test: {
      file: drain,
      name: 'an event that can not be read stays unprocessed until the last projection has taken it after all',
    },
  },
  {
    name: 'a parked event is tried again without the one before it',
    harm: 'What was refused for contradicting its predecessor is let through a second later, and a wrong balance is shown.',
    file: 'src/projections/parked/retryParked.ts',
    find: 'version === 1 ? [] : await readStream(pool, walletId, version - 2, 1)',
    replace: 'version > 0 ? [] : await readStream(pool, walletId, version - 2, 1)',
    test: {
      file: drain,
      name: 'an event that contradicts its predecessor stays parked when it is tried again by itself',
    },
  },
  {
    name: 'pruning looks at the age alone',
    harm: 'Outbox rows of parked events are deleted, and with them the sign that something is still to be done.',
    file: 'src/projections/outbox/pruning.ts',
    find: 'where page.processed_at < now()',
    replace: 'where page.created_at < now()',
    test: {
      file: 'test/integration/projections/outbox/upkeep.test.ts',
      name: 'pruning takes processed rows that are old enough, page by page, and leaves unprocessed ones',
    },
  },
  {
    name: 'a drain without wake-ups never looks',
    harm: 'With Redis away the projections stand still for as long as a drain runs.',
    file: 'src/projections/drain/drain.ts',
    find: 'Math.min(sleepMs, Math.max(0, endsAt - now()))',
    replace: 'Math.max(0, endsAt - now())',
    test: { file: drain, name: 'the drain loop finds events by polling where no wake-up comes' },
  },
  {
    name: 'a wake-up during a pass is missed',
    harm: 'What was committed while a pass looked elsewhere waits for the next poll instead of being shown at once.',
    file: 'src/projections/drain/drain.ts',
    find: 'await wakeUps.waitBeyond(seen,',
    replace: 'await wakeUps.waitBeyond(wakeUps.count(),',
    test: {
      file: drain,
      name: 'the drain loop looks again when a wake-up came during a pass that found nothing',
    },
  },
  {
    name: 'a page of ledger entries begins with the last of the page before',
    harm: 'Statements show an entry twice, and their sums are wrong.',
    file: 'src/projections/ledger/ledgerQueries.ts',
    find: 'and entry.position > $2::bigint',
    replace: 'and entry.position >= $2::bigint',
    test: {
      file: 'test/api/ledger.test.ts',
      name: 'the entries of a wallet come whole, once each and in order, page by page: asc',
    },
  },
  {
    name: 'a rebuilt ledger leaves the checkpoint where it was',
    harm: 'The drain goes through everything that the rebuild has booked, for as long as it took from the beginning.',
    file: 'src/projections/ledger/rebuild/swapRebuild.ts',
    find: 'await advanceCheckpoint(client, rebuildId);',
    replace: '',
    test: {
      file: 'test/integration/projections/ledger/rebuildLedger.test.ts',
      name: 'a rebuilt ledger takes the events that came meanwhile and moves the checkpoint; the drain goes on behind it',
    },
  },
  {
    name: 'a rebuilt ledger is not compared by content',
    harm: 'A rebuild with a wrong amount in it replaces the right ledger.',
    file: 'src/projections/ledger/rebuild/rebuildTable.ts',
    find: 'if (!row.checksum_equal)',
    replace: 'if (row.entries === undefined)',
    test: {
      file: 'test/integration/projections/ledger/rebuildLedger.test.ts',
      name: 'a rebuilt ledger is refused with the reason where its table is not what the mapping gave',
    },
  },
];
