// The wallet page's requests to the API. Amounts stay the texts that were sent.
import { get, RequestError } from './http.ts';
import type { Page, Total } from './listState.ts';

export interface Snapshot {
  readonly id: string;
  readonly ownerId: string;
  readonly balance: string;
  readonly held: string;
  readonly available: string;
  readonly status: 'active' | 'frozen' | 'closed';
  readonly freeze?: { readonly scope: string; readonly reason: string; readonly until: string | null };
  readonly minimumBalance?: string;
  readonly maximumBalance?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly labels?: readonly string[];
  readonly currency: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface WalletEvent {
  readonly movementId: string;
  readonly position: number;
  readonly version: number;
  readonly type: string;
  readonly occurredAt: string;
  readonly amount?: string;
  readonly description?: string;
  readonly toWalletId?: string | null;
  readonly fromWalletId?: string;
  readonly ownerId?: string;
  readonly holdId?: string;
  /** The movement of which this event gives money back. */
  readonly originalMovementId?: string;
  /** All that has gone back of the original, with this. */
  readonly reversed?: string;
  readonly freeze?: { readonly scope: string; readonly reason: string };
  /** The alert rules that it crossed. */
  readonly alerts?: readonly { readonly name: string }[];
  readonly balance?: string;
  readonly held?: string;
  /** Only in the place of an event that the service can't read, which has no balance: its type in the log. */
  readonly recordedType?: string;
  readonly reason?: string;
}

export interface Entry {
  readonly movementId: string;
  readonly position: number;
  readonly direction: 'debit' | 'credit';
  readonly amount: string;
  readonly counterAccount: string;
  readonly balanceAfter: string;
  readonly occurredAt: string;
  readonly description: string;
}

/** The wallet's last event, from the event store. */
export interface LastEvent {
  readonly balance: string;
  readonly version: number;
  readonly position: number;
}

export interface WalletView {
  readonly wallet: Snapshot;
  /**
   * The error says why it is unknown. A newer release may have written an event that this one cannot read.
   */
  readonly last: LastEvent | RequestError;
  /** Undefined if the read model does not have the wallet at this version, or does not answer. */
  readonly document: Snapshot | undefined;
  readonly newestEntries: Page<Entry>;
}

export const rowsPerPage = 20;
/** The balance is plotted over the newest entries: at most this many pages of them. */
const plottedPagesMax = 5;
const plottedPerPage = 100;
/** A time after any event, independent of this browser's clock. */
const farFuture = '9999-12-31T00:00:00Z';

export const pathOf = (walletId: string) => `/wallets/${encodeURIComponent(walletId)}`;

export async function readWalletView(walletId: string): Promise<WalletView> {
  const path = pathOf(walletId);
  const { body: wallet } = await get<Snapshot>(`${path}?consistency=strong`);
  const [last, projected, newestEntries] = await Promise.all([
    get<LastEvent>(`${path}/balance?at=${farFuture}`).then(({ body }) => body, unlessRefused),
    get<Snapshot>(`${path}?minVersion=${wallet.version}`),
    readEntries(walletId, undefined),
  ]);
  const isDocument = projected.headers.get('x-read-source') === 'read-model';
  return { wallet, last, document: isDocument ? projected.body : undefined, newestEntries };
}

/** A refusal is shown in its place, and the rest of the page appears all the same. */
function unlessRefused(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  throw error;
}

/** Newest first. */
export async function readEvents(walletId: string, cursor: string | undefined): Promise<Page<WalletEvent>> {
  const { body } = await get<{ events: WalletEvent[]; nextCursor: string | null }>(
    `${pathOf(walletId)}/events?order=desc&limit=${rowsPerPage}${cursorParameter(cursor)}`,
  );
  return { rows: body.events, nextCursor: body.nextCursor };
}

/** Newest first. */
export async function readEntries(
  walletId: string,
  cursor: string | undefined,
  limit = rowsPerPage,
): Promise<Page<Entry>> {
  const { body } = await get<{ entries: Entry[]; nextCursor: string | null }>(
    `${pathOf(walletId)}/ledger?order=desc&limit=${limit}${cursorParameter(cursor)}`,
  );
  return { rows: body.entries, nextCursor: body.nextCursor };
}

/** The newest entries in order of time, at most as many as are plotted. */
export async function readPlottedEntries(walletId: string): Promise<readonly Entry[]> {
  let entries: readonly Entry[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < plottedPagesMax; pages += 1) {
    const page = await readEntries(walletId, cursor, plottedPerPage);
    entries = [...entries, ...page.rows];
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  return entries.toReversed();
}

export interface WalletsPage extends Page<Snapshot> {
  readonly total: Total | undefined;
}

/** In order of id. Without an owner, the wallets of all. */
export async function readWalletsOf(
  ownerId: string | undefined,
  cursor: string | undefined,
): Promise<WalletsPage> {
  const owner = ownerId === undefined ? '' : `&ownerId=${encodeURIComponent(ownerId)}`;
  const { body } = await get<{ wallets: Snapshot[]; total: Total | null; nextCursor: string | null }>(
    `/wallets?limit=${rowsPerPage}${owner}${cursorParameter(cursor)}`,
  );
  return { rows: body.wallets, total: body.total ?? undefined, nextCursor: body.nextCursor };
}

export function cursorParameter(cursor: string | undefined): string {
  return cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
}
