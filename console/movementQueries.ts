// The requests to the API about movements of money. Amounts stay the texts that were sent.
import { get } from './http.ts';
import type { MovementsAsked } from './route.ts';

export interface Side {
  readonly walletId: string;
  readonly version: number;
  readonly position: number;
  readonly balance: string;
}

export interface Movement {
  readonly movementId: string;
  readonly type:
    ('create' | 'credit' | 'debit' | 'transfer') | ('hold' | 'capture' | 'release' | 'reversal' | 'change');
  readonly amount: string;
  readonly currency: string;
  readonly occurredAt: string;
  readonly description: string;
  readonly from: Side | null;
  readonly to: Side | null;
  readonly commandId: string | null;
  readonly requestId: string | null;
  readonly transferId: string | null;
  readonly holdId: string | null;
  /** The movement of which this one gives money back. */
  readonly originalMovementId: string | null;
}

/** A movement that gave money of another one back. */
interface ReversedBy {
  readonly movementId: string;
  readonly amount: string;
  readonly reversedAt: string;
}

export interface Booked {
  readonly account: string;
  readonly direction: 'debit' | 'credit';
  readonly amount: string;
  readonly balanceAfter: string | null;
}

export interface Booking {
  readonly state: 'booked' | 'waiting' | 'parked' | 'skipped' | 'missing' | 'nothing to book';
  readonly reason: string | null;
  readonly entries: readonly Booked[];
}

export interface Unreadable {
  readonly movementId: string;
  readonly reason: string;
}

export interface SearchPage {
  readonly movements: readonly Movement[];
  readonly unreadable: readonly Unreadable[];
  readonly examined: {
    readonly events: number;
    readonly newestPosition: number | null;
    readonly oldestPosition: number | null;
  };
  readonly nextCursor: string | null;
}

export interface MovementView extends Movement {
  /** All that went back of it. */
  readonly reversed: string;
  readonly reversedBy: readonly ReversedBy[];
  readonly ledger: Booking;
  /** Whether the read model has each wallet at least as the movement left it. */
  readonly readModel: readonly { readonly walletId: string; readonly hasIt: boolean }[];
}

/** A row of the audit log about a request. */
export interface Asked {
  readonly actor: string | null;
  readonly operation: string;
  readonly reason: string | null;
}

const rowsPerPage = 20;

export async function searchMovements(
  { text, from, to }: MovementsAsked,
  cursor: string | undefined,
): Promise<SearchPage> {
  const query = new URLSearchParams({ limit: String(rowsPerPage) });
  if (text !== '') query.set('text', text);
  // A range is typed in local time, to the minute.
  if (from !== '') query.set('occurredFrom', new Date(from).toISOString());
  if (to !== '') query.set('occurredTo', new Date(to).toISOString());
  if (cursor !== undefined) query.set('cursor', cursor);
  return (await get<SearchPage>(`/movements?${query.toString()}`)).body;
}

export async function readMovement(movementId: string): Promise<MovementView> {
  const path = `/movements/${encodeURIComponent(movementId)}`;
  const { body } = await get<Omit<MovementView, 'readModel'>>(path);
  const sides = [body.from, body.to].filter((side) => side !== null);
  const changed = sides.length > 0 ? sides : [firstEventOf(body)];
  return { ...body, readModel: await Promise.all(changed.map(readModelHas)) };
}

/** The wallet and the version that name the movement. */
export function firstEventOf({
  movementId,
}: Pick<Movement, 'movementId'>): Pick<Side, 'walletId' | 'version'> {
  const at = movementId.lastIndexOf('@');
  return { walletId: movementId.slice(0, at), version: Number(movementId.slice(at + 1)) };
}

async function readModelHas({
  walletId,
  version,
}: Pick<Side, 'walletId' | 'version'>): Promise<{ walletId: string; hasIt: boolean }> {
  const path = `/wallets/${encodeURIComponent(walletId)}?minVersion=${version}`;
  const { headers } = await get(path);
  return { walletId, hasIt: headers.get('x-read-source') === 'read-model' };
}

/** The rows of the audit log about the request. Reading them needs the scope `audit:read`. */
export async function readWhoAsked(requestId: string): Promise<readonly Asked[]> {
  const query = new URLSearchParams({ requestId, limit: '10' }).toString();
  return (await get<{ entries: Asked[] }>(`/audit?${query}`)).body.entries;
}
