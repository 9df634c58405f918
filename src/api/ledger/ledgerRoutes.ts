// The ledger over HTTP: a wallet's entries, its balance as of a time, and the trial balance.
import type { App } from '../context.ts';
import { formatAmount } from '../../domain/money.ts';
import { readMovementIds } from '../../eventStore/read/readMovements.ts';
import { readBalanceAt } from '../../eventStore/read/readBalance.ts';
import { readWallet } from '../../eventStore/read/readWallets.ts';
import {
  readTrialBalance,
  readWalletEntries,
  type TrialBalance,
} from '../../projections/ledger/ledgerQueries.ts';
import { jsonNumber } from '../http/exactJson.ts';
import { cursorAfter, pageSizeSchema, positionKey, readCursor, toPage } from '../http/page.ts';
import { toEntryAnswer, toTrialBalanceAnswer } from './ledgerAnswer.ts';
import { ProblemError, walletNotFound } from '../http/problems.ts';
import { readQuery, readWalletId } from '../http/request.ts';
import { bareId, type Tenant } from '../../domain/tenant.ts';
import { callerTenant } from '../http/tenantIds.ts';
import { respondRead } from '../http/respond.ts';
import { addOperation } from '../openApi/operation.ts';
import { getBalanceAt, getTrialBalance, listLedgerEntries } from './ledgerOperations.ts';
import type { ReadDatabase, TenantReads } from '../../eventStore/tenantReads.ts';

export interface LedgerRouteDeps {
  readonly reads: TenantReads;
  readonly pageSizeMax: number;
}

export function addLedgerRoutes(app: App, deps: LedgerRouteDeps): void {
  const { reads, pageSizeMax } = deps;
  const summing = new Map<Tenant, Promise<TrialBalance>>();
  const entriesQuery = listLedgerEntries.query.extend({ limit: pageSizeSchema(pageSizeMax) });

  addOperation(app, listLedgerEntries, async (c) => {
    const walletId = readWalletId(c);
    const { limit, cursor, order = 'desc', from, to } = readQuery(c, entriesQuery);
    const asked = { walletId: bareId(walletId), order, from: from?.toISOString(), to: to?.toISOString() };
    const list = { name: listLedgerEntries.id, asked };
    const after = readCursor(cursor, list, positionKey);
    const query = { walletId, order, after, from, to, limit: limit + 1 };
    const database = reads(callerTenant(c));
    const found = await readWalletEntries(database, query);
    if (found.entries.length === 0 && (await readWallet(database, walletId)) === undefined)
      throw walletNotFound(walletId);
    const { entries, goesOn } = found;
    const { rows, nextCursor } = toPage(list, entries, limit, ({ position }) => position.toString());
    const last = rows.at(-1)?.position.toString();
    const next = nextCursor ?? (goesOn && last !== undefined ? cursorAfter(list, last) : null);
    return respondRead(c, { entries: rows.map(toEntryAnswer), nextCursor: next });
  });

  addOperation(app, getBalanceAt, async (c) => {
    const walletId = readWalletId(c);
    const { at } = readQuery(c, getBalanceAt.query);
    const database = reads(callerTenant(c));
    const last = await readBalanceAt(database, walletId, at);
    if (last === undefined) throw await nothingYet(database, walletId, at);
    const { currency, balanceMinor, event } = last;
    const [movementId] = event === undefined ? [] : await readMovementIds(database, [event]);
    const answer = {
      walletId: bareId(walletId),
      at: at.toISOString(),
      balance: jsonNumber(formatAmount(balanceMinor, currency)),
      currency,
      version: last.version,
      ...(event && { position: jsonNumber(event.position.toString()), movementId: bareId(movementId ?? '') }),
      lastEventAt: last.occurredAt.toISOString(),
    };
    return respondRead(c, answer);
  });

  addOperation(app, getTrialBalance, async (c) => {
    // The sum takes long on a big ledger. Callers at the same time share it, because a few sums would hold
    // every connection that reads have.
    const tenant = callerTenant(c);
    const underWay =
      summing.get(tenant) ?? readTrialBalance(reads(tenant), tenant).finally(() => summing.delete(tenant));
    summing.set(tenant, underWay);
    return respondRead(c, toTrialBalanceAnswer(await underWay));
  });
}

async function nothingYet(database: ReadDatabase, walletId: string, at: Date): Promise<ProblemError> {
  const wallet = await readWallet(database, walletId);
  if (wallet === undefined) return walletNotFound(walletId);
  return new ProblemError({
    code: 'WALLET_NOT_YET_CREATED',
    detail: `Wallet "${walletId}" was created at ${wallet.createdAt.toISOString()}, after ${at.toISOString()}.`,
    walletId,
  });
}
