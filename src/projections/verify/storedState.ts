// Reads the rows that the append makes of a wallet's events besides its balance, and writes a folded state in
// the same form. A comparison and a repair compare the two.
import type { Pool, PoolClient } from 'pg';
import {
  type DetailsJson,
  type HoldJson,
  holdJson,
  type ReversalJson,
  reversalJson,
  writeHold,
  writeReversal,
} from '../../eventStore/holdRows.ts';
import { type UsageJson, writeUsage } from '../../eventStore/usageRows.ts';
import type { WalletState } from './walletState.ts';

/** The rows of one wallet as JSON, each under a name, beside what they should be. */
export interface StateRows {
  readonly holds: ReadonlyMap<string, HoldJson>;
  readonly details: ReadonlyMap<string, DetailsJson>;
  readonly reversals: ReadonlyMap<string, ReversalJson>;
  readonly usage: ReadonlyMap<string, UsageJson>;
}

export interface StoredState extends StateRows {
  readonly openHolds: number | null;
  readonly dueFrom: Date | null;
}

/** Wallets of (low, high] with rows in one of the four tables, or with open holds in their row. */
export async function readWalletsWithState(
  pool: Pool,
  low: string,
  high: string,
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ wallet_id: string }>({
    name: 'read-wallets-with-state',
    text: `
      select distinct wallet_id from holds where wallet_id > $1::text and wallet_id <= $2::text
       union
      select wallet_id from wallet_details where wallet_id > $1::text and wallet_id <= $2::text
       union
      select distinct wallet_id from reversals where wallet_id > $1::text and wallet_id <= $2::text
       union
      select wallet_id from wallet_usage where wallet_id > $1::text and wallet_id <= $2::text`,
    values: [low, high],
  });
  return rows.map(({ wallet_id }) => wallet_id);
}

export const noRows: StoredState = {
  holds: new Map(),
  details: new Map(),
  reversals: new Map(),
  usage: new Map(),
  openHolds: null,
  dueFrom: null,
};

interface StoredRow {
  readonly wallet_id: string;
  readonly open_holds: number | null;
  readonly hold_due_from: Date | null;
  readonly holds: readonly HoldJson[] | null;
  readonly details: DetailsJson | null;
  readonly reversals: readonly ReversalJson[] | null;
  readonly usage: UsageJson | null;
}

/** One statement, so the rows of a wallet are of one moment. */
export async function readStored(
  database: Pool | PoolClient,
  walletIds: readonly string[],
): Promise<ReadonlyMap<string, StoredState>> {
  const { rows } = await database.query<StoredRow>({
    name: 'read-stored-states',
    text: `
      select wanted.id as wallet_id, wallets.open_holds, wallets.hold_due_from,
             (select jsonb_agg(${holdJson}) from holds where holds.wallet_id = wanted.id) as holds,
             (select to_jsonb(wallet_details)
                from wallet_details
               where wallet_details.wallet_id = wanted.id) as details,
             (select jsonb_agg(${reversalJson})
                from reversals
               where reversals.wallet_id = wanted.id) as reversals,
             (select to_jsonb(wallet_usage)
                from wallet_usage
               where wallet_usage.wallet_id = wanted.id) as usage
        from unnest($1::text[]) as wanted (id)
        left join lateral (
               select open_holds, hold_due_from
                 from wallets
                where id = any(array[wanted.id])
                order by id
               offset 0
             ) as wallets
          on true`,
    values: [walletIds],
  });
  return new Map(
    rows.map(
      ({ wallet_id, holds, details, reversals, usage, open_holds, hold_due_from }): [string, StoredState] => [
        wallet_id,
        {
          holds: new Map(holds?.map((row) => [row.hold_id, row])),
          details: new Map(details === null ? [] : [['', details]]),
          reversals: new Map(reversals?.map((row) => [String(row.version), row])),
          usage: new Map(usage === null ? [] : [['', usage]]),
          openHolds: open_holds,
          dueFrom: hold_due_from,
        },
      ],
    ),
  );
}

export function rowsOf({ holds, details, reversals, uses }: WalletState, walletId: string): StateRows {
  return {
    holds: new Map([...holds].map(([id, hold]) => [id, writeHold(hold)])),
    details: new Map(details === undefined ? [] : [['', { wallet_id: walletId, ...details }]]),
    reversals: new Map([...reversals].map(([version, one]) => [String(version), writeReversal(one)])),
    usage: new Map(uses === undefined ? [] : [['', writeUsage(walletId, uses)]]),
  };
}
