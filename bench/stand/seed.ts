// The wallets that a measurement starts with, written by SQL in one go: a consistent history, as if the service
// had created each wallet and every projection had taken the events.
import type { Client } from 'pg';
import { movementMinor } from '../load/load.ts';

export interface Seed {
  /** Wallets `w-1` to `w-<wallets>`, with one event each. */
  readonly wallets: number;
  /** Events of `w-1`: WalletCreated and then credits. */
  readonly eventsOfFirst?: number;
}

/** Of every wallet before its first movement: no debit of a benchmark may ever be refused. */
export const seededBalanceMinor = 100_000_000n;

export function seededEvents({ wallets, eventsOfFirst = 1 }: Seed): number {
  return wallets + eventsOfFirst - 1;
}

/** What the seeded wallets hold together, in minor units. */
export function seededMinor(seed: Seed): bigint {
  return (
    BigInt(seed.wallets) * seededBalanceMinor + BigInt(seededEvents(seed) - seed.wallets) * movementMinor
  );
}

/** Fills a migrated, empty database. */
export async function seedDatabase(client: Client, seed: Seed): Promise<void> {
  const { wallets, eventsOfFirst = 1 } = seed;
  const created = [wallets, seededBalanceMinor.toString()];
  await client.query('begin');
  await client.query(
    `insert into events (position, wallet_id, version, type, schema_version, data, metadata, occurred_at)
     select number, 'w-' || number, 1, 'WalletCreated', 1,
            jsonb_build_object('ownerId', 'owner-' || number, 'currency', 'USD', 'balanceMinor', $2::text),
            jsonb_build_object('commandId', md5(number::text)::uuid, 'correlationId', 'seed'),
            now()
       from generate_series(1, $1::bigint) as number`,
    created,
  );
  await client.query(
    `insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
     select 'w-' || number, 'owner-' || number, 'USD', $2::bigint, 1, now(), now()
       from generate_series(1, $1::bigint) as number`,
    created,
  );
  if (eventsOfFirst > 1) await seedCredits(client, wallets, eventsOfFirst);
  await client.query(
    `insert into outbox (position, processed_at)
     select position, now()
       from generate_series(1, $1::bigint) as position`,
    [seededEvents(seed)],
  );
  await client.query('update log_head set position = $1::bigint', [seededEvents(seed)]);
  await client.query('update projector_checkpoints set position = $1::bigint', [seededEvents(seed)]);
  await client.query('commit');
  // Otherwise the first measurement would pay for what the seed left to be cleaned up.
  await client.query('vacuum (analyze) events, outbox, wallets');
}

async function seedCredits(client: Client, wallets: number, eventsOfFirst: number): Promise<void> {
  const minor = [seededBalanceMinor.toString(), movementMinor.toString()];
  await client.query(
    `insert into events (position, wallet_id, version, type, schema_version, data, metadata, occurred_at)
     select $1::bigint + version - 1, 'w-1', version, 'WalletCredited', 1,
            jsonb_build_object('currency', 'USD', 'amountMinor', $4::text, 'description', '',
              'balanceMinor', ($3::bigint + (version - 1) * $4::bigint)::text),
            jsonb_build_object('commandId', md5('credit ' || version)::uuid, 'correlationId', 'seed'),
            now()
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
