// Reads one page of the feed for one filter, and maps its events. It runs for every page that a program asks
// for, and for streams that are not at the end of the log.
//
// Invariant: the page leaves nothing out between the position that it was asked for and the one at which it
// ends. The head is read first, so everything below it is committed when the page is read.
import { readHead } from '../eventStore/logHead.ts';
import { ArchivedError, readRetainedFrom, readRetainedLog } from '../eventStore/retainedLog.ts';
import { findFeedOfWallets } from '../eventStore/read/findFeedOfWallets.ts';
import {
  findWalletsOfOwner,
  readFeedAt,
  readFeedOfLog,
  readWalletFacts,
  type Section,
  type TracedEvent,
} from '../eventStore/read/readFeedEvents.ts';
import type { ReadDatabase } from '../eventStore/tenantReads.ts';
import { asksWallet, type FeedFilter, isKindWanted, isWalletWanted } from './feedFilter.ts';
import {
  type FeedEvent,
  mapEvents,
  type MappedEvent,
  type ShowCommandId,
  type UnreadableEvent,
  wholePositions,
} from './mapEvents.ts';

/** Events that one page examines at most, however few fit the filter. */
export const eventsExaminedMax = 10_000;
/** An owner with more wallets is searched in the log, and no longer in the streams of the wallets. */
export const walletsMergedMax = 100;

/** The cursor lies after the end of the log: the database was restored to an earlier state. */
export class CursorAheadError extends Error {
  override readonly name = 'CursorAheadError';

  constructor(after: bigint, head: bigint) {
    super(`a cursor lies at position ${after}, and the log ends at ${head}: was an older backup restored?`);
  }
}

/** Events after the cursor have left the log. */
async function requireRetained(pool: ReadDatabase, after: bigint): Promise<void> {
  if (after + 1n >= (await readRetainedFrom(pool))) return;
  const sentence = 'Events after this cursor are archived. Begin at oldest.';
  throw new ArchivedError(sentence, await readRetainedLog(pool));
}

export interface FeedPage {
  readonly events: readonly FeedEvent[];
  /** Everything up to here was examined. */
  readonly endsAt: bigint;
  /** Whether the log goes on after it. */
  readonly hasMore: boolean;
  /** The event at which the feed stands still. Only an empty page has one. */
  readonly unreadable: UnreadableEvent | undefined;
}

interface Found {
  readonly events: readonly TracedEvent[];
  readonly endsAt: bigint;
}

/**
 * The page after this position, with at most `limit` events. An event and its alerts are never apart, so a
 * page of a single position may have more. It ends before an event that this release can't read. If that is
 * the first one, the page is empty and names it. Throws CursorAheadError if the log does not reach the
 * position, and ArchivedError if events after it have left the log.
 */
export async function readFeedPage(
  pool: ReadDatabase,
  filter: FeedFilter,
  after: bigint,
  limit: number,
  show: ShowCommandId,
): Promise<FeedPage> {
  const head = await readHead(pool);
  if (after > head) throw new CursorAheadError(after, head);
  if (after === head) return { events: [], endsAt: after, hasMore: false, unreadable: undefined };
  const found = await find(pool, filter, { after, upTo: head }, limit);
  // Read after the page, so that nothing left the log in between.
  await requireRetained(pool, after);
  const all = await mapEvents(pool, found.events, show);
  const mapped = all.filter(({ type }) => isKindWanted(filter, type));
  const events = wholePositions(readableOf(mapped), limit);
  const isWhole = events.length === mapped.length;
  const endsAt = isWhole ? found.endsAt : (events.at(-1)?.position ?? after);
  const next = mapped[events.length];
  const unreadable = events.length === 0 && next !== undefined && 'error' in next ? next : undefined;
  return { events, endsAt, hasMore: endsAt < head, unreadable };
}

/** The events before the first one that can't be read. */
export function readableOf(mapped: readonly MappedEvent[]): readonly FeedEvent[] {
  const events: FeedEvent[] = [];
  for (const event of mapped) {
    if ('error' in event) break;
    events.push(event);
  }
  return events;
}

async function find(pool: ReadDatabase, filter: FeedFilter, log: Section, limit: number): Promise<Found> {
  // After the head, so that no wallet is missing whose events lie below it.
  const walletIds = await walletsOf(pool, filter);
  return walletIds === undefined
    ? findInLog(pool, filter, log, limit)
    : findInStreams(pool, filter, walletIds, log, limit);
}

/** The wallets that the filter asks for, or undefined if they are too many to go through one by one. */
async function walletsOf(pool: ReadDatabase, filter: FeedFilter): Promise<readonly string[] | undefined> {
  const { walletId, walletIds = walletId === undefined ? undefined : [walletId], ownerId } = filter;
  if (walletIds === undefined && ownerId === undefined) return undefined;
  const named = walletIds ?? (await findWalletsOfOwner(pool, ownerId ?? '', walletsMergedMax + 1));
  if (named.length > walletsMergedMax) return undefined;
  if (!asksWallet(filter)) return named;
  const facts = await readWalletFacts(pool, named);
  return named.filter((id) => {
    const known = facts.get(id);
    return known !== undefined && isWalletWanted(filter, known);
  });
}

async function findInLog(
  pool: ReadDatabase,
  filter: FeedFilter,
  { after, upTo: head }: Section,
  limit: number,
): Promise<Found> {
  const examinedTo = after + BigInt(eventsExaminedMax);
  const upTo = examinedTo < head ? examinedTo : head;
  const { tenant, types, ownerId, label, labels = label === undefined ? undefined : [label] } = filter;
  const events = await readFeedOfLog(pool, tenant, { types, ownerId, labels }, { after, upTo }, limit);
  const last = events[limit - 1];
  return { events, endsAt: last?.position ?? upTo };
}

/** Merges the streams of a few wallets in commit order. */
async function findInStreams(
  pool: ReadDatabase,
  { types }: FeedFilter,
  walletIds: readonly string[],
  log: Section,
  limit: number,
): Promise<Found> {
  if (walletIds.length === 0) return { events: [], endsAt: log.upTo };
  const share = Math.floor(eventsExaminedMax / walletIds.length);
  const eachMax = types === undefined ? Math.min(limit, share) : share;
  // One more than the page holds tells whether the page is cut off.
  const section = { ...log, eachMax, limit: limit + 1 };
  const found = await findFeedOfWallets(pool, walletIds, types, section);
  const positions = found.positions.slice(0, limit);
  const examinedTo = found.examinedTo ?? log.upTo;
  const endsAt = found.positions.length > limit ? (positions.at(-1) ?? examinedTo) : examinedTo;
  return { events: positions.length === 0 ? [] : await readFeedAt(pool, positions), endsAt };
}
