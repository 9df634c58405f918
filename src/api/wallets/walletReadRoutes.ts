// Reads wallets from the Elasticsearch read model. The event store answers for a wallet that the read model
// lacks, and while Elasticsearch does not answer. The header X-Read-Source names the source. Versions of one
// source never go back.
//
// The read model lags behind the event store. A reader sees its own write at once if it asks the process that
// acknowledged the write. A reader that asks another process names the version with `minVersion`.
// Lists (walletListRoutes.ts) follow the read model alone. Otherwise a list of one process would show a
// version, and the same list of another process an older one.
import { setTimeout as pause } from 'node:timers/promises';
import type { App } from '../context.ts';
import { readCurrentDetails } from '../../eventStore/read/readDetails.ts';
import { readHistory } from '../../eventStore/read/readHistory.ts';
import { readMovementIds } from '../../eventStore/read/readMovements.ts';
import { readWallet, readWalletNow } from '../../eventStore/read/readWallets.ts';
import type { TenantReads } from '../../eventStore/tenantReads.ts';
import type { ReadModelQueries } from '../../projections/readModel/readModelQueries.ts';
import { detailsOf, type WalletDocument, walletOf } from '../../projections/readModel/walletDocument.ts';
import { toHistoryRow } from './eventAnswer.ts';
import { bareId } from '../../domain/tenant.ts';
import { callerTenant } from '../http/tenantIds.ts';
import { cursorAfter, pageSizeSchema, readCursor } from '../http/page.ts';
import { walletNotFound } from '../http/problems.ts';
import type { ReadModelAccess } from './readModelAccess.ts';
import type { RecentVersions } from './recentVersions.ts';
import { readQuery, readWalletId } from '../http/request.ts';
import { respondRead } from '../http/respond.ts';
import { addOperation } from '../openApi/operation.ts';
import { etagOf, toDetailsAnswer, toSnapshot } from './walletAnswer.ts';
import { getWallet, listWalletEvents, versionSchema } from './walletReadOperations.ts';

export interface WalletReadDeps {
  readonly reads: TenantReads;
  readonly readModel: ReadModelQueries;
  readonly readModelAccess: ReadModelAccess;
  readonly recentVersions: RecentVersions;
  readonly pageSizeMax: number;
  /** Longest wait of a read with minVersion for the read model, in milliseconds. */
  readonly minVersionWaitMaxMs: number;
}

type ReadSource = 'read-model' | 'event-store';

/** The wait between two reads of the read model for a version: a fraction of the usual lag. */
const minVersionPollMs = 20;

export function addWalletReadRoutes(app: App, deps: WalletReadDeps): void {
  const pageSize = { limit: pageSizeSchema(deps.pageSizeMax) };
  const eventsQuery = listWalletEvents.query.extend(pageSize);

  addOperation(app, getWallet, async (c) => {
    const walletId = readWalletId(c);
    const { minVersion, consistency } = readQuery(c, getWallet.query);
    const projected =
      consistency === 'strong'
        ? undefined
        : await readProjected(deps, walletId, minVersion, c.get('whileWaiting'));
    const database = deps.reads(callerTenant(c));
    const found =
      projected === undefined
        ? await readWalletNow(database, walletId)
        : { wallet: walletOf(projected), hasDue: false };
    if (found === undefined) throw walletNotFound(walletId);
    const { wallet, hasDue } = found;
    const details =
      projected === undefined
        ? (await readCurrentDetails(database, [wallet])).get(walletId)
        : detailsOf(projected);
    const source: ReadSource = projected === undefined ? 'event-store' : 'read-model';
    const headers = { etag: etagOf(wallet.version), 'x-read-source': source };
    // The caller may know the version as it was before something ended, so it is no reason for a 304.
    return respondRead(c, { ...toSnapshot(wallet), ...toDetailsAnswer(details) }, headers, !hasDue);
  });

  addOperation(app, listWalletEvents, async (c) => {
    const walletId = readWalletId(c);
    const { limit, cursor, order = 'asc' } = readQuery(c, eventsQuery);
    const list = { name: listWalletEvents.id, asked: { walletId: bareId(walletId), order } };
    const after = readCursor(cursor, list, versionSchema);
    const database = deps.reads(callerTenant(c));
    const { events: rows, goesOn } = await readHistory(database, walletId, { order, after, limit });
    if (rows.length === 0 && (await readWallet(database, walletId)) === undefined)
      throw walletNotFound(walletId);
    const last = rows.at(-1);
    const nextCursor = goesOn && last !== undefined ? cursorAfter(list, String(last.version)) : null;
    const movementIds = await readMovementIds(database, rows);
    const events = rows.map((row, index) => toHistoryRow(row, bareId(movementIds[index] ?? '')));
    return respondRead(c, { events, nextCursor });
  });
}

/**
 * The wallet from the read model, at `minVersion` or later. Undefined if that takes too long, if the read
 * model lacks the wallet, or if it does not answer. Without `minVersion` nothing is waited for: a document
 * that is older than what this process acknowledged counts as missing.
 */
async function readProjected(
  deps: WalletReadDeps,
  walletId: string,
  minVersion: number | undefined,
  whileWaiting: (wait: () => Promise<void>) => Promise<void> = (wait) => wait(),
): Promise<WalletDocument | undefined> {
  const acknowledged = deps.recentVersions.versionOf(walletId);
  const deadline = performance.now() + deps.minVersionWaitMaxMs;
  for (;;) {
    const answer = await deps.readModelAccess.ask(async () => ({
      document: await deps.readModel.getWalletDocument(walletId),
    }));
    if (answer === undefined) return undefined;
    const { document } = answer;
    const version = document?.version ?? 0;
    if (document !== undefined && version >= Math.max(minVersion ?? 1, acknowledged)) return document;
    const isAwaited = minVersion !== undefined && version < minVersion;
    if (!isAwaited || performance.now() >= deadline) return undefined;
    await whileWaiting(() => pause(minVersionPollMs));
  }
}
