// Parked events over HTTP. An operator lists them, retries one now, or gives it up with a reason.
import type { Pool } from 'pg';
import type { App, AppContext } from '../context.ts';
import {
  type ParkedEvent,
  type ParkedEventOutcome,
  makeParkedDue,
  readParkedEvents,
  skipParked,
} from '../../projections/parked/resolveParked.ts';
import { type ProjectionName, projectionNames } from '../../projections/registry.ts';
import { jsonNumber } from '../http/exactJson.ts';
import { type Page, pageSizeSchema, positionKey, readCursor, toPage } from '../http/page.ts';
import { ProblemError } from '../http/problems.ts';
import { readBody, readQuery } from '../http/request.ts';
import { respondJson, respondRead } from '../http/respond.ts';
import { addOperation } from '../openApi/operation.ts';
import {
  listParkedEvents,
  parkedEventParams,
  retryParkedEvent,
  skipParkedEvent,
} from './parkedEventOperations.ts';

export interface ParkedEventRouteDeps {
  readonly pool: Pool;
  readonly pageSizeMax: number;
}

export function addParkedEventRoutes(app: App, { pool, pageSizeMax }: ParkedEventRouteDeps): void {
  const listQuery = listParkedEvents.query.extend({ limit: pageSizeSchema(pageSizeMax) });

  addOperation(app, listParkedEvents, async (c) => {
    const { projection, limit, cursor } = readQuery(c, listQuery);
    const { rows, nextCursor } = await readParkedEventPage(pool, projection, cursor, limit);
    return respondRead(c, { failures: rows.map(toParkedEventAnswer), nextCursor });
  });

  addOperation(app, retryParkedEvent, async (c) => {
    const { projection, position } = readParams(c);
    return answerOutcome(c, await makeParkedDue(pool, projection, position));
  });

  addOperation(app, skipParkedEvent, async (c) => {
    const { projection, position } = readParams(c);
    const { reason } = await readBody(c, skipParkedEvent.body);
    return answerOutcome(c, await skipParked(pool, projection, position, reason));
  });
}

/** One page of the list. The first page is also a part of the console's snapshot. */
export async function readParkedEventPage(
  pool: Pool,
  projection: ProjectionName | undefined,
  cursor: string | undefined,
  limit: number,
): Promise<Page<ParkedEvent>> {
  const list = { name: listParkedEvents.id, asked: { projection } };
  const after = readCursor(cursor, list, positionKey) ?? 0n;
  // A page ends with a whole event, and every projection may have parked it.
  const found = await readParkedEvents(pool, { projection, after, limit: limit + projectionNames.length });
  return toPage(list, found, limit, ({ position }) => position.toString());
}

function readParams(c: AppContext): { projection: ProjectionName; position: bigint } {
  const parsed = parkedEventParams.safeParse(c.req.param());
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    parameter: path.join('.'),
    detail: message,
  }));
  const detail = `Name a projection (${projectionNames.join(', ')}) and a position.`;
  throw new ProblemError({ code: 'VALIDATION_FAILED', detail, errors });
}

function answerOutcome(c: AppContext, outcome: ParkedEventOutcome): Response {
  switch (outcome.kind) {
    case 'done':
      return respondJson(toParkedEventAnswer(outcome.event), c);
    case 'resolved':
      throw new ProblemError({
        code: 'FAILURE_RESOLVED',
        detail: `The event was resolved before: ${outcome.event.resolution ?? 'no reason was kept'}.`,
        walletId: outcome.event.walletId,
      });
    case 'absent':
      throw new ProblemError({
        code: 'FAILURE_NOT_FOUND',
        detail: `Nothing is parked at ${c.req.path}; GET /admin/failures lists what is.`,
      });
    default:
      return outcome satisfies never;
  }
}

function toParkedEventAnswer(parked: ParkedEvent): object {
  return { ...parked, position: jsonNumber(parked.position.toString()) };
}
