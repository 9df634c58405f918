// Writes wallets with holds, freezes and details in SQL: events of the compact form, and the rows that an
// append makes of them. A verification of them finds nothing.
import type { ClientBase } from 'pg';
import { makeRoom } from '../database/room.ts';

const balanceMinor = 100_000_000;
const creditMinor = 100;
const heldMinor = 500;

export interface Histories {
  /** Wallets `w-1` to `w-<wallets>`. */
  readonly wallets: number;
  readonly eventsPerWallet: number;
  /** Two events of each wallet place and end a hold, freeze and unfreeze it, or change its details. */
  readonly mixed: boolean;
}

/** The version of the first of the two events that are no credits. */
const firstOther = 9;

/** The kind of wallet `n`. Of five wallets three have a hold, one is frozen and one has details. */
const kinds = `case when not $3::boolean then 'plain'
                    else (array['captured', 'captured', 'voided', 'frozen', 'details'])[n % 5 + 1] end`;
const hold = `jsonb_build_object('holdId', 'h-' || n)`;
const frozen = `'{"terms": {"freeze": {"scope": "debits", "reason": "a check", "holds": "honor"}}}'::jsonb`;
const detailsOf = `jsonb_build_object('metadata', jsonb_build_object('order', n::text), 'labels', jsonb_build_array('vip'))`;

/**
 * Fills an empty, migrated database. Events lie version by version over all wallets, as traffic mixes them.
 */
export async function seedHistories(client: ClientBase, histories: Histories): Promise<number> {
  const { wallets, eventsPerWallet, mixed } = histories;
  const events = wallets * eventsPerWallet;
  await makeRoom(client, events);
  const values = [wallets, eventsPerWallet, mixed];
  await client.query('begin');
  await client.query(
    `insert into events (position, wallet_id, version, type, occurred_at, amount_minor, balance_minor, held_minor,
                         status, currency, command_id, description, extra, terms_version, details_version)
     select $1::bigint * (v - 1) + n, 'w-' || n, v,
            case when v = 1 then 'WalletCreated'
                 when v = ${firstOther} and kind in ('captured', 'voided') then 'HoldPlaced'
                 when v = ${firstOther + 1} and kind = 'captured' then 'HoldCaptured'
                 when v = ${firstOther + 1} and kind = 'voided' then 'HoldReleased'
                 when v = ${firstOther} and kind = 'frozen' then 'WalletFrozen'
                 when v = ${firstOther + 1} and kind = 'frozen' then 'WalletUnfrozen'
                 when v between ${firstOther} and ${firstOther + 1} and kind = 'details' then 'WalletDetailsChanged'
                 else 'WalletCredited' end,
            date_trunc('milliseconds', now()),
            case when v = 1 then null
                 when kind = 'plain' or v not between ${firstOther} and ${firstOther + 1} then ${creditMinor}
                 when kind in ('captured', 'voided') then ${heldMinor} end,
            ${balanceMinor} + ${creditMinor} * (v - 1)
              - case when kind = 'plain' then 0
                     else ${creditMinor} * greatest(0, least(v - ${firstOther - 1}, 2)) end
              - case when kind = 'captured' and v > ${firstOther} then ${heldMinor} else 0 end,
            case when v = ${firstOther} and kind in ('captured', 'voided') then ${heldMinor} end,
            case when v = ${firstOther} and kind = 'frozen' then 'frozen' end,
            'USD', md5(n || ' of ' || v)::uuid,
            case when v = 1 or (kind in ('frozen', 'details') and v between ${firstOther} and ${firstOther + 1})
                 then null else 'bench' end,
            case when v = 1 then jsonb_build_object('ownerId', 'owner-' || n)
                 when v = ${firstOther} and kind in ('captured', 'voided')
                 then ${hold} || jsonb_build_object('expiresAt', '2030-01-01T00:00:00.000Z')
                 when v = ${firstOther + 1} and kind = 'captured'
                 then ${hold} || jsonb_build_object('captureId', md5('c' || n)::uuid, 'releasedMinor', '0', 'overMinor', '0')
                 when v = ${firstOther + 1} and kind = 'voided' then ${hold} || '{"reason": "voided"}'
                 when v = ${firstOther} and kind = 'frozen' then ${frozen}
                 when v = ${firstOther + 1} and kind = 'frozen'
                 then '{"terms": {}, "cause": "request", "reason": "done"}'
                 when v between ${firstOther} and ${firstOther + 1} and kind = 'details'
                 then jsonb_build_object('details', ${detailsOf}) end,
            case when kind = 'frozen' and v >= ${firstOther} then least(v, ${firstOther + 1}) end,
            case when kind = 'details' and v >= ${firstOther} then least(v, ${firstOther + 1}) end
       from generate_series(1, $2::integer) as v,
            (select n, ${kinds} as kind from generate_series(1, $1::integer) as n) as wallet
      order by 1`,
    values,
  );
  await seedRows(client, eventsPerWallet);
  await finishSeed(client, events);
  return events;
}

/** Makes the rows of wallets, holds and details from the events. */
async function seedRows(client: ClientBase, eventsPerWallet: number): Promise<void> {
  await client.query(
    `insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at, terms_version,
                          details_version, terms)
     select last.wallet_id, first.extra ->> 'ownerId', 'USD', last.balance_minor, last.version, first.occurred_at,
            last.occurred_at, last.terms_version, last.details_version,
            case when last.terms_version is not null then '{}'::jsonb end
       from events as last
       join events as first on first.wallet_id = last.wallet_id and first.version = 1
      where last.version = $1::bigint`,
    [eventsPerWallet],
  );
  await client.query(
    `insert into holds (wallet_id, hold_id, amount_minor, captured_minor, released_minor, remaining_minor, expires_at,
                        created_at, ended_at, ended_as, currency, description, metadata, captures)
     select placed.wallet_id, placed.extra ->> 'holdId', placed.amount_minor,
            case ended.type when 'HoldCaptured' then ended.amount_minor else 0 end,
            case ended.type when 'HoldReleased' then ended.amount_minor else 0 end,
            0, (placed.extra ->> 'expiresAt')::timestamptz, placed.occurred_at, ended.occurred_at,
            case ended.type when 'HoldCaptured' then 'captured' else 'voided' end, 'USD', 'bench', '{}',
            case ended.type when 'HoldCaptured'
                 then jsonb_build_array(jsonb_build_object(
                        'captureId', ended.extra ->> 'captureId', 'amountMinor', ended.amount_minor::text,
                        'version', ended.version,
                        'at', to_char(ended.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
                 else '[]' end
       from events as placed
       join events as ended on ended.wallet_id = placed.wallet_id and ended.version = placed.version + 1
      where placed.type = 'HoldPlaced'`,
  );
  await client.query(
    `insert into wallet_details (wallet_id, metadata, labels)
     select wallet_id, extra #> '{details,metadata}', array['vip']
       from events
      where type = 'WalletDetailsChanged'
        and version = ${firstOther + 1}`,
  );
}

/** Tells the rest of the database of the events, and commits. */
export async function finishSeed(client: ClientBase, events: number): Promise<void> {
  await client.query(
    'insert into outbox (position) select position from generate_series(1, $1::bigint) as position',
    [events],
  );
  await client.query('update log_head set position = $1::bigint', [events]);
  await client.query('update projector_checkpoints set position = $1::bigint', [events]);
  await client.query('commit');
  await client.query('vacuum (analyze) events, outbox_rows, wallets, holds, wallet_details');
}
