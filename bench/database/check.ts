// After every measurement the database is held against what the generator saw acknowledged, and against itself: a
// benchmark of a system that loses or doubles commands would measure nothing.
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import { initialBalanceMinor, movementMinor, operations } from '../load/load.ts';
import { type BenchDatabase, withClient } from './databases.ts';
import { type Counts, seededCounts, seededEvents, seededMinor } from './seed.ts';

export type { Counts };

export const noCommands: Counts = { create: 0, credit: 0, debit: 0, transfer: 0 };

/** What the database does not agree with. The message lists every difference. */
export class ConsistencyError extends Error {
  override readonly name = 'ConsistencyError';
  /** What was committed all the same: where the next comparison starts. */
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
  /** Commands that may have been committed without anybody hearing of it: cut off in flight by the generator. */
  readonly cutMax: number;
  /** Commands that were answered with anything but 2xx since the database was made. */
  readonly refused: number;
}

/** Waits until the servers are done, checks, and gives the commands that are committed. Throws ConsistencyError. */
export async function checkDatabase(database: BenchDatabase, expected: Expectation): Promise<Counts> {
  return withClient(database.url, async (client) => {
    await settled(client, expected.cutMax);
    const found = await readFindings(client);
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

/** What one pass over the tables finds; counts as text of whole numbers, because node-postgres gives bigint so. */
interface Findings {
  readonly events: string;
  readonly first_position: string;
  readonly last_position: string;
  readonly log_head: string;
  readonly outbox: string;
  readonly outbox_without_event: string;
  readonly answers_accepted: string;
  readonly answers_refused: string;
  readonly wallets: string;
  readonly balance_minor: string;
  readonly wallets_broken: string;
  readonly wallet_created: string;
  readonly wallet_credited: string;
  readonly wallet_debited: string;
  readonly transfer_sent: string;
  readonly transfer_received: string;
}

async function readFindings(client: Client): Promise<Findings> {
  const { rows } = await client.query<Findings>(
    `with log as (
       select count(*) as events, min(position) as first_position, max(position) as last_position,
              count(*) filter (where type = 'WalletCreated') as wallet_created,
              count(*) filter (where type = 'WalletCredited') as wallet_credited,
              count(*) filter (where type = 'WalletDebited') as wallet_debited,
              count(*) filter (where type = 'TransferSent') as transfer_sent,
              count(*) filter (where type = 'TransferReceived') as transfer_received
         from events
     ), streams as (
       select wallet_id, count(*) as events, min(version) as first_version, max(version) as last_version
         from events
        group by wallet_id
     ), broken as (
       select count(*) as wallets_broken
         from streams
         full join wallets on wallets.id = streams.wallet_id
         left join events on events.wallet_id = wallets.id and events.version = wallets.version
        where streams.first_version is distinct from 1
           or streams.last_version is distinct from streams.events
           or streams.last_version is distinct from wallets.version
           or (events.data ->> 'balanceMinor')::bigint is distinct from wallets.balance_minor
     )
     select log.*, wallets_broken,
            (select position from log_head) as log_head,
            (select count(*) from outbox) as outbox,
            (select count(*) from outbox left join events using (position) where events.position is null)
              as outbox_without_event,
            (select count(*) from idempotency_keys where status < 400) as answers_accepted,
            (select count(*) from idempotency_keys where status >= 400) as answers_refused,
            (select count(*) from wallets) as wallets,
            (select coalesce(sum(balance_minor), 0) from wallets) as balance_minor
       from log, broken`,
  );
  return rows[0] as Findings;
}

function committedCommands({ seed }: BenchDatabase, found: Findings): Counts {
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
  found: Findings,
  committed: Counts,
  refused: number,
): string[] {
  const differences: string[] = [];
  const same = (what: string, actual: string | bigint, wanted: string | bigint | number) => {
    if (BigInt(actual) !== BigInt(wanted)) differences.push(`${what}: ${actual} instead of ${wanted}`);
  };
  const commands = operations.reduce((sum, operation) => sum + committed[operation], 0);
  const inMinor =
    seededMinor(seed) +
    BigInt(committed.create) * initialBalanceMinor +
    BigInt(committed.credit) * movementMinor;
  same(
    'sum of balances',
    found.balance_minor.split('../stand')[0] ?? '',
    inMinor - BigInt(committed.debit) * movementMinor,
  );
  same('events', found.events, seededEvents(seed) + commands + committed.transfer);
  same('received transfers', found.transfer_received, found.transfer_sent);
  same('first position', found.first_position, 1);
  same('last position', found.last_position, found.events);
  same('log_head', found.log_head, found.events);
  same('outbox rows', found.outbox, found.events);
  same('outbox rows without an event', found.outbox_without_event, 0);
  same('idempotency rows of accepted commands', found.answers_accepted, commands);
  same('wallets', found.wallets, seed.wallets + committed.create);
  same('wallets with a gap in their versions or another balance than their events', found.wallets_broken, 0);
  if (Number(found.answers_refused) > refused) {
    differences.push(`idempotency rows of refused commands: ${found.answers_refused}, refused: ${refused}`);
  }
  return differences;
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

const settlePollMs = 100;
const settleStablePolls = 5;
/** After thousands of connections were cut at once, the server is busy with their ends for a while first. */
const settleStablePollsOfMany = 20;
const settleManyConnections = 512;
const settleWithinMs = 30_000;

/** Commands whose client is gone are still carried out; until the log stands still there is nothing to compare. */
async function settled(client: Client, cutMax: number): Promise<void> {
  const stablePolls = cutMax > settleManyConnections ? settleStablePollsOfMany : settleStablePolls;
  const deadline = performance.now() + settleWithinMs;
  let last: string | undefined;
  for (let stable = 0; stable < stablePolls;) {
    if (performance.now() > deadline) throw new Error('the servers did not come to rest after the load');
    const { rows } = await client.query<{ state: string }>(
      `select position || ' ' || (
                select count(*) from pg_stat_activity
                 where datname = current_database() and application_name = 'wallet-commands' and state <> 'idle'
              ) as state
         from log_head`,
    );
    const state = rows[0]?.state;
    stable = state === last && state?.endsWith(' 0') === true ? stable + 1 : 0;
    last = state;
    await pause(settlePollMs);
  }
}
