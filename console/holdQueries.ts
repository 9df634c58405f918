// The console's requests about holds. Amounts stay the texts that were sent.
import { get } from './http.ts';
import type { Page } from './listState.ts';
import { cursorParameter, pathOf, rowsPerPage } from './walletQueries.ts';

export interface Hold {
  readonly holdId: string;
  readonly walletId: string;
  readonly status: 'open' | 'captured' | 'voided' | 'expired' | 'closed';
  readonly amount: string;
  readonly captured: string;
  readonly released: string;
  readonly remaining: string;
  readonly currency: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly endedAt: string | null;
  readonly toWalletId: string | null;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Capture {
  readonly captureId: string;
  readonly amount: string;
  readonly movementId: string;
  readonly capturedAt: string;
}

export interface HoldView extends Hold {
  readonly captures: readonly Capture[];
}

/** Newest first. */
export async function readHolds(walletId: string, cursor: string | undefined): Promise<Page<Hold>> {
  const { body } = await get<{ holds: Hold[]; nextCursor: string | null }>(
    `${pathOf(walletId)}/holds?limit=${rowsPerPage}${cursorParameter(cursor)}`,
  );
  return { rows: body.holds, nextCursor: body.nextCursor };
}

export async function readHold(walletId: string, holdId: string): Promise<HoldView> {
  return (await get<HoldView>(`${pathOf(walletId)}/holds/${encodeURIComponent(holdId)}`)).body;
}
