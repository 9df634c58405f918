// Movements over HTTP: one by its id, and those that a search finds.
import type { App, AppContext } from '../context.ts';
import { commandIdOfKey } from '../../commands/commandIds.ts';
import { parseMovementId } from '../../domain/movementId.ts';
import { bareId } from '../../domain/tenant.ts';
import { readMovement, type UnreadableMovement } from '../../eventStore/read/readMovements.ts';
import { explainMissing } from '../../eventStore/retainedLog.ts';
import { readReversalOf } from '../../eventStore/read/readReversal.ts';
import type { TenantReads } from '../../eventStore/tenantReads.ts';
import { readBooking } from '../../projections/ledger/booking.ts';
import { visibleReason } from '../../foreignText.ts';
import { jsonNumber } from '../http/exactJson.ts';
import { cursorAfter, type List, pageSizeSchema, positionKey, readCursor } from '../http/page.ts';
import { ProblemError } from '../http/problems.ts';
import { readParam, readQuery } from '../http/request.ts';
import { bareText, callerTenant, scoped, scopedOrNone } from '../http/tenantIds.ts';
import { respondRead } from '../http/respond.ts';
import { addOperation } from '../openApi/operation.ts';
import {
  eventTypesOf,
  movesNothing,
  toBookingAnswer,
  toMovementAnswer,
  toReversedAnswer,
} from './movementAnswer.ts';
import { findMovements, getMovement } from './movementOperations.ts';
import type { CommandIdCover } from '../wallets/commandIdCover.ts';
import { isUuid, searchMovements } from './searchMovements.ts';

export interface MovementRouteDeps {
  readonly reads: TenantReads;
  readonly pageSizeMax: number;
  readonly commandIdCover: CommandIdCover;
}

/** A text that may be an Idempotency-Key. */
const keyPattern = /^[!#-~]{1,255}$/;

export function addMovementRoutes(app: App, deps: MovementRouteDeps): void {
  const { reads, pageSizeMax, commandIdCover } = deps;
  const searchQuery = findMovements.query.extend({ limit: pageSizeSchema(pageSizeMax) });

  addOperation(app, getMovement, async (c) => {
    const movementId = readParam(c, 'movementId');
    const named = parseMovementId(movementId);
    if (named === undefined) throw notAnId();
    const database = reads(callerTenant(c));
    const movement = await readMovement(database, scoped(c, named.walletId), named.version);
    if (movement === undefined) await explainMissing(database, scoped(c, named.walletId), named.version);
    if (movement === undefined) throw notFound(movementId, named.walletId);
    const booking = movesNothing(movement) ? undefined : await readBooking(database, movement.first.position);
    const reason = booking?.reason;
    const ledger = toBookingAnswer(booking && { ...booking, reason: reason ? bareText(c, reason) : null });
    const { walletId, version, event } = movement.first;
    const reversal = await readReversalOf(database, { walletId, version });
    const reversed = toReversedAnswer(reversal, event.currency);
    return respondRead(c, { ...toMovementAnswer(movement, commandIdCover), ...reversed, ledger });
  });

  addOperation(app, findMovements, async (c) => {
    const { limit, cursor, type, ...given } = readQuery(c, searchQuery);
    const { idempotencyKey, commandId, ...query } = given;
    const { occurredFrom, occurredTo, ...words } = query;
    const times = { occurredFrom: occurredFrom?.toISOString(), occurredTo: occurredTo?.toISOString() };
    const list: List = {
      name: findMovements.id,
      asked: { ...words, ...times, type, idempotencyKey, commandId },
    };
    const search = {
      ...query,
      tenant: callerTenant(c),
      walletId: scopedOrNone(c, query.walletId),
      counterpart: scopedOrNone(c, query.counterpart),
      ...namedCommands(c, given, commandIdCover),
      eventTypes: type && eventTypesOf[type],
    };
    const from = readCursor(cursor, list, positionKey);
    const found = await searchMovements(reads(callerTenant(c)), search, { limit, from });
    const { events, newestPosition, oldestPosition } = found.examined;
    const answer = {
      movements: found.movements.flatMap((one) =>
        'reason' in one ? [] : toMovementAnswer(one, commandIdCover),
      ),
      unreadable: found.movements.flatMap((one) => ('reason' in one ? toUnreadableAnswer(c, one) : [])),
      examined: {
        events: Number(events),
        newestPosition: numberOrNull(newestPosition),
        oldestPosition: numberOrNull(oldestPosition),
      },
      nextCursor: found.next === null ? null : cursorAfter(list, found.next.toString()),
    };
    return respondRead(c, answer);
  });
}

interface Named {
  readonly text?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly commandId?: string | undefined;
}

/** The commands that a search names, by an id or by a key of the caller's tenant. */
function namedCommands(c: AppContext, { text, idempotencyKey, commandId }: Named, cover: CommandIdCover) {
  const ofKey = (key: string) => [commandIdOfKey(key, callerTenant(c))];
  const ofId = (id: string) => (isUuid(id) ? cover.inside(id.toLowerCase()) : [id]);
  const byId = commandId === undefined ? undefined : ofId(commandId);
  return {
    commandIds: idempotencyKey === undefined ? byId : ofKey(idempotencyKey),
    commandIdsOfText:
      text === undefined ? undefined : [...ofId(text), ...(keyPattern.test(text) ? ofKey(text) : [])],
  };
}

function toUnreadableAnswer(c: AppContext, { id, position, reason }: UnreadableMovement): object {
  return {
    movementId: bareId(id),
    position: numberOrNull(position),
    reason: visibleReason(bareText(c, reason)),
  };
}

function numberOrNull(position: bigint | null): unknown {
  return position === null ? null : jsonNumber(position.toString());
}

function notAnId(): ProblemError {
  const errors = [{ parameter: 'movementId', detail: 'must be a movement id, such as wallet-001@2' }];
  return new ProblemError({ code: 'VALIDATION_FAILED', detail: 'The movement id is not one.', errors });
}

function notFound(movementId: string, walletId: string): ProblemError {
  return new ProblemError({
    code: 'MOVEMENT_NOT_FOUND',
    detail: `There is no movement "${movementId}".`,
    walletId,
  });
}
