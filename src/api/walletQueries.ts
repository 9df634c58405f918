// Reading wallets. The Elasticsearch read model answers; what it does not have yet, or can't say because it is
// away, comes from the event store, and the header X-Read-Source tells which of the two it was.
import type { Hono } from 'hono';
import type { Pool } from 'pg';
import { z } from 'zod';
import { readWallet, readWallets } from '../eventStore/readWallets.ts';
import type { ReadModelQueries } from '../projections/readModel/readModelQueries.ts';
import { walletOf } from '../projections/readModel/walletDocument.ts';
import type { Variables } from './app.ts';
import { ProblemError } from './problems.ts';
import { readQuery, readWalletId } from './request.ts';
import { idSchema } from './schemas.ts';
import { etagOf, toSnapshot } from './walletAnswer.ts';

export interface WalletQueryDeps {
  readonly pool: Pool;
  readonly readModel: ReadModelQueries;
  /** Hears why the read model could not be asked. */
  readonly onReadModelFailure: (error: unknown) => void;
  readonly pageSizeMax: number;
}

type ReadSource = 'read-model' | 'event-store';

const pageSizeDefault = 20;

export function addWalletQueries(app: Hono<{ Variables: Variables }>, deps: WalletQueryDeps): void {
  const listSchema = z.strictObject({
    ownerId: idSchema.optional(),
    limit: z.coerce.number().int().min(1).max(deps.pageSizeMax).default(pageSizeDefault),
    cursor: z.string().transform(decodeCursor).optional(),
  });

  app.get('/wallets/:walletId', async (c) => {
    const walletId = readWalletId(c);
    const document = await askReadModel(deps, () => deps.readModel.getWalletDocument(walletId));
    const wallet = document === undefined ? await readWallet(deps.pool, walletId) : walletOf(document);
    if (wallet === undefined) {
      throw new ProblemError({
        code: 'WALLET_NOT_FOUND',
        detail: `There is no wallet "${walletId}".`,
        walletId,
      });
    }
    const source: ReadSource = document === undefined ? 'event-store' : 'read-model';
    return c.json(toSnapshot(wallet), 200, { etag: etagOf(wallet.version), 'x-read-source': source });
  });

  app.get('/wallets', async (c) => {
    const { ownerId, limit, cursor } = readQuery(c, listSchema);
    // One more than asked for tells whether there is a next page.
    const query = { ownerId, after: cursor, limit: limit + 1 };
    const documents = await askReadModel(deps, () => deps.readModel.listWalletDocuments(query));
    const found = documents?.map(walletOf) ?? (await readWallets(deps.pool, query));
    const wallets = found.slice(0, limit);
    const last = wallets.at(-1);
    const nextCursor = found.length > limit && last !== undefined ? encodeCursor(last.id) : null;
    const source: ReadSource = documents === undefined ? 'event-store' : 'read-model';
    return c.json({ wallets: wallets.map(toSnapshot), nextCursor }, 200, { 'x-read-source': source });
  });
}

async function askReadModel<T>(deps: WalletQueryDeps, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    deps.onReadModelFailure(error);
    return undefined;
  }
}

/** Cursors are opaque to callers; inside is the last id of the page, which both sources sort by. */
function encodeCursor(lastId: string): string {
  return Buffer.from(lastId, 'utf8').toString('base64url');
}

function decodeCursor(cursor: string, context: z.RefinementCtx): string {
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (idSchema.safeParse(id).success) return id;
  context.addIssue('must be the nextCursor of an earlier page');
  return z.NEVER;
}
