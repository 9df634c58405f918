// Writes wallets with many open holds in SQL: events of the compact form, and the rows that an append makes
// of them. A verification of them finds nothing.
import type { ClientBase } from 'pg';
import { finishSeed } from './seedState.ts';
import { makeRoom } from '../database/room.ts';

const balanceMinor = 100_000_000;
const holdMinor = 100;

export interface OpenHolds {
  /** Wallets `w-1` to `w-<wallets>`. */
  readonly wallets: number;
  /** The first of them have open holds, all others none. */
  readonly holding: number;
  readonly holdsPerWallet: number;
}

/** Fills an empty, migrated database. No hold is due before a day has passed. */
export async function seedOpenHolds(client: ClientBase, seed: OpenHolds): Promise<void> {
  const { wallets, holding, holdsPerWallet } = seed;
  await makeRoom(client, wallets + holding * holdsPerWallet);
  await client.query('begin');
  await client.query(
    `insert into events (position, wallet_id, version, type, occurred_at, balance_minor, currency, command_id, extra)
     select n, 'w-' || n, 1, 'WalletCreated', date_trunc('milliseconds', now()), ${balanceMinor}, 'USD', md5('w' || n)::uuid,
            jsonb_build_object('ownerId', 'owner-' || n)
       from generate_series(1, $1::integer) as n`,
    [wallets],
  );
  await client.query(
    `insert into events (position, wallet_id, version, type, occurred_at, amount_minor, balance_minor, held_minor,
                         currency, command_id, description, extra)
     select $1::bigint + $2::bigint * (k - 1) + n, 'w-' || n, k + 1, 'HoldPlaced', date_trunc('milliseconds', now()),
            ${holdMinor}, ${balanceMinor}, ${holdMinor} * k, 'USD', md5(n || ' holds ' || k)::uuid, 'bench',
            jsonb_build_object('holdId', 'seeded-' || k, 'expiresAt',
              to_char((now() + interval '1 day') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
       from generate_series(1, $3::integer) as k, generate_series(1, $2::integer) as n
      order by 1`,
    [wallets, holding, holdsPerWallet],
  );
  await client.query(
    `insert into holds (wallet_id, hold_id, amount_minor, captured_minor, released_minor, remaining_minor, expires_at,
                        created_at, currency, description, metadata, captures)
     select wallet_id, extra ->> 'holdId', amount_minor, 0, 0, amount_minor, (extra ->> 'expiresAt')::timestamptz,
            occurred_at, 'USD', 'bench', '{}', '[]'
       from events
      where type = 'HoldPlaced'`,
  );
  await client.query(
    `insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at, held_minor,
                          hold_due_from, open_holds)
     select 'w-' || n, 'owner-' || n, 'USD', ${balanceMinor}, case when n <= $2 then 1 + $3::integer else 1 end,
            date_trunc('milliseconds', now()), date_trunc('milliseconds', now()),
            case when n <= $2 then ${holdMinor} * $3::integer end,
            case when n <= $2 then date_trunc('milliseconds', now() + interval '1 day') end,
            case when n <= $2 then $3::integer end
       from generate_series(1, $1::integer) as n`,
    [wallets, holding, holdsPerWallet],
  );
  await finishSeed(client, wallets + holding * holdsPerWallet);
}

/**
 * Lets the first hold of `count` wallets end, spread over `withinS` seconds from `inS` seconds on. Events and
 * rows agree afterwards, as if the holds had been placed so.
 */
export async function letFallDue(
  client: ClientBase,
  { count, inS, withinS }: { readonly count: number; readonly inS: number; readonly withinS: number },
): Promise<void> {
  await client.query('begin');
  await client.query("set local wallet.change_log = 'on'");
  await client.query(
    `with due as (
       update holds
          set expires_at = date_trunc('milliseconds', now() + $2::float8 * interval '1 s'
                + $3::float8 * interval '1 s' * substr(wallet_id, 3)::integer / $1::integer)
        where wallet_id = any(array(select 'w-' || n from generate_series(1, $1::integer) as n))
          and hold_id = 'seeded-1'
       returning wallet_id, expires_at
     ), bounded as (
       update wallets
          set hold_due_from = due.expires_at
         from due
        where wallets.id = due.wallet_id
     )
     update events
        set extra = extra || jsonb_build_object('expiresAt',
              to_char(due.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
       from due
      where events.wallet_id = due.wallet_id
        and events.version = 2`,
    [count, inS, withinS],
  );
  await client.query('commit');
  await client.query('vacuum (analyze) events, wallets, holds');
}
