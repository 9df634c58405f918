// The rows of `holds`, `wallet_details` and `reversals`: their JSON, how it becomes state, and every write of
// the append. They are written seldom, so a batch sends each table as one JSON array.
import type { Hold } from '../domain/hold.ts';
import type { HoldEnd } from '../domain/holdEvents.ts';
import type { Reversal } from '../domain/reversal.ts';
import type { Details } from '../domain/walletEvents.ts';

/** A row of `holds` as JSON, with the names of its columns. Amounts are decimal text, times RFC 3339. */
export interface HoldJson {
  readonly wallet_id: string;
  readonly hold_id: string;
  readonly amount_minor: string;
  readonly captured_minor: string;
  readonly released_minor: string;
  readonly remaining_minor: string;
  readonly expires_at: string;
  readonly created_at: string;
  readonly ended_at: string | null;
  readonly ended_as: HoldEnd | null;
  readonly to_wallet_id: string | null;
  readonly currency: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly captures: readonly {
    readonly captureId: string;
    readonly amountMinor: string;
    readonly version: number;
    readonly at: string;
  }[];
}

export function writeHold(hold: Hold): HoldJson {
  return {
    wallet_id: hold.walletId,
    hold_id: hold.holdId,
    amount_minor: hold.amountMinor.toString(),
    captured_minor: hold.capturedMinor.toString(),
    released_minor: hold.releasedMinor.toString(),
    remaining_minor: hold.remainingMinor.toString(),
    expires_at: hold.expiresAt.toISOString(),
    created_at: hold.createdAt.toISOString(),
    ended_at: hold.endedAt?.toISOString() ?? null,
    ended_as: hold.endedAs,
    to_wallet_id: hold.toWalletId,
    currency: hold.currency,
    description: hold.description,
    metadata: hold.metadata,
    captures: hold.captures.map(({ captureId, amountMinor, version, at }) => ({
      ...{ captureId, version },
      amountMinor: amountMinor.toString(),
      at: at.toISOString(),
    })),
  };
}

export function readHold(row: HoldJson): Hold {
  return {
    walletId: row.wallet_id,
    holdId: row.hold_id,
    currency: row.currency,
    amountMinor: BigInt(row.amount_minor),
    capturedMinor: BigInt(row.captured_minor),
    releasedMinor: BigInt(row.released_minor),
    remainingMinor: BigInt(row.remaining_minor),
    expiresAt: new Date(row.expires_at),
    toWalletId: row.to_wallet_id,
    description: row.description,
    metadata: row.metadata,
    captures: row.captures.map(({ captureId, amountMinor, version, at }) => ({
      ...{ captureId, version },
      amountMinor: BigInt(amountMinor),
      at: new Date(at),
    })),
    createdAt: new Date(row.created_at),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at),
    endedAs: row.ended_as,
  };
}

/** A row of `holds` as `HoldJson`. A JSON number would lose digits of an amount. */
export const holdJson = `to_jsonb(holds) || jsonb_build_object(
                'amount_minor', holds.amount_minor::text, 'captured_minor', holds.captured_minor::text,
                'released_minor', holds.released_minor::text, 'remaining_minor', holds.remaining_minor::text)`;

export const holdColumns = `wallet_id, hold_id, amount_minor, captured_minor, released_minor, remaining_minor, expires_at,
                           created_at, ended_at, ended_as, to_wallet_id, currency, description, metadata, captures`;
export const detailsColumns = 'wallet_id, metadata, labels';
export const reversalColumns = 'wallet_id, version, amount_minor, reversed_minor, reversed_by';

/** Writes the holds of $39. Only what can change is updated. */
export const upsertHolds = `
        insert into holds (${holdColumns})
        select ${holdColumns}
          from head,
               jsonb_populate_recordset(null::holds, $39::jsonb)
            on conflict on constraint holds_pkey
            do update set amount_minor = excluded.amount_minor,
                          captured_minor = excluded.captured_minor,
                          released_minor = excluded.released_minor,
                          remaining_minor = excluded.remaining_minor,
                          expires_at = excluded.expires_at,
                          ended_at = excluded.ended_at,
                          ended_as = excluded.ended_as,
                          captures = excluded.captures`;

/** Writes the details of $40. */
export const upsertDetails = `
        insert into wallet_details (${detailsColumns})
        select ${detailsColumns}
          from head,
               jsonb_populate_recordset(null::wallet_details, $40::jsonb)
            on conflict on constraint wallet_details_pkey
            do update set metadata = excluded.metadata,
                          labels = excluded.labels`;

/** Writes the sums of $41. */
export const upsertReversals = `
        insert into reversals (${reversalColumns})
        select ${reversalColumns}
          from head,
               jsonb_populate_recordset(null::reversals, $41::jsonb)
            on conflict on constraint reversals_pkey
            do update set reversed_minor = excluded.reversed_minor,
                          reversed_by = excluded.reversed_by`;

export interface DetailsJson extends Details {
  readonly wallet_id: string;
}

export interface ReversalJson {
  readonly wallet_id: string;
  readonly version: number;
  readonly amount_minor: string;
  readonly reversed_minor: string;
  readonly reversed_by: readonly {
    readonly walletId: string;
    readonly version: number;
    readonly amountMinor: string;
    readonly at: string;
  }[];
}

export function writeReversal(reversal: Reversal): ReversalJson {
  return {
    wallet_id: reversal.walletId,
    version: reversal.version,
    amount_minor: reversal.amountMinor.toString(),
    reversed_minor: reversal.reversedMinor.toString(),
    reversed_by: reversal.reversedBy.map(({ walletId, version, amountMinor, at }) => ({
      ...{ walletId, version },
      amountMinor: amountMinor.toString(),
      at: at.toISOString(),
    })),
  };
}

export function readReversal(row: ReversalJson): Reversal {
  return {
    walletId: row.wallet_id,
    version: row.version,
    amountMinor: BigInt(row.amount_minor),
    reversedMinor: BigInt(row.reversed_minor),
    reversedBy: row.reversed_by.map(({ walletId, version, amountMinor, at }) => ({
      ...{ walletId, version },
      amountMinor: BigInt(amountMinor),
      at: new Date(at),
    })),
  };
}

/** A row of `reversals` as `ReversalJson`. */
export const reversalJson = `to_jsonb(reversals) || jsonb_build_object(
                'amount_minor', amount_minor::text, 'reversed_minor', reversed_minor::text)`;
