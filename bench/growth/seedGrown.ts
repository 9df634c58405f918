// Writes a log that has grown for weeks, in SQL: compact events in segments, wallets, and the outbox rows and
// records of the last of them. Rows have the forms that the service writes. They go into tables with their
// indexes, so indexes of random keys are as full as traffic leaves them.
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { ordinaryState } from '../../src/domain/wallet.ts';
import { encodeOutcome, statefulVersion } from '../../src/eventStore/outcomeCodec.ts';
import { movementMinor } from '../load/load.ts';
import { makeRoom } from '../database/room.ts';
import { type Seed, seededBalanceMinor, seededEvents } from '../database/seed.ts';

const days = 28;
/** Records of a retention of 7 days lie in that many. */
const generations = 3;

/** Fills a migrated, empty database. Wallets take turns, so the newest event of each is in the last part. */
export async function seedGrown(client: Client, seed: Seed): Promise<void> {
  const { wallets, kept = 0 } = seed;
  const events = seededEvents(seed);
  await client.query('set synchronous_commit = off');
  await makeRoom(client, events);
  await seedEvents(client, events, wallets);
  await seedRecords(client, events, wallets, kept);
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
  await client.query('reset synchronous_commit');
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

/** The records lie in as many generations as traffic leaves, of equal size. */
async function seedRecords(client: Client, events: number, wallets: number, kept: number): Promise<void> {
  await client.query('select partition_records()');
  const part = Math.ceil(kept / generations);
  for (let generation = 0; generation < generations; generation += 1) {
    if (generation > 0) {
      await client.query('select make_command_generation($1::integer)', [generation]);
      await client.query('select switch_command_generation($1::integer)', [generation]);
    }
    const from = events - kept + generation * part;
    await insertRecords(client, events, wallets, { from, to: Math.min(from + part, events) });
  }
}

/** The records of the commands of positions above `from` up to `to`. */
async function insertRecords(
  client: Client,
  events: number,
  wallets: number,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  await client.query(
    `insert into idempotency_keys (generation, command_id, meaning_hash, accepted, outcome, created_at, writer)
     select current_command_generation(), ${commandIdOf}, decode(md5('meaning ' || p), 'hex'), true,
            format($7::text, n, n, $5::bigint + (v - 1) * $6::bigint, v), ${occurredAt}, $8::uuid
       from generate_series($3::bigint + 1, $4::bigint) as p
      cross join lateral (select (p - 1) % $2::bigint + 1 as n, (p - 1) / $2::bigint + 1 as v) as wallet`,
    [
      ...[events, wallets, from, to],
      ...[seededBalanceMinor.toString(), movementMinor.toString()],
      ...[outcomeFormat(), randomUUID()],
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
