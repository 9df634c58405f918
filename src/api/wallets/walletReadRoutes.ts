// Reading wallets. The Elasticsearch read model answers; what it does not have yet, or can't say because it is
// away, comes from the event store, and the header X-Read-Source tells which of the two it was. Each of the two only goes
// forward; the read model may lag, so a reader who comes from the event store to it and must not go back names a
// `minVersion`.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { App } from '../context.ts';
import type { Wallet } from '../../domain/wallet.ts';
import { decodeEvent } from '../../eventStore/eventCodec.ts';
import { readStream, readStreamBackwards } from '../../eventStore/read/readEvents.ts';
import { readWallet, readWallets } from '../../eventStore/read/readWallets.ts';
import type { ReadModelQueries } from '../../projections/readModel/readModelQueries.ts';
import { walletOf } from '../../projections/readModel/walletDocument.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { toEventAnswer } from './eventAnswer.ts';
import { walletNotFound } from '../http/problems.ts';
import type { ReadModelAccess } from './readModelAccess.ts';
import { readQuery, readWalletId } from '../http/request.ts';
import { respondJson } from '../http/respond.ts';
import { idSchema, pageSizeSchema } from '../http/schemas.ts';
import { etagOf, toSnapshot } from './walletAnswer.ts';

export interface WalletReadDeps {
  readonly pool: Pool;
  readonly readModel: ReadModelQueries;
  readonly readModelAccess: ReadModelAccess;
  readonly pageSizeMax: number;
  /** Longest wait of a read with minVersion for the read model, in milliseconds. */
  readonly minVersionWaitMaxMs: number;
}

type ReadSource = 'read-model' | 'event-store';

/** Between two looks at the read model for a version; a fraction of the usual lag. */
const minVersionPollMs = 20;

/** A version in text. */
const versionSchema = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'must be a version, from 1')
  .transform(Number);

const readSchema = z.strictObject({
  minVersion: versionSchema.optional(),
  consistency: z.enum(['eventual', 'strong']).default('eventual'),
});

export function addWalletReadRoutes(app: App, deps: WalletReadDeps): void {
  const limitSchema = pageSizeSchema(deps.pageSizeMax);
  const listSchema = z.strictObject({
    ownerId: idSchema.optional(),
    limit: limitSchema,
    cursor: z.string().transform(decodeCursor).pipe(idSchema).optional(),
  });
  const historySchema = z.strictObject({
    limit: limitSchema,
    cursor: z.string().transform(decodeCursor).pipe(versionSchema).optional(),
    order: z.enum(['asc', 'desc']).default('asc'),
  });

  app.get('/wallets/:walletId', async (c) => {
    const walletId = readWalletId(c);
    const { minVersion, consistency } = readQuery(c, readSchema);
    const projected = consistency === 'strong' ? undefined : await readProjected(deps, walletId, minVersion);
    const wallet = projected ?? (await readWallet(deps.pool, walletId));
    if (wallet === undefined) throw walletNotFound(walletId);
    const source: ReadSource = projected === undefined ? 'event-store' : 'read-model';
    const headers = { etag: etagOf(wallet.version), 'x-read-source': source };
    return respondJson(toSnapshot(wallet), c.get('requestId'), headers);
  });

  app.get('/wallets/:walletId/events', async (c) => {
    const walletId = readWalletId(c);
    const { limit, cursor, order } = readQuery(c, historySchema);
    const recorded =
      order === 'asc'
        ? await readStream(deps.pool, walletId, cursor ?? 0, limit + 1)
        : await readStreamBackwards(deps.pool, walletId, cursor ?? Number.MAX_SAFE_INTEGER, limit + 1);
    if (recorded.length === 0 && (await readWallet(deps.pool, walletId)) === undefined)
      throw walletNotFound(walletId);
    const events = recorded.slice(0, limit).map(decodeEvent);
    const last = events.at(-1);
    const nextCursor =
      recorded.length > limit && last !== undefined ? encodeCursor(String(last.version)) : null;
    return respondJson({ events: events.map(toEventAnswer), nextCursor }, c.get('requestId'));
  });

  app.get('/wallets', async (c) => {
    const { ownerId, limit, cursor } = readQuery(c, listSchema);
    // One more than asked for tells whether there is a next page.
    const query = { ownerId, after: cursor, limit: limit + 1 };
    const documents = await deps.readModelAccess.ask(() => deps.readModel.listWalletDocuments(query));
    const found = documents?.map(walletOf) ?? (await readWallets(deps.pool, query));
    const wallets = found.slice(0, limit);
    const last = wallets.at(-1);
    const nextCursor = found.length > limit && last !== undefined ? encodeCursor(last.id) : null;
    const source: ReadSource = documents === undefined ? 'event-store' : 'read-model';
    const page = { wallets: wallets.map(toSnapshot), nextCursor };
    return respondJson(page, c.get('requestId'), { 'x-read-source': source });
  });
}

/**
 * The wallet from the read model, once it has `minVersion`; undefined where it does not get that far in a bounded
 * time, does not have the wallet, or can't be asked.
 */
async function readProjected(
  deps: WalletReadDeps,
  walletId: string,
  minVersion: number | undefined,
): Promise<Wallet | undefined> {
  const deadline = performance.now() + deps.minVersionWaitMaxMs;
  for (;;) {
    const answer = await deps.readModelAccess.ask(async () => ({
      document: await deps.readModel.getWalletDocument(walletId),
    }));
    if (answer === undefined) return undefined;
    const { document } = answer;
    if (document !== undefined && document.version >= (minVersion ?? 1)) return walletOf(document);
    if (minVersion === undefined || performance.now() >= deadline) return undefined;
    await pause(minVersionPollMs);
  }
}
