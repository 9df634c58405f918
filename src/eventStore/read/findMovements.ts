// Searches the log for movements, the newest first, without an index of its own. Each call examines a bounded
// page of the log, or of one wallet's stream, and says how far it came.
//
// Invariant: a call examines at most `eventsMax` events, however many the log has and however few match.
import { currencies, decimalsOf } from '../../domain/currency.ts';
import { scopedId, type Tenant } from '../../domain/tenant.ts';
import { type MovementHit, receivingHalves } from './readMovements.ts';
import type { ReadDatabase } from '../tenantReads.ts';
import { findWindowOf } from './windows/findWindow.ts';
import { readStreamPlace } from './windows/logWindows.ts';
import { queryWindow } from './windows/queryWindow.ts';

/** All conditions must hold; undefined asks for nothing. */
export interface MovementFilter {
  /** Stands in the description, or is the id of the command, the request, the transfer or a wallet. */
  readonly text?: string | undefined;
  /** The wallet that the text names if it is an id, by its id inside. */
  readonly walletIdOfText?: string | undefined;
  /** The commands that the text may name: by their id, or by an Idempotency-Key. */
  readonly commandIdsOfText?: readonly string[] | undefined;
  /** The ids that the id of the command may stand for. */
  readonly commandIds?: readonly string[] | undefined;
  readonly requestId?: string | undefined;
  /** Stands in the description. Capital letters do not count. */
  readonly description?: string | undefined;
  /** The other wallet of a transfer. */
  readonly counterpart?: string | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly currency?: string | undefined;
  /** Decimal text, in the currency of each movement; included. */
  readonly amountMin?: string | undefined;
  readonly amountMax?: string | undefined;
  /** Included. */
  readonly occurredFrom?: Date | undefined;
  /** Not included. */
  readonly occurredTo?: Date | undefined;
}

export interface FoundEvent extends MovementHit {
  /** The position in the log, or in one wallet's stream the version. */
  readonly at: bigint;
}

interface FoundRow {
  readonly position: string;
  readonly type: string;
  readonly at: string;
}

/** Without capital letters, where the database knows them. */
const described = (parameter: string) =>
  `strpos(lower(coalesce(description, data->>'description')), lower(${parameter}::text)) > 0`;

/** The amount in whole units of its currency. A damaged amount is none, and matches no bound. */
const amount = `
         case when balance_minor is not null
              then coalesce(amount_minor, case type when 'WalletCreated' then balance_minor else 0 end)::numeric
                   / power(10::numeric, coalesce(($14::jsonb->>currency)::integer, 2))
              when coalesce(data->>'amountMinor', data->>'balanceMinor') ~ '^[0-9]{1,19}$'
              then coalesce(data->>'amountMinor', data->>'balanceMinor')::numeric
                   / power(10::numeric, coalesce(($14::jsonb->>(data->>'currency'))::integer, 2))
          end`;

/**
 * The conditions on one event, as parameters $4 to $17. An event has either the column of a field, or the
 * field in `data` or `metadata` (`EventColumns`).
 */
const matches = `
         and ($4::text is null
              or coalesce(command_id::text, metadata->>'commandId') = any($5::text[])
              or coalesce(correlation_id::text, extra->>'correlationId', command_id::text, metadata->>'correlationId') = $4::text
              or wallet_id = $17::text
              or coalesce(extra, data)->>'transferId' = $4::text
              or coalesce(extra, data)->>'holdId' = $4::text
              or coalesce(extra, data)->>'toWalletId' = $17::text
              or coalesce(extra, data)->>'fromWalletId' = $17::text
              or ${described('$4')})
         and ($6::text[] is null or coalesce(command_id::text, metadata->>'commandId') = any($6::text[]))
         and ($7::text is null
              or coalesce(correlation_id::text, extra->>'correlationId', command_id::text, metadata->>'correlationId') = $7::text)
         and ($8::text is null or ${described('$8')})
         and ($9::text is null
              or $9::text in (coalesce(extra, data)->>'toWalletId', coalesce(extra, data)->>'fromWalletId'))
         and ($10::text[] is null or type = any($10::text[]))
         and ($11::text is null or coalesce(currency, data->>'currency') = $11::text)
         and ($12::numeric is null or ${amount} >= $12::numeric)
         and ($13::numeric is null or ${amount} <= $13::numeric)
         and ($15::timestamptz is null or occurred_at >= $15::timestamptz)
         and ($16::timestamptz is null or occurred_at < $16::timestamptz)`;

const decimals = JSON.stringify(Object.fromEntries(currencies().map((code) => [code, decimalsOf(code)])));

/** The values of the parameters $4 to $17. */
function conditionsOf(filter: MovementFilter): readonly unknown[] {
  return [
    ...[filter.text, filter.commandIdsOfText, filter.commandIds, filter.requestId, filter.description],
    ...[filter.counterpart, filter.eventTypes, filter.currency, filter.amountMin, filter.amountMax],
    ...[decimals, filter.occurredFrom, filter.occurredTo, filter.walletIdOfText],
  ].map((condition) => condition ?? null);
}

/** A page to search: down from `from`, and above `downTo`, until `limit` events are found. */
export interface SearchedPage {
  /** Included. */
  readonly from: bigint;
  /** Not included. The caller bounds the distance to `from`. */
  readonly downTo: bigint;
  readonly limit: number;
}

/** The first events of matching movements of a tenant in a page of the log, the newest first. */
export async function findMovementsInLog(
  pool: ReadDatabase,
  tenant: Tenant,
  filter: MovementFilter,
  { from, downTo, limit }: SearchedPage,
): Promise<FoundEvent[]> {
  const { rows } = await pool.query<FoundRow>({
    name: 'find-movements-in-log',
    text: `
      select position, type, position as at
        from events
       where position <= $1::bigint
         and position > $2::bigint
         and type <> all($19::text[])
         and left(wallet_id, strpos(wallet_id, '/')) = $18::text
         ${matches}
       order by position desc
       limit $3::integer`,
    values: [from, downTo, limit, ...conditionsOf(filter), scopedId(tenant, ''), [...receivingHalves]],
  });
  return rows.map(toFoundEvent);
}

/** The events of matching movements in a page of one wallet's stream, the newest first. */
export async function findMovementsOfWallet(
  pool: ReadDatabase,
  walletId: string,
  filter: MovementFilter,
  { from, downTo, limit }: SearchedPage,
): Promise<FoundEvent[]> {
  const span = { oldest: Number(downTo) + 1, newest: Number(from) };
  const place = await readStreamPlace(pool, walletId);
  const window = await findWindowOf(pool, place, walletId, span);
  const { rows } = await queryWindow<FoundRow>(pool, place.segments, window, {
    name: 'find-movements-of-wallet',
    text: `
      select position, type, version as at
        from events
       where wallet_id = $18::text
         and version <= $1::bigint
         and version > $2::bigint
         and position >= $19::bigint
         and position <= any(array[$20::bigint])
         ${matches}
       order by version desc
       limit $3::integer`,
    values: [from, downTo, limit, ...conditionsOf(filter), walletId],
  });
  return rows.map(toFoundEvent);
}

function toFoundEvent({ position, type, at }: FoundRow): FoundEvent {
  return { position: BigInt(position), type, at: BigInt(at) };
}

/** The positions of these versions of one wallet, in order. They are two, the newest one first. */
export async function readPositionsOfVersions(
  pool: ReadDatabase,
  walletId: string,
  [newest, oldest]: readonly [bigint, bigint],
): Promise<readonly bigint[]> {
  const place = await readStreamPlace(pool, walletId);
  const span = { oldest: Number(oldest), newest: Number(newest) };
  const window = await findWindowOf(pool, place, walletId, span);
  const { rows } = await queryWindow<{ position: string }>(pool, place.segments, window, {
    name: 'read-positions-of-versions',
    // A wallet's versions and positions rise together. In the order of versions, the index of versions
    // serves.
    text: `
      select position
        from events
       where wallet_id = $1::text
         and version = any($2::bigint[])
         and position >= $3::bigint
         and position <= any(array[$4::bigint])
       order by version`,
    values: [walletId, [newest, oldest]],
  });
  return rows.map(({ position }) => BigInt(position));
}
