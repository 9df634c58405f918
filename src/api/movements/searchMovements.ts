// Searches movements for the API, one bounded page a request. A command's id leads to its movement at once
// while its record lives. Every other search goes through the log, or through one wallet's history, from the
// newest event down.
//
// Invariant: a request examines at most `eventsExaminedMax` events, so its cost does not grow with the log.
import { parseMovementId } from '../../domain/movementId.ts';
import { scopedId, type Tenant } from '../../domain/tenant.ts';
import { readHead } from '../../eventStore/logHead.ts';
import {
  findMovementsInLog,
  findMovementsOfWallet,
  type MovementFilter,
  readPositionsOfVersions,
  type SearchedPage,
} from '../../eventStore/read/findMovements.ts';
import { findVersions } from '../../eventStore/read/findVersions.ts';
import { isAccepted } from '../../eventStore/recordRows.ts';
import { readRecords } from '../../eventStore/read/readRecord.ts';
import {
  type Movement,
  readMovement,
  readMovementsOf,
  type UnreadableMovement,
} from '../../eventStore/read/readMovements.ts';
import {
  ArchivedError,
  readMissingVersion,
  readRetainedFrom,
  readRetainedLog,
} from '../../eventStore/retainedLog.ts';
import { readWallet } from '../../eventStore/read/readWallets.ts';
import { walletNotFound } from '../http/problems.ts';
import { movementIn, tenantOfRecord } from '../wallets/walletAnswer.ts';
import type { ReadDatabase } from '../../eventStore/tenantReads.ts';

/**
 * Events that one request examines at most. In a log of 1,000,000 events such a request took 35 to 115 ms on
 * two busy cores.
 */
export const eventsExaminedMax = 10_000n;

export interface MovementSearch extends Omit<MovementFilter, 'walletIdOfText'> {
  readonly tenant: Tenant;
  readonly walletId?: string | undefined;
}

export interface FoundMovements {
  readonly movements: readonly (Movement | UnreadableMovement)[];
  readonly examined: {
    readonly events: bigint;
    readonly newestPosition: bigint | null;
    readonly oldestPosition: bigint | null;
  };
  /** The position, or in one wallet the version, at which the next page begins. Null at the end. */
  readonly next: bigint | null;
}

interface SearchOptions {
  readonly limit: number;
  /** `next` of the page before. */
  readonly from: bigint | undefined;
}

export async function searchMovements(
  pool: ReadDatabase,
  search: MovementSearch,
  { limit, from }: SearchOptions,
): Promise<FoundMovements> {
  const known = from === undefined ? await lookUp(pool, search) : undefined;
  if (known !== undefined) return known;
  const { tenant, walletId, ...others } = search;
  const { text } = search;
  const filter = { ...others, walletIdOfText: text && scopedId(tenant, text) };
  const { newest, floor } = await rangeOf(pool, search, from);
  const asked = newest - floor > eventsExaminedMax ? newest - eventsExaminedMax : floor;
  const page: SearchedPage = { from: newest, downTo: asked, limit };
  const all =
    walletId === undefined
      ? await findMovementsInLog(pool, tenant, filter, page)
      : await findMovementsOfWallet(pool, walletId, filter, page);
  // Read after the page, so that nothing left the log in between.
  const bound = await retainedPart(pool, walletId, page);
  const found = all.filter(({ at }) => at > bound);
  const last = found[limit - 1];
  const downTo = last === undefined ? bound : last.at - 1n;
  return {
    movements: await readMovementsOf(pool, found),
    examined: await describeExamined(pool, walletId, newest, downTo),
    next: downTo === floor ? null : downTo,
  };
}

/**
 * Down to which position, or version, the page is in the log. Throws ArchivedError if it begins below. The
 * page after this one then says why the search ends.
 */
async function retainedPart(
  pool: ReadDatabase,
  walletId: string | undefined,
  { from, downTo }: SearchedPage,
): Promise<bigint> {
  if (from === downTo) return downTo;
  const retainedFrom = await readRetainedFrom(pool);
  if (retainedFrom === 1n) return downTo;
  const archived =
    walletId === undefined ? retainedFrom - 1n : BigInt(await readMissingVersion(pool, walletId, from));
  if (archived <= downTo) return downTo;
  if (archived < from) return archived;
  const sentence = 'The movements that the search has not seen yet are archived.';
  throw new ArchivedError(sentence, await readRetainedLog(pool));
}

interface Range {
  /** The newest position of the log, or version of the wallet, that the page may show. */
  readonly newest: bigint;
  /** Nothing at this position or version, or below, is in the period. */
  readonly floor: bigint;
}

/**
 * One wallet's times follow its versions, so a period is a part of its stream. The times of the whole log
 * follow its positions nearly, but not exactly, so there each event is compared.
 */
async function rangeOf(
  pool: ReadDatabase,
  { walletId, occurredFrom, occurredTo }: MovementSearch,
  from: bigint | undefined,
): Promise<Range> {
  if (walletId === undefined) return { newest: from ?? (await readHead(pool)), floor: 0n };
  const wallet = await readWallet(pool, walletId);
  if (wallet === undefined) throw walletNotFound(walletId);
  const newest = wallet.version;
  const bounds = [occurredFrom, occurredTo].flatMap((time) =>
    time === undefined ? [] : [{ time, inclusive: false }],
  );
  const found = bounds.length === 0 ? [] : ((await findVersions(pool, walletId, bounds, newest)) ?? []);
  const floor = occurredFrom === undefined ? 0 : (found[0]?.version ?? 0);
  const last = occurredTo === undefined ? newest : (found.at(-1)?.version ?? 0);
  const top = from === undefined ? last : Math.min(last, Number(from));
  // A period may be empty, and a cursor that this service did not make may lie below it.
  return { newest: BigInt(Math.max(top, floor)), floor: BigInt(floor) };
}

async function describeExamined(
  pool: ReadDatabase,
  walletId: string | undefined,
  newest: bigint,
  downTo: bigint,
): Promise<FoundMovements['examined']> {
  const events = newest - downTo;
  if (events === 0n) return { events, newestPosition: null, oldestPosition: null };
  if (walletId === undefined) return { events, newestPosition: newest, oldestPosition: downTo + 1n };
  const positions = await readPositionsOfVersions(pool, walletId, [newest, downTo + 1n]);
  return { events, newestPosition: positions.at(-1) ?? null, oldestPosition: positions[0] ?? null };
}

/**
 * The short way, for a search by one id alone. Undefined if it leads nowhere: the record may be pruned, and a
 * text may be something else.
 */
async function lookUp(pool: ReadDatabase, search: MovementSearch): Promise<FoundMovements | undefined> {
  const { tenant, text, commandIdsOfText, commandIds, ...others } = search;
  if (Object.values(others).some((condition) => condition !== undefined)) return undefined;
  if (text !== undefined && commandIds !== undefined) return undefined;
  const named = text === undefined ? undefined : parseMovementId(text);
  if (named !== undefined)
    return only(await readMovement(pool, scopedId(tenant, named.walletId), named.version));
  const ids = [...(commandIds ?? []), ...(commandIdsOfText ?? [])].filter(isUuid);
  const found = ids.length === 0 ? [] : await readRecords(pool, ids);
  // An id comes before a key that reads like one.
  const inOrder = found.toSorted((one, other) => ids.indexOf(one.commandId) - ids.indexOf(other.commandId));
  for (const record of inOrder) {
    if (tenantOfRecord(record.outcome) !== tenant) continue;
    if (!isAccepted(record.outcome)) return nothing;
    const movement = movementIn(record.outcome);
    if (movement === undefined) return nothing;
    const { walletId, version } = movement;
    return only(await readMovement(pool, walletId, version));
  }
  return undefined;
}

const nothing: FoundMovements = {
  movements: [],
  examined: { events: 0n, newestPosition: null, oldestPosition: null },
  next: null,
};

function only(movement: Movement | undefined): FoundMovements | undefined {
  if (movement === undefined) return undefined;
  const { first, second } = movement;
  const newestPosition = (second ?? first).position;
  return {
    movements: [movement],
    examined: {
      events: newestPosition - first.position + 1n,
      newestPosition,
      oldestPosition: first.position,
    },
    next: null,
  };
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
