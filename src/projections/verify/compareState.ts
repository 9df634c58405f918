// Compares the rows of `holds`, `wallet_details`, `reversals` and `wallet_usage` with the events, and with
// them the two columns of `wallets` that sum up open holds. Runs for wallets that have such rows or events,
// and no other.
import type { Pool, PoolClient } from 'pg';
import type { Hold } from '../../domain/hold.ts';
import { inDatabaseTransaction } from '../../eventStore/database.ts';
import {
  type DetailsJson,
  type HoldJson,
  holdJson,
  readHold,
  readReversal,
  type ReversalJson,
  reversalJson,
  writeHold,
  writeReversal,
} from '../../eventStore/holdRows.ts';
import { readUsage, type UsageJson, writeUsage } from '../../eventStore/usageRows.ts';
import { foldStates } from './foldStates.ts';
import { emptyWalletState, type WalletState } from './walletState.ts';

/** Names of rows that one wallet's difference tells. */
const namedMax = 10;

/** The rows of one wallet as JSON, each under a name, beside what they should be. */
interface StateRows {
  readonly holds: ReadonlyMap<string, HoldJson>;
  readonly details: ReadonlyMap<string, DetailsJson>;
  readonly reversals: ReadonlyMap<string, ReversalJson>;
  readonly usage: ReadonlyMap<string, UsageJson>;
}

interface StoredState extends StateRows {
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

/**
 * The wallets whose rows differ. The rows may be of another moment than the events, so a wallet that seems to
 * differ is compared again in one snapshot. `onCompared` is called after each such reading.
 */
export async function compareStates(
  pool: Pool,
  walletIds: readonly string[],
  onCompared: () => void,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const differences = new Map<string, readonly string[]>();
  for (const walletId of (await differing(pool, walletIds)).keys()) {
    const fields = await stateDifferences(pool, walletId);
    if (fields.length > 0) differences.set(walletId, fields);
    onCompared();
  }
  return differences;
}

/** The names of the rows of one wallet that differ, from one snapshot. */
async function stateDifferences(pool: Pool, walletId: string): Promise<readonly string[]> {
  return inDatabaseTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read read only');
    return (await differing(client, [walletId])).get(walletId) ?? [];
  });
}

async function differing(
  database: Pool | PoolClient,
  walletIds: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const differences = new Map<string, readonly string[]>();
  if (walletIds.length === 0) return differences;
  const states = await foldStates(database, walletIds);
  const stored = await readStored(database, walletIds);
  for (const walletId of walletIds) {
    const state = states.get(walletId) ?? emptyWalletState();
    const fields = differencesOf(stored.get(walletId) ?? noRows, state, walletId);
    if (fields.length > 0) differences.set(walletId, fields);
  }
  return differences;
}

/** The rows as the events make them, and as they are. Undefined if an event can't be judged. */
export async function readStateOf(
  database: Pool | PoolClient,
  walletId: string,
): Promise<
  { readonly expected: StateRows; readonly actual: StateRows; readonly fields: readonly string[] } | undefined
> {
  const state = (await foldStates(database, [walletId])).get(walletId) ?? emptyWalletState();
  if (state.isUnknown) return undefined;
  const actual = (await readStored(database, [walletId])).get(walletId) ?? noRows;
  return { expected: rowsOf(state, walletId), actual, fields: differencesOf(actual, state, walletId) };
}

const noRows: StoredState = {
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
async function readStored(
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

function rowsOf({ holds, details, reversals, uses }: WalletState, walletId: string): StateRows {
  return {
    holds: new Map([...holds].map(([id, hold]) => [id, writeHold(hold)])),
    details: new Map(details === undefined ? [] : [['', { wallet_id: walletId, ...details }]]),
    reversals: new Map([...reversals].map(([version, one]) => [String(version), writeReversal(one)])),
    usage: new Map(uses === undefined ? [] : [['', writeUsage(walletId, uses)]]),
  };
}

function differencesOf(stored: StoredState, state: WalletState, walletId: string): readonly string[] {
  if (state.isUnknown) return [];
  const expected = rowsOf(state, walletId);
  return [
    ...differingKeys(stored.holds, expected.holds, (row) => writeHold(readHold(row))).map(
      (id) => `hold ${id}`,
    ),
    ...differingKeys(stored.details, expected.details, (row) => row).map(() => 'details'),
    ...differingKeys(stored.reversals, expected.reversals, (row) => writeReversal(readReversal(row))).map(
      (version) => `reversal of version ${version}`,
    ),
    ...differingKeys(stored.usage, expected.usage, ({ rules }) =>
      writeUsage(walletId, readUsage(walletId, rules)),
    ).map(() => 'usage of velocity rules'),
    ...openHoldsDifferences(stored, [...state.holds.values()]),
  ].slice(0, namedMax);
}

function openHoldsDifferences(
  { openHolds, dueFrom }: StoredState,
  holds: readonly Hold[],
): readonly string[] {
  const open = holds.filter(({ endedAs }) => endedAs === null).map(({ expiresAt }) => expiresAt.getTime());
  // A lower bound: it stays when the hold that gave it ends.
  const isBound = dueFrom === null ? open.length === 0 : dueFrom.getTime() <= Math.min(...open);
  return [...((openHolds ?? 0) === open.length ? [] : ['openHolds']), ...(isBound ? [] : ['holdDueFrom'])];
}

/** The keys whose rows differ, are missing or too many. `normal` gives a row the form of a written one. */
function differingKeys<Row extends object>(
  actual: ReadonlyMap<string, Row>,
  expected: ReadonlyMap<string, Row>,
  normal: (row: Row) => Row,
): readonly string[] {
  const keys = new Set([...actual.keys(), ...expected.keys()]);
  return [...keys].filter((key) => {
    const [one, other] = [actual.get(key), expected.get(key)];
    return one === undefined || other === undefined || textOf(one, normal) !== canonical(other);
  });
}

/** A row that a hand changed may lack what every written one has. It then differs from all of them. */
function textOf<Row extends object>(row: Row, normal: (row: Row) => Row): string {
  try {
    return canonical(normal(row));
  } catch (error) {
    return `unreadable: ${String(error)}`;
  }
}

/** The members of every object in one order, because jsonb keeps none. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}
