// The operations on holds. The changes make one command of a request and hand it to the command path. The
// reads answer from the event store, because a hold must be there as soon as it was placed.
import type { Expiry } from '../../domain/commands.ts';
import { holdLifetimeDefaultMs } from '../../domain/hold.ts';
import { readHoldOf, readHoldsOf } from '../../eventStore/read/readHolds.ts';
import { readWallet } from '../../eventStore/read/readWallets.ts';
import type { TenantReads } from '../../eventStore/tenantReads.ts';
import type { App, AppContext } from '../context.ts';
import { pageSizeSchema, readCursor, toPage } from '../http/page.ts';
import { ProblemError, walletNotFound } from '../http/problems.ts';
import {
  readCommandBody,
  readCommandBodyOrNone,
  readPathParam,
  readQuery,
  readWalletId,
} from '../http/request.ts';
import { respondRead } from '../http/respond.ts';
import { idSchema } from '../http/schemas.ts';
import { callerTenant, scopedOrNone } from '../http/tenantIds.ts';
import { z } from '../http/zod.ts';
import { bareId } from '../../domain/tenant.ts';
import { addOperation } from '../openApi/operation.ts';
import { addressed, answerCommand, type CommandDeps, hashesOf } from '../wallets/answerCommand.ts';
import { toHoldAnswer, toHoldWithCaptures } from './holdAnswer.ts';
import { adjustHold, captureHold, getHold, listHolds, placeHold, voidHold } from './holdOperations.ts';

export interface HoldDeps extends CommandDeps {
  readonly reads: TenantReads;
  readonly pageSizeMax: number;
}

export function addHoldRoutes(app: App, deps: HoldDeps): void {
  addOperation(app, placeHold, async (c) => {
    const request = await readCommandBody(c, placeHold.body);
    const { holdId, amount, toWalletId, description, metadata = {} } = request.body;
    const given = {
      type: 'PlaceHold',
      ...addressed(c),
      ...{ amount, description, metadata },
      expiry: expiryIn(request.body) ?? { afterMs: holdLifetimeDefaultMs },
      toWalletId: scopedOrNone(c, toWalletId),
    } as const;
    // A repeat must have the same hash, and the id that the service makes is a new one each time.
    const hashed = { ...given, holdId: holdId ?? '' };
    const command = { ...given, holdId: holdId ?? deps.newId() };
    return answerCommand(c, deps, command, hashesOf(hashed, given.walletId, request));
  });

  addOperation(app, captureHold, async (c) => {
    const request = await readCommandBodyOrNone(c, captureHold.body);
    const { walletId, ...address } = addressed(c);
    const holdId = readHoldId(c);
    // The target of a hold never changes, so it may be read before the command waits for its turn.
    const hold = await readHoldOf(deps.reads(callerTenant(c)), walletId, holdId);
    const command = {
      type: 'CaptureHold',
      ...{ walletId, holdId, captureId: deps.newId() },
      ...address,
      ...request.body,
      amount: request.body.amount,
      toWalletId: hold?.toWalletId ?? undefined,
    } as const;
    return answerCommand(c, deps, command, hashesOf(command, walletId, request));
  });

  addOperation(app, voidHold, async (c) => {
    const request = await readCommandBodyOrNone(c, voidHold.body);
    const command = { type: 'VoidHold', ...addressed(c), holdId: readHoldId(c), ...request.body } as const;
    return answerCommand(c, deps, command, hashesOf(command, command.walletId, request));
  });

  addOperation(app, adjustHold, async (c) => {
    const request = await readCommandBody(c, adjustHold.body);
    const command = {
      type: 'AdjustHold',
      ...addressed(c),
      holdId: readHoldId(c),
      amount: request.body.amount,
      expiry: expiryIn(request.body),
    } as const;
    return answerCommand(c, deps, command, hashesOf(command, command.walletId, request));
  });

  addHoldReads(app, deps);
}

const cursorKey = z
  .string()
  .regex(/^\d{1,16} \S{1,128}$/)
  .transform((key) => {
    const [createdMs = '', holdId = ''] = key.split(' ');
    return { createdAt: new Date(Number(createdMs)), holdId };
  });

function addHoldReads(app: App, { reads, pageSizeMax }: HoldDeps): void {
  const listQuery = listHolds.query.extend({ limit: pageSizeSchema(pageSizeMax) });

  addOperation(app, getHold, async (c) => {
    const walletId = readWalletId(c);
    const holdId = readHoldId(c);
    const database = reads(callerTenant(c));
    const hold = await readHoldOf(database, walletId, holdId);
    if (hold !== undefined) return respondRead(c, toHoldWithCaptures(hold));
    if ((await readWallet(database, walletId)) === undefined) throw walletNotFound(walletId);
    throw new ProblemError({
      code: 'HOLD_NOT_FOUND',
      detail: `Wallet "${walletId}" has no hold "${holdId}".`,
      walletId,
    });
  });

  addOperation(app, listHolds, async (c) => {
    const walletId = readWalletId(c);
    const { status, limit, cursor } = readQuery(c, listQuery);
    const list = { name: listHolds.id, asked: { walletId: bareId(walletId), status } };
    const before = readCursor(cursor, list, cursorKey);
    const database = reads(callerTenant(c));
    const found = await readHoldsOf(database, { walletId, status, before, limit: limit + 1 });
    if (found.length === 0 && (await readWallet(database, walletId)) === undefined)
      throw walletNotFound(walletId);
    const { rows, nextCursor } = toPage(
      list,
      found,
      limit,
      ({ createdAt, holdId }) => `${createdAt.getTime()} ${holdId}`,
    );
    return respondRead(c, { holds: rows.map(toHoldAnswer), nextCursor });
  });
}

interface ExpiryFields {
  readonly expiresAt?: Date | undefined;
  readonly expiresInSeconds?: number | undefined;
}

function expiryIn({ expiresAt, expiresInSeconds }: ExpiryFields): Expiry | undefined {
  if (expiresAt !== undefined) return { at: expiresAt };
  return expiresInSeconds === undefined ? undefined : { afterMs: expiresInSeconds * 1000 };
}

/** Hold ids are unique within their wallet, so they have no tenant of their own. */
function readHoldId(c: AppContext): string {
  return readPathParam(c, 'holdId', idSchema, 'hold id');
}
