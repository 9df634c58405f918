// Judges a whole database in one pass over its tables, in SQL: hundreds of thousands of events are too many
// to read as rows. It finds gaps, lost rows and wrong balances. Bench measurements add what they know about
// their own commands.
import type { Client } from 'pg';

/** Whole numbers as text, because node-postgres gives bigint so. */
export interface TableTotals {
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

export async function readTableTotals(client: Client): Promise<TableTotals> {
  const { rows } = await client.query<TableTotals>(
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
           or coalesce(events.balance_minor, (events.data ->> 'balanceMinor')::bigint) is distinct from wallets.balance_minor
     )
     select log.*, wallets_broken,
            (select position from log_head) as log_head,
            (select count(*) from outbox) as outbox,
            (select count(*) from outbox left join events using (position) where events.position is null)
              as outbox_without_event,
            (select count(*) from idempotency_keys where coalesce(accepted, status < 400)) as answers_accepted,
            (select count(*) from idempotency_keys where not coalesce(accepted, status < 400)) as answers_refused,
            (select count(*) from wallets) as wallets,
            (select coalesce(sum(balance_minor), 0) from wallets) as balance_minor
       from log, broken`,
  );
  return rows[0] as TableTotals;
}

/** A sentence if the total is another number than it must be. */
export function mismatch(
  what: string,
  actual: string | bigint,
  wanted: string | bigint | number,
): readonly string[] {
  return BigInt(actual) === BigInt(wanted) ? [] : [`${what}: ${actual} instead of ${wanted}`];
}

/** The rules that hold for every database, whatever was done to it. */
export function brokenTotals(totals: TableTotals): readonly string[] {
  const { events } = totals;
  return [
    ...mismatch('received transfers', totals.transfer_received, totals.transfer_sent),
    ...mismatch('first position', totals.first_position, 1),
    ...mismatch('last position', totals.last_position, events),
    ...mismatch('log_head', totals.log_head, events),
    ...mismatch('outbox rows', totals.outbox, events),
    ...mismatch('outbox rows without an event', totals.outbox_without_event, 0),
    ...mismatch(
      'wallets with a gap in their versions or another balance than their events',
      totals.wallets_broken,
      0,
    ),
  ];
}
