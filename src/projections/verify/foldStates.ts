// Folds the state of wallets besides their balances: holds, details, reversals and uses of velocity rules.
// Begins at the opening state of an archived log. A comparison and a repair use it, and the move of the
// opening state itself.
import type { Pool, PoolClient } from 'pg';
import { positionMax } from '../../eventStore/logHead.ts';
import type { OpeningWallet } from '../../eventStore/openingCodec.ts';
import { readArchivedThrough, readOpeningWallets } from '../../eventStore/openingRows.ts';
import { holdRetainedLog, readRetainedEvents } from '../../eventStore/retainedLog.ts';
import { type PositionRange, readStateEvents } from '../../eventStore/read/readStateEvents.ts';
import { emptyWalletState, openedWalletState, takeStateStep, type WalletState } from './walletState.ts';

const eventsPerRead = 5_000;
/** A log is archived once a day or less, so a second try is already rare. */
const attemptsMax = 5;

type States = ReadonlyMap<string, WalletState>;

/** By wallet id. A wallet that never had any such state is absent. */
export async function foldStates(database: Pool | PoolClient, walletIds: readonly string[]): Promise<States> {
  let above = await readArchivedThrough(database);
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const openings = await readOpeningWallets(database, walletIds, above);
    const states = await addStates(database, walletIds, openings, { above, upTo: positionMax });
    const now = await readArchivedThrough(database);
    // Until then, every event above was in the log.
    if (now === above) return states;
    above = now;
  }
  throw new Error('the opening state moves with each reading of it: stop the archive and try again');
}

/**
 * The state of a wallet from its first event. Undefined if archived events of it are not in the log. Others
 * stay in the log until the end of the caller's database transaction.
 */
export async function foldFromStart(client: PoolClient, walletId: string): Promise<WalletState | undefined> {
  await holdRetainedLog(client);
  const archived = await readArchivedThrough(client);
  const opening = (await readOpeningWallets(client, [walletId], archived)).get(walletId);
  if ((opening?.events ?? 0) !== (await readRetainedEvents(client, walletId, archived))) return undefined;
  const states = await addStates(client, [walletId], new Map(), { above: 0n, upTo: positionMax });
  return states.get(walletId) ?? emptyWalletState();
}

/** Adds the events of the range to the opening state. */
export async function addStates(
  database: Pool | PoolClient,
  walletIds: readonly string[],
  openings: ReadonlyMap<string, OpeningWallet>,
  range: PositionRange,
): Promise<States> {
  const states = new Map<string, WalletState>();
  for (const { walletId, state } of openings.values())
    if (state !== undefined) states.set(walletId, openedWalletState(state));
  let cursor = { walletId: '', version: 0 };
  for (;;) {
    const steps = await readStateEvents(database, walletIds, range, cursor, eventsPerRead);
    for (const step of steps) {
      const state = states.get(step.walletId) ?? emptyWalletState();
      states.set(step.walletId, state);
      takeStateStep(state, step);
    }
    const last = steps.at(-1);
    if (last === undefined || steps.length < eventsPerRead) return states;
    cursor = last;
  }
}
