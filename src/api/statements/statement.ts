// A wallet's statement: the balance at the beginning of a period, each movement with the balance after it,
// and the balance at the end. It is read from the event store, in bounded pages.
//
// Invariant: a statement agrees with itself. Its end is fixed as a version before the first movement is read,
// and events never change, so whatever is committed meanwhile belongs to the next statement.
import type { Currency } from '../../domain/currency.ts';
import type { StoredEvent, WalletEvent } from '../../domain/events.ts';
import { decodeEvent } from '../../eventStore/eventCodec.ts';
import { findVersions } from '../../eventStore/read/findVersions.ts';
import { readEventOf, readStream } from '../../eventStore/read/readEvents.ts';
import { readOpeningWallet } from '../../eventStore/openingRows.ts';
import { explainMissing, requireVersions } from '../../eventStore/retainedLog.ts';
import { readMovementIds } from '../../eventStore/read/readMovements.ts';
import { readWallet } from '../../eventStore/read/readWallets.ts';
import type { ReadDatabase } from '../../eventStore/tenantReads.ts';
import { walletNotFound } from '../http/problems.ts';

/** The wallet after one of its events; version 0 is before the first. */
export interface StatementBalance {
  readonly version: number;
  readonly balanceMinor: bigint;
}

/** The same, with what is held of the balance and what can be given. */
export interface StatementState extends StatementBalance {
  readonly heldMinor: bigint;
  readonly availableMinor: bigint;
}

export interface StatementPeriod {
  readonly walletId: string;
  readonly ownerId: string;
  readonly currency: Currency;
  readonly opening: StatementState;
  readonly closing: StatementState;
}

/** One change of the balance. */
export interface StatementMovement {
  readonly movementId: string;
  readonly stored: StoredEvent;
  /** Never negative: `isIn` tells the direction. */
  readonly amountMinor: bigint;
  readonly isIn: boolean;
}

export interface StatementPage {
  readonly movements: readonly StatementMovement[];
  /** Where the page ended. The next one begins after it. */
  readonly end: StatementBalance;
}

interface Asked {
  readonly walletId: string;
  /** Included; the wallet's first event if it is absent. */
  readonly from?: Date | undefined;
  /** Not included; the wallet's last event if it is absent. */
  readonly to?: Date | undefined;
  /** The last version of the page before. The period of a new statement ends at the newest one. */
  readonly closing?: number | undefined;
}

/** The period that is asked for. Throws ProblemError if there is no such wallet. */
export async function readPeriod(database: ReadDatabase, asked: Asked): Promise<StatementPeriod> {
  const { walletId, from, to } = asked;
  const wallet = await readWallet(database, walletId);
  if (wallet === undefined) throw walletNotFound(walletId);
  const newest = Math.min(asked.closing ?? wallet.version, wallet.version);
  const bounds = [from, to].flatMap((time) => (time === undefined ? [] : [{ time, inclusive: false }]));
  const found = bounds.length === 0 ? [] : ((await findVersions(database, walletId, bounds, newest)) ?? []);
  const opening = from === undefined ? 0 : (found[0]?.version ?? 0);
  const closing = to === undefined ? newest : (found.at(-1)?.version ?? 0);
  const { ownerId, currency } = wallet;
  return {
    ...{ walletId, ownerId, currency },
    opening: await readState(database, walletId, opening),
    closing: await readState(database, walletId, closing),
  };
}

async function readState(database: ReadDatabase, walletId: string, version: number): Promise<StatementState> {
  const event = await readEvent(database, walletId, version);
  if (event === undefined) return { version, balanceMinor: 0n, heldMinor: 0n, availableMinor: 0n };
  const { balanceMinor, heldMinor = 0n, termsVersion = 0 } = event;
  const minimumMinor = await readMinimum(database, walletId, termsVersion);
  return { version, balanceMinor, heldMinor, availableMinor: balanceMinor - heldMinor - minimumMinor };
}

/** The balance after this version of a wallet. Throws EventDecodeError if its event can't be read. */
export async function readBalance(
  database: ReadDatabase,
  walletId: string,
  version: number,
): Promise<StatementBalance> {
  return { version, balanceMinor: (await readEvent(database, walletId, version))?.balanceMinor ?? 0n };
}

/** The minimum that the event of this version set; 0 for version 0. */
async function readMinimum(database: ReadDatabase, walletId: string, version: number): Promise<bigint> {
  if (version === 0) return 0n;
  const event = await readStored(database, walletId, version);
  if (event !== undefined) return 'terms' in event ? event.terms.minimumMinor : 0n;
  const wallet = (await readOpeningWallet(database, walletId))?.wallet;
  if (wallet?.termsVersion === version) return wallet.terms.minimumMinor;
  await explainMissing(database, walletId, version);
  throw new Error(`wallet "${walletId}" has no event ${version}`);
}

async function readStored(
  database: ReadDatabase,
  walletId: string,
  version: number,
): Promise<WalletEvent | undefined> {
  const recorded = await readEventOf(database, { walletId, version });
  return recorded && decodeEvent(recorded).event;
}

/**
 * The state that the event of this version left. The opening state has that of the last archived event.
 * Undefined for version 0. Throws ArchivedError.
 */
async function readEvent(
  database: ReadDatabase,
  walletId: string,
  version: number,
): Promise<Pick<WalletEvent, 'balanceMinor' | 'heldMinor' | 'termsVersion'> | undefined> {
  if (version === 0) return undefined;
  const event = await readStored(database, walletId, version);
  if (event !== undefined) return event;
  const wallet = (await readOpeningWallet(database, walletId))?.wallet;
  if (wallet?.version === version) return wallet;
  await explainMissing(database, walletId, version);
  throw new Error(`wallet "${walletId}" has no event ${version}`);
}

export interface PageBounds {
  readonly movementsMax: number;
  readonly eventsMax: number;
}

/**
 * The movements after `start`, and where they end. Events that leave the balance alone are no movements.
 * Throws EventDecodeError for an event that this release can't read: a statement with a gap is none.
 */
export async function readStatementPage(
  database: ReadDatabase,
  { walletId, closing }: Pick<StatementPeriod, 'walletId' | 'closing'>,
  start: StatementBalance,
  { movementsMax, eventsMax }: PageBounds,
): Promise<StatementPage> {
  const wanted = Math.min(eventsMax, closing.version - start.version);
  const recorded = wanted <= 0 ? [] : await readStream(database, walletId, start.version, wanted);
  const [above, through] = [start.version, start.version + wanted];
  await requireVersions(database, walletId, recorded, { above, through });
  const found: Omit<StatementMovement, 'movementId'>[] = [];
  let end = start;
  for (const row of recorded) {
    if (found.length === movementsMax) break;
    const stored = decodeEvent(row);
    const changeMinor = stored.event.balanceMinor - end.balanceMinor;
    end = { version: row.version, balanceMinor: stored.event.balanceMinor };
    if (changeMinor === 0n) continue;
    const isIn = changeMinor > 0n;
    found.push({ stored, isIn, amountMinor: isIn ? changeMinor : -changeMinor });
  }
  const moved = new Set(found.map(({ stored }) => stored.version));
  const ids = await readMovementIds(
    database,
    recorded.filter(({ version }) => moved.has(version)),
  );
  return { movements: found.map((one, index) => ({ ...one, movementId: ids[index] ?? '' })), end };
}
