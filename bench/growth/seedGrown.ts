// Writes a log that has grown for weeks, in SQL: compact events, wallets, and the outbox rows and records of
// the last of them. Rows have the forms that the service writes. Indexes of random keys are as full as
// traffic leaves them. Built anew they would be fuller, and the first commands would split their pages.
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { ordinaryState } from '../../src/domain/wallet.ts';
import { encodeOutcome, statefulVersion } from '../../src/eventStore/outcomeCodec.ts';
import { movementMinor } from '../load/load.ts';
import { type Seed, seededBalanceMinor, seededEvents } from '../database/seed.ts';

/** The used share of a B-tree's pages after inserts in random order, on average. */
const fullPercent = 69;
const days = 28;

/** Fills a migrated, empty database. Wallets take turns, so the newest event of each is in the last part. */
export async function seedGrown(client: Client, seed: Seed): Promise<void> {
  const { wallets, kept = 0 } = seed;
  const events = seededEvents(seed);
  // The tables are filled without indexes. `work` memory is for the sorts of the indexes.
  await client.query("set synchronous_commit = off; set maintenance_work_mem = '512MB'");
  await client.query(`
    alter table events drop constraint events_pkey, drop constraint events_wallet_version;
    alter table idempotency_keys drop constraint idempotency_keys_pkey`);
  await seedEvents(client, events, wallets);
  await client.query(`
    alter table events add constraint events_pkey primary key (position);
    alter table events add constraint events_wallet_version unique (wallet_id, version) with (fillfactor = ${fullPercent});
    alter index events_wallet_version reset (fillfactor)`);
  await seedRecords(client, events, wallets, kept);
  await client.query(`
    alter table idempotency_keys add constraint idempotency_keys_pkey primary key (command_id) with (fillfactor = ${fullPercent});
    alter index idempotency_keys_pkey reset (fillfactor)`);
  await client.query(
    `insert into outbox_rows (position, created_at)
     select position, occurred_at
       from events
      where position > $1::bigint
      order by position`,
    [events - kept],
  );
  await client.query(
    `insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
     select 'w-' || n, 'owner-' || n, 'USD', $3::bigint + ($2::bigint / $1 - 1) * $4::bigint, $2::bigint / $1,
            date_trunc('milliseconds', now() - interval '${days} days'), date_trunc('milliseconds', now())
       from generate_series(1, $1::bigint) as n`,
    [wallets, events, seededBalanceMinor.toString(), movementMinor.toString()],
  );
  await client.query('update log_head set position = $1::bigint', [events]);
  await client.query('update projector_checkpoints set position = $1::bigint', [events]);
  await client.query('update outbox_upkeep set pruned_through = $1::bigint, checked_through = $1::bigint', [
    events - kept,
  ]);
  await client.query('vacuum (freeze, analyze) events, idempotency_keys, outbox_rows, wallets');
  await client.query('reset synchronous_commit; reset maintenance_work_mem');
}

/** The time of position `p` of $1. */
const occurredAt = `date_trunc('milliseconds', now() - interval '${days} days' * (1 - p::float8 / $1::bigint))`;
const commandIdOf = "md5('command ' || p)::uuid";

async function seedEvents(client: Client, events: number, wallets: number): Promise<void> {
  await client.query(
    `insert into events (position, wallet_id, version, type, occurred_at, amount_minor, balance_minor, currency,
                         command_id, correlation_id, description, extra)
     select p, 'w-' || n, v, case when v = 1 then 'WalletCreated' else 'WalletCredited' end, ${occurredAt},
            case when v > 1 then $4::bigint end, $3::bigint + (v - 1) * $4::bigint, 'USD',
            ${commandIdOf}, md5('request ' || p)::uuid, case when v > 1 then 'bench' end,
            case when v = 1 then jsonb_build_object('ownerId', 'owner-' || n) end
       from generate_series(1, $1::bigint) as p
      cross join lateral (select (p - 1) % $2::bigint + 1 as n, (p - 1) / $2::bigint + 1 as v) as wallet`,
    [events, wallets, seededBalanceMinor.toString(), movementMinor.toString()],
  );
}

async function seedRecords(client: Client, events: number, wallets: number, kept: number): Promise<void> {
  await client.query(
    `insert into idempotency_keys (command_id, meaning_hash, accepted, outcome, created_at, writer)
     select ${commandIdOf}, decode(md5('meaning ' || p), 'hex'), true,
            format($6::text, n, n, $4::bigint + (v - 1) * $5::bigint, v), ${occurredAt}, $7::uuid
       from generate_series($1::bigint - $3::bigint + 1, $1::bigint) as p
      cross join lateral (select (p - 1) % $2::bigint + 1 as n, (p - 1) / $2::bigint + 1 as v) as wallet`,
    [
      events,
      wallets,
      kept,
      seededBalanceMinor.toString(),
      movementMinor.toString(),
      outcomeFormat(),
      randomUUID(),
    ],
  );
}

/** The outcome of a credit as the service writes it. It has a place for each part that differs by wallet. */
function outcomeFormat(): string {
  const now = new Date();
  const version = 987_654_321;
  const balanceMinor = 123_456_789n;
  const wallet = { id: 'w-%s', ownerId: 'owner-%s', currency: 'USD', createdAt: now, updatedAt: now };
  const text = encodeOutcome({
    version: statefulVersion,
    command: 'CreditWallet',
    accepted: [{ ...wallet, ...ordinaryState, balanceMinor, version }],
    movementVersions: [version],
    facts: {},
  });
  return text.replace(balanceMinor.toString(), '%s').replace(version.toString(), '%s');
}
