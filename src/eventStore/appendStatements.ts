// The texts of the append, one for each form of a batch. Each is one statement, and raises `log_head` first.
// Every other write reads the raised head. So if there is no head under the fence, nothing is written.
//
// A batch is withState if anything in it is more than a balance that moves. It is cached if its wallets come
// from the cache of the process. Its statement then looks for earlier records, too.
import {
  checkCachedWallets,
  checkCachedWalletsWithState,
  updateCachedWallets,
  updateCachedWalletsWithState,
} from './cachedWalletRows.ts';
import { insertCompactEvents, insertEventsAsJson, insertEventsWithState } from './appendEvents.ts';
import { upsertDetails, upsertHolds, upsertReversals } from './holdRows.ts';
import { recordColumns } from './recordRows.ts';
import { upsertUsage } from './usageRows.ts';
import {
  insertWallets,
  insertWalletsWithState,
  lockReadWallets,
  updateWallets,
  updateWalletsWithState,
} from './walletRows.ts';

const raiseHead = `
      with head as (
        update log_head
           set position = position + $1::bigint
         where fence = $2::bigint
        returning position - $1::bigint as base, generation
      )`;

/** In all generations. The primary key of the records guards only the current one. */
const raiseHeadUnlessRecorded = `
      with head as (
        update log_head
           set position = position + $1::bigint
         where fence = $2::bigint
           and not exists (
                 select
                   from idempotency_keys
                  where command_id = any($10::uuid[])
               )
        returning position - $1::bigint as base, generation
      )`;

const appendOutbox = `appended_outbox as (
        insert into outbox (position)
        select head.base + ordinal
          from head, generate_series(1, $1::bigint) as ordinal
      )`;

const recordCommands = `recorded as (
        insert into idempotency_keys (${recordColumns}, writer, generation)
        select new.command_id, new.key, decode(new.request_hash, 'hex'), decode(new.meaning_hash, 'hex'), new.status,
               new.headers::jsonb, new.body, new.accepted, new.outcome, $19::uuid, head.generation
          from head,
               unnest($10::uuid[], $11::text[], $12::text[], $13::text[], $14::smallint[], $15::text[], $16::text[],
                      $17::boolean[], $18::text[])
                 as new (${recordColumns})
      )`;

const writeState = `written_holds as (${upsertHolds}
      ), written_details as (${upsertDetails}
      ), written_reversals as (${upsertReversals}
      ), written_usage as (${upsertUsage}
      )`;

/** `xmin` of every row of a wallet that the statement wrote. */
const xidColumn = `,
             pg_current_xact_id()::xid as row_xid`;

/** Gives one row if there was a head. Raises the error `wallet_heads` unless every wallet was written. */
const guardWallets = `
      select assert_wallet_heads(updated.wallets + inserted.wallets, cardinality($4::text[]))${xidColumn}
        from head,
             (select count(*) as wallets from updated_wallets) as updated,
             (select count(*) as wallets from inserted_wallets) as inserted`;

/** Like `guardWallets`. Every wallet that was only read must be as it was loaded, too. */
const guardReadWallets = `
      select assert_wallet_heads(updated.wallets + inserted.wallets + locked.wallets,
                                 cardinality($4::text[]) + cardinality($43::text[]))${xidColumn}
        from head,
             (select count(*) as wallets from updated_wallets) as updated,
             (select count(*) as wallets from inserted_wallets) as inserted,
             (select count(*) as wallets from locked_wallets) as locked`;

/** Like `guardWallets`. Every wallet that was only read must be as it was cached, too. */
const guardCachedWallets = `
      select assert_wallet_heads(updated.wallets + checked.wallets,
                                 cardinality($4::text[]) + cardinality($36::text[]))${xidColumn}
        from head,
             (select count(*) as wallets from updated_wallets) as updated,
             (select count(*) as wallets from checked_wallets) as checked`;

const guardCachedReadWallets = `
      select assert_wallet_heads(updated.wallets + locked.wallets + checked.wallets,
                                 cardinality($4::text[]) + cardinality($43::text[]) + cardinality($47::text[]))${xidColumn}
        from head,
             (select count(*) as wallets from updated_wallets) as updated,
             (select count(*) as wallets from locked_wallets) as locked,
             (select count(*) as wallets from checked_wallets) as checked`;

const writeWallets = `${raiseHead}, ${appendOutbox}, updated_wallets as (${updateWallets}
      ), inserted_wallets as (${insertWallets}
      ), ${recordCommands}`;

export const appendStatements = {
  json: {
    name: 'append-batch-as-json',
    text: `${writeWallets}, appended_events as (${insertEventsAsJson}
      )${guardWallets}`,
  },
  compact: {
    name: 'append-batch',
    text: `${writeWallets}, appended_events as (${insertCompactEvents}
      )${guardWallets}`,
  },
  withState: {
    name: 'append-batch-with-state',
    text: `${raiseHead}, ${appendOutbox}, updated_wallets as (${updateWalletsWithState}
      ), inserted_wallets as (${insertWalletsWithState}
      ), ${recordCommands}, appended_events as (${insertEventsWithState}
      ), ${writeState}, locked_wallets as (${lockReadWallets}
      )${guardReadWallets}`,
  },
  cached: {
    name: 'append-cached-batch',
    text: `${raiseHeadUnlessRecorded}, ${appendOutbox}, updated_wallets as (${updateCachedWallets}
      ), ${recordCommands}, appended_events as (${insertCompactEvents}
      ), checked_wallets as (${checkCachedWallets}
      )${guardCachedWallets}`,
  },
  cachedWithState: {
    name: 'append-cached-batch-with-state',
    text: `${raiseHeadUnlessRecorded}, ${appendOutbox}, updated_wallets as (${updateCachedWalletsWithState}
      ), ${recordCommands}, appended_events as (${insertEventsWithState}
      ), ${writeState}, locked_wallets as (${lockReadWallets}
      ), checked_wallets as (${checkCachedWalletsWithState}
      )${guardCachedReadWallets}`,
  },
} as const;
