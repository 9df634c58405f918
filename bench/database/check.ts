// Compares the database after every measurement with the commands that the generator saw acknowledged, and
// with itself. A benchmark of a system that loses or doubles commands would measure nothing.
import { withClient } from '../../harness/databases.ts';
import {
  brokenTotals,
  mismatch,
  readTableTotals,
  type TableTotals,
} from '../../harness/invariants/tableTotals.ts';
import { settled } from '../../harness/settle.ts';
import { initialBalanceMinor, movementMinor, operations } from '../load/load.ts';
import type { BenchDatabase } from './databases.ts';
import { type Counts, prunedEvents, seededCounts, seededEvents, seededMinor, seededRecords } from './seed.ts';

export type { Counts };

/** After thousands of connections were cut at once, the server needs a while to close them. */
const stablePollsOfMany = 20;
const manyConnections = 512;

export const noCommands: Counts = { create: 0, credit: 0, debit: 0, transfer: 0 };

/** The database contradicts the acknowledged commands or itself. The message lists every difference. */
export class ConsistencyError extends Error {
  override readonly name = 'ConsistencyError';
  /** The commands that were committed nevertheless: the next comparison starts there. */
  readonly committed: Counts | undefined;

  constructor(message: string, committed?: Counts) {
    super(message);
    this.committed = committed;
  }
}

export interface Expectation {
  /** Commands that earlier checks of this database found. */
  readonly before: Counts;
  /** Commands that were acknowledged since. */
  readonly acknowledged: Counts;
  /** Commands that the generator cut off in flight. They may have been committed without an answer. */
  readonly cutMax: number;
  /** Commands that were answered with anything but 2xx since the database was made. */
  readonly refused: number;
}

/** Waits until the servers are done, checks, and gives the committed commands. Throws ConsistencyError. */
export async function checkDatabase(database: BenchDatabase, expected: Expectation): Promise<Counts> {
  return withClient(database.url, async (client) => {
    const stablePolls = expected.cutMax > manyConnections ? stablePollsOfMany : undefined;
    // A grown log has millions of records, and its loads are credits that all succeed.
    await settled(client, stablePolls, { countsRecords: seededRecords(database.seed) === 0 });
    const found = await readTableTotals(client);
    const committed = committedCommands(database, found);
    const differences = [
      ...differencesInside(database, found, committed, expected.refused),
      ...differencesFromAcknowledged(committed, expected),
    ];
    if (differences.length > 0) {
      throw new ConsistencyError(
        `${database.name} is not consistent:\n  ${differences.join('\n  ')}`,
        committed,
      );
    }
    return committed;
  });
}

function committedCommands({ seed }: BenchDatabase, found: TableTotals): Counts {
  const seeded = seededCounts(seed);
  return {
    create: Number(found.wallet_created) - seeded.create,
    credit: Number(found.wallet_credited) - seeded.credit,
    debit: Number(found.wallet_debited) - seeded.debit,
    transfer: Number(found.transfer_sent) - seeded.transfer,
  };
}

function differencesInside(
  { seed }: BenchDatabase,
  totals: TableTotals,
  committed: Counts,
  refused: number,
): readonly string[] {
  const commands = operations.reduce((sum, operation) => sum + committed[operation], 0);
  const inMinor =
    seededMinor(seed) +
    BigInt(committed.create) * initialBalanceMinor +
    BigInt(committed.credit) * movementMinor;
  const answersRefused = Number(totals.answers_refused);
  return [
    ...mismatch(
      'sum of balances',
      totals.balance_minor.split('.')[0] ?? '',
      inMinor - BigInt(committed.debit) * movementMinor,
    ),
    ...mismatch('events', totals.events, seededEvents(seed) + commands + committed.transfer),
    ...brokenTotals({ ...totals, outbox: String(Number(totals.outbox) + prunedEvents(seed)) }),
    ...mismatch(
      'idempotency rows of accepted commands',
      totals.answers_accepted,
      seededRecords(seed) + commands,
    ),
    ...mismatch('wallets', totals.wallets, seed.wallets + committed.create),
    ...(answersRefused > refused
      ? [`idempotency rows of refused commands: ${answersRefused}, refused: ${refused}`]
      : []),
  ];
}

function differencesFromAcknowledged(committed: Counts, expected: Expectation): string[] {
  const { before, acknowledged, cutMax } = expected;
  return operations.flatMap((operation) => {
    const since = committed[operation] - before[operation];
    const [lost, unheard] = [acknowledged[operation] - since, since - acknowledged[operation]];
    if (lost > 0) return [`${operation}: ${lost} of ${acknowledged[operation]} acknowledged are lost`];
    if (unheard > cutMax) {
      return [`${operation}: ${unheard} more committed than acknowledged, ${cutMax} may have been cut off`];
    }
    return [];
  });
}
