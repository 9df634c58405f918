// Compares the rows of `holds`, `wallet_details`, `reversals` and `wallet_usage` with the events, and with
// them the two columns of `wallets` that sum up open holds. Runs for wallets that have such rows or events,
// and no other.
import type { Pool, PoolClient } from 'pg';
import type { Hold } from '../../domain/hold.ts';
import { inDatabaseTransaction } from '../../eventStore/database.ts';
import { readHold, readReversal, writeHold, writeReversal } from '../../eventStore/holdRows.ts';
import { readUsage, writeUsage } from '../../eventStore/usageRows.ts';
import { type ArchivedRows, archivedRows } from './archivedRows.ts';
import { foldFromStart, foldStates } from './foldStates.ts';
import { noRows, readStored, rowsOf, type StateRows, type StoredState } from './storedState.ts';
import { emptyWalletState, type WalletState } from './walletState.ts';

/** Names of rows that one wallet's difference tells. */
const namedMax = 10;

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

/**
 * The rows as the events make them, and what differs. Undefined if an event can't be judged. Of rows that
 * ended among the archived events only a sum is known. They are judged if these events are in the log, and
 * stay as they are otherwise. The caller's database transaction keeps the events there.
 */
export async function readStateOf(
  client: PoolClient,
  walletId: string,
): Promise<{ readonly expected: StateRows; readonly fields: readonly string[] } | undefined> {
  const state = (await foldStates(client, [walletId])).get(walletId) ?? emptyWalletState();
  if (state.isUnknown) return undefined;
  const stored = (await readStored(client, [walletId])).get(walletId) ?? noRows;
  const rows = rowsOf(state, walletId);
  const kept = archivedRows(stored, rows, state.ended);
  const whole = kept.differing.length === 0 ? undefined : await foldFromStart(client, walletId);
  if (whole?.isUnknown === false)
    return { expected: rowsOf(whole, walletId), fields: differencesOf(stored, whole, walletId) };
  const expected = {
    ...rows,
    holds: new Map([...rows.holds, ...kept.holds]),
    reversals: new Map([...rows.reversals, ...kept.reversals]),
  };
  const unrepaired = kept.differing.map((kind) => `${kind}: ${isArchived}, so they were not repaired`);
  return { expected, fields: [...unrepaired, ...fieldsBesides(stored, state, kept, walletId)] };
}

const isArchived = 'their events are archived';

function differencesOf(stored: StoredState, state: WalletState, walletId: string): readonly string[] {
  if (state.isUnknown) return [];
  const archived = archivedRows(stored, rowsOf(state, walletId), state.ended);
  const sums = archived.differing.map((kind) => `${kind}: ${isArchived}`);
  return [...sums, ...fieldsBesides(stored, state, archived, walletId)].slice(0, namedMax);
}

/** What differs besides the rows that ended among the archived events. */
function fieldsBesides(
  stored: StoredState,
  state: WalletState,
  archived: ArchivedRows,
  walletId: string,
): readonly string[] {
  const expected = rowsOf(state, walletId);
  const [holds, reversals] = [
    without(stored.holds, archived.holds),
    without(stored.reversals, archived.reversals),
  ];
  return [
    ...differingKeys(holds, expected.holds, (row) => writeHold(readHold(row))).map((id) => `hold ${id}`),
    ...differingKeys(stored.details, expected.details, (row) => row).map(() => 'details'),
    ...differingKeys(reversals, expected.reversals, (row) => writeReversal(readReversal(row))).map(
      (version) => `reversal of version ${version}`,
    ),
    ...differingKeys(stored.usage, expected.usage, ({ rules }) =>
      writeUsage(walletId, readUsage(walletId, rules)),
    ).map(() => 'usage of velocity rules'),
    ...openHoldsDifferences(stored, [...state.holds.values()]),
  ].slice(0, namedMax);
}

function without<Row>(
  rows: ReadonlyMap<string, Row>,
  others: ReadonlyMap<string, Row>,
): ReadonlyMap<string, Row> {
  return others.size === 0 ? rows : new Map([...rows].filter(([key]) => !others.has(key)));
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
