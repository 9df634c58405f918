// Writes the wallets that a measurement starts with, in SQL. Their history is consistent, as if the service
// had created each wallet and every projection had processed the events.
import type { Client } from 'pg';
import { compactEvents } from '../../harness/compactEvents.ts';
import { movementMinor, type Operation } from '../load/load.ts';
import { makeRoom } from './room.ts';

export interface Seed {
  /** Wallets `w-1` to `w-<wallets>`, with one event each. */
  readonly wallets: number;
  /** Events of `w-1`: WalletCreated, then credits. */
  readonly eventsOfFirst?: number;
  /**
   * Events of every wallet, of all kinds. Needs an even number of wallets, because neighbours pay each other.
   */
  readonly eventsPerWallet?: number;
  /** Whether the events have the compact form. Otherwise they have the form of releases before it. */
  readonly compact?: boolean;
  /** The seed of a log that has grown (bench/growth/seedGrown.ts): credits of every wallet, all compact. */
  readonly creditsPerWallet?: number;
  /** With `creditsPerWallet`: that many last events still have their outbox row and record. */
  readonly kept?: number;
}

export type Counts = Readonly<Record<Operation, number>>;

/**
 * Balance of every wallet before its first movement. It is so high that no debit of a benchmark is refused.
 */
export const seededBalanceMinor = 100_000_000n;

export function seededEvents(seed: Seed): number {
  const { wallets, eventsOfFirst = 1, eventsPerWallet = 1, creditsPerWallet = 0 } = seed;
  return wallets * (eventsPerWallet + creditsPerWallet) + eventsOfFirst - 1;
}

/** Events whose outbox rows and records a retention has taken. Only a log that has grown has them. */
export function prunedEvents(seed: Seed): number {
  return seed.creditsPerWallet === undefined ? 0 : seededEvents(seed) - (seed.kept ?? 0);
}

/** Records that the seed has. Only a log that has grown has them. */
export function seededRecords({ kept = 0 }: Seed): number {
  return kept;
}

/** The commands that would have written the seeded events. */
export function seededCounts(seed: Seed): Counts {
  const { wallets, eventsOfFirst = 1, eventsPerWallet = 1, creditsPerWallet = 0 } = seed;
  const versions = Array.from({ length: eventsPerWallet - 1 }, (_, index) => kindOf(index + 2));
  const perWallet = (kind: Kind) => versions.filter((other) => other === kind).length;
  return {
    create: wallets,
    credit: wallets * (perWallet('credit') + creditsPerWallet) + eventsOfFirst - 1,
    debit: wallets * perWallet('debit'),
    transfer: (wallets / 2) * perWallet('transfer'),
  };
}

/** The sum of the seeded balances, in minor units. */
export function seededMinor(seed: Seed): bigint {
  const { credit, debit } = seededCounts(seed);
  return BigInt(seed.wallets) * seededBalanceMinor + BigInt(credit - debit) * movementMinor;
}

type Kind = 'credit' | 'debit' | 'transfer';

/** The kind of a version of a wallet with a history. In a transfer odd wallets send and even ones receive. */
function kindOf(version: number): Kind {
  if (version % 4 === 0) return 'transfer';
  return version % 4 === 3 ? 'debit' : 'credit';
}

/** Fills a migrated, empty database. */
export async function seedDatabase(client: Client, seed: Seed): Promise<void> {
  const { wallets, eventsOfFirst = 1, eventsPerWallet = 1 } = seed;
  const created = [wallets, seededBalanceMinor.toString()];
  await makeRoom(client, seededEvents(seed));
  await client.query('begin');
  await client.query(
    `insert into events (position, wallet_id, version, type, schema_version, data, metadata, occurred_at)
     select number, 'w-' || number, 1, 'WalletCreated', 1,
            jsonb_build_object('ownerId', 'owner-' || number, 'currency', 'USD', 'balanceMinor', $2::text),
            jsonb_build_object('commandId', md5(number::text)::uuid, 'correlationId', 'seed'),
            date_trunc('milliseconds', now())
       from generate_series(1, $1::bigint) as number`,
    created,
  );
  await client.query(
    `insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
     select 'w-' || number, 'owner-' || number, 'USD', $2::bigint, 1, date_trunc('milliseconds', now()), date_trunc('milliseconds', now())
       from generate_series(1, $1::bigint) as number`,
    created,
  );
  if (eventsOfFirst > 1) await seedCredits(client, wallets, eventsOfFirst);
  if (eventsPerWallet > 1) await seedHistories(client, wallets, eventsPerWallet);
  await client.query(
    `insert into outbox (position)
     select position
       from generate_series(1, $1::bigint) as position`,
    [seededEvents(seed)],
  );
  await client.query('update log_head set position = $1::bigint', [seededEvents(seed)]);
  await client.query('update projector_checkpoints set position = $1::bigint', [seededEvents(seed)]);
  if (seed.compact === true) {
    await client.query("set local wallet.change_log = 'on'");
    await client.query(compactEvents());
  }
  await client.query('commit');
  if (seed.compact === true) await client.query('vacuum full events');
  // Otherwise the first measurement would pay for cleaning up after the seed.
  await client.query('vacuum (analyze) events, outbox_rows, wallets');
}

async function seedCredits(client: Client, wallets: number, eventsOfFirst: number): Promise<void> {
  const minor = [seededBalanceMinor.toString(), movementMinor.toString()];
  await client.query(
    `insert into events (position, wallet_id, version, type, schema_version, data, metadata, occurred_at)
     select $1::bigint + version - 1, 'w-1', version, 'WalletCredited', 1,
            jsonb_build_object('currency', 'USD', 'amountMinor', $4::text, 'description', '',
              'balanceMinor', ($3::bigint + (version - 1) * $4::bigint)::text),
            jsonb_build_object('commandId', md5('credit ' || version)::uuid, 'correlationId', 'seed'),
            date_trunc('milliseconds', now())
       from generate_series(2, $2::bigint) as version`,
    [wallets, eventsOfFirst, ...minor],
  );
  await client.query(
    `update wallets
        set version = $1::bigint,
            balance_minor = $2::bigint + ($1::bigint - 1) * $3::bigint
      where id = 'w-1'`,
    [eventsOfFirst, ...minor],
  );
}

/**
 * Writes version by version over all wallets, as traffic would mix them, and both events of a transfer next
 * to each other. Rows lie in order of position, as appending leaves them, because a rebuild reads them in
 * that order.
 */
async function seedHistories(client: Client, wallets: number, eventsPerWallet: number): Promise<void> {
  const versions = Array.from({ length: eventsPerWallet - 1 }, (_, index) => index + 2);
  const step = { credit: 1, debit: -1, transfer: 0 };
  const minor = [seededBalanceMinor.toString(), movementMinor.toString()];
  await client.query(
    `insert into events (position, wallet_id, version, type, schema_version, data, metadata, occurred_at)
     with steps as (
       select version, kind, sends,
              case kind when 'credit' then 'WalletCredited' when 'debit' then 'WalletDebited'
                        else case when sends then 'TransferSent' else 'TransferReceived' end end as type,
              $5::bigint + $6::bigint * sum(step + case when kind <> 'transfer' then 0 when sends then -1 else 1 end)
                over (partition by sends order by version) as balance
         from unnest($2::bigint[], $3::text[], $4::integer[]) as history (version, kind, step),
              unnest(array[true, false]) as sides (sends)
     ), other as (
       select version, sends, balance from steps
     )
     select $1::bigint * (steps.version - 1) + number, 'w-' || number, steps.version, steps.type, 1,
            jsonb_build_object('currency', 'USD', 'amountMinor', $6::text, 'description', 'bench',
              'balanceMinor', steps.balance::text)
            || case steps.type
                 when 'TransferSent' then jsonb_build_object(
                   'transferId', md5(number || ' ' || steps.version)::uuid, 'toWalletId', 'w-' || (number + 1),
                   'toBalanceMinor', other.balance::text)
                 when 'TransferReceived' then jsonb_build_object(
                   'transferId', md5((number - 1) || ' ' || steps.version)::uuid, 'fromWalletId', 'w-' || (number - 1))
                 else '{}' end,
            jsonb_build_object('commandId', md5(number || ' of ' || steps.version)::uuid, 'correlationId', 'seed'),
            date_trunc('milliseconds', now())
       from generate_series(1, $1::bigint) as number
       join steps on steps.sends = (number % 2 = 1)
       join other on other.version = steps.version and other.sends <> steps.sends
      order by 1`,
    [wallets, versions, versions.map(kindOf), versions.map((version) => step[kindOf(version)]), ...minor],
  );
  await client.query(
    `update wallets
        set version = last.version,
            balance_minor = (last.data ->> 'balanceMinor')::bigint
       from events as last
      where last.wallet_id = wallets.id
        and last.version = $1::bigint`,
    [eventsPerWallet],
  );
}
