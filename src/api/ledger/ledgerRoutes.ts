// Reading the ledger over HTTP: a wallet's entries, its balance as of a time, and the trial balance.
import type { Pool } from 'pg';
import { z } from 'zod';
import type { App } from '../context.ts';
import { formatAmount } from '../../domain/money.ts';
import { readLastEventAt } from '../../eventStore/read/readBalance.ts';
import { readWallet } from '../../eventStore/read/readWallets.ts';
import {
  readTrialBalance,
  readWalletEntries,
  type TrialBalance,
} from '../../projections/ledger/ledgerQueries.ts';
import { encodeCursor, positionCursorSchema } from '../http/cursor.ts';
import { jsonNumber } from '../http/exactJson.ts';
import { toEntryAnswer, toTrialBalanceAnswer } from './ledgerAnswer.ts';
import { ProblemError, walletNotFound } from '../http/problems.ts';
import { readQuery, readWalletId } from '../http/request.ts';
import { respondJson } from '../http/respond.ts';
import { pageSizeSchema, timeBoundSchema, timeSchema } from '../http/schemas.ts';

export interface LedgerRouteDeps {
  readonly pool: Pool;
  readonly pageSizeMax: number;
}

export function addLedgerRoutes(app: App, deps: LedgerRouteDeps): void {
  const { pool, pageSizeMax } = deps;
  let summing: Promise<TrialBalance> | undefined;
  const entriesSchema = z.strictObject({
    limit: pageSizeSchema(pageSizeMax),
    cursor: positionCursorSchema.optional(),
    order: z.enum(['asc', 'desc']).default('desc'),
    from: timeBoundSchema.optional(),
    to: timeBoundSchema.optional(),
  });

  app.get('/wallets/:walletId/ledger', async (c) => {
    const walletId = readWalletId(c);
    const { limit, cursor, order, from, to } = readQuery(c, entriesSchema);
    // One more than asked for tells whether there is a next page.
    const query = { walletId, order, after: cursor, from, to, limit: limit + 1 };
    const found = await readWalletEntries(pool, query);
    if (found.length === 0 && (await readWallet(pool, walletId)) === undefined)
      throw walletNotFound(walletId);
    const entries = found.slice(0, limit);
    const last = entries.at(-1);
    const nextCursor =
      found.length > limit && last !== undefined ? encodeCursor(last.position.toString()) : null;
    return respondJson({ entries: entries.map(toEntryAnswer), nextCursor }, c.get('requestId'));
  });

  app.get('/wallets/:walletId/balance', async (c) => {
    const walletId = readWalletId(c);
    const { at } = readQuery(c, balanceSchema);
    const last = await readLastEventAt(pool, walletId, at);
    if (last === undefined) throw await nothingYet(pool, walletId, at);
    const { currency, balanceMinor } = last.event;
    const answer = {
      walletId,
      at: at.toISOString(),
      balance: jsonNumber(formatAmount(balanceMinor, currency)),
      currency,
      version: last.version,
      position: jsonNumber(last.position.toString()),
      lastEventAt: last.occurredAt.toISOString(),
    };
    return respondJson(answer, c.get('requestId'));
  });

  app.get('/ledger/trial-balance', async (c) => {
    // It sums the whole ledger: a few callers side by side would hold every connection that reads have, so they share one.
    summing ??= readTrialBalance(pool).finally(() => {
      summing = undefined;
    });
    return respondJson(toTrialBalanceAnswer(await summing), c.get('requestId'));
  });
}

const balanceSchema = z.strictObject({ at: timeSchema });

async function nothingYet(pool: Pool, walletId: string, at: Date): Promise<ProblemError> {
  const wallet = await readWallet(pool, walletId);
  if (wallet === undefined) return walletNotFound(walletId);
  return new ProblemError({
    code: 'WALLET_NOT_YET_CREATED',
    detail: `Wallet "${walletId}" was created at ${wallet.createdAt.toISOString()}, after ${at.toISOString()}.`,
    walletId,
  });
}
