// What an operator asks of the projections over HTTP: how far each is, what is parked, and what to do with it.
import type { Pool } from 'pg';
import { z } from 'zod';
import type { App, AppContext } from '../context.ts';
import {
  type ParkedEvent,
  type ParkedEventOutcome,
  readParkedEvents,
  makeParkedDue,
  skipParked,
} from '../../projections/parked/resolveParked.ts';
import { type ProjectionName, projectionNames } from '../../projections/projection.ts';
import { type OutboxDepth, readOutboxDepth } from '../../projections/outbox/outbox.ts';
import type { Recoveries } from '../../temporal/recoveries.ts';
import type { ScheduleFacts } from '../../temporal/schedules.ts';
import { TemporalUnavailableError } from '../../temporal/temporalUnavailable.ts';
import { encodeCursor, positionCursorSchema } from '../http/cursor.ts';
import { jsonNumber } from '../http/exactJson.ts';
import { ProblemError } from '../http/problems.ts';
import { whileTemporalAnswers } from './temporalProblem.ts';
import { readBody, readBodyOrNone, readQuery } from '../http/request.ts';
import { respondJson } from '../http/respond.ts';
import { pageSizeSchema, pauseSchema, projectionSchema, skipSchema } from '../http/schemas.ts';
import { type ProjectionState, readProjectionStates } from '../../projections/checkpoints.ts';

export interface ProjectionRouteDeps {
  readonly pool: Pool;
  readonly recoveries: Recoveries;
  readonly pageSizeMax: number;
}

export function addProjectionRoutes(app: App, deps: ProjectionRouteDeps): void {
  const { pool, pageSizeMax } = deps;
  const listSchema = z.strictObject({
    projection: projectionSchema.optional(),
    limit: pageSizeSchema(pageSizeMax),
    cursor: positionCursorSchema.default(0n),
  });

  app.get('/admin/projections', async (c) => {
    const [states, ...schedules] = await Promise.all([
      readProjectionStates(pool),
      ...projectionNames.map((name) => scheduleOf(deps.recoveries, name)),
    ]);
    const projections = states.map((state) => ({
      ...toStateAnswer(state),
      schedule: schedules[projectionNames.indexOf(state.projection)] ?? null,
    }));
    return respondJson({ projections }, c.get('requestId'));
  });

  for (const steering of ['pause', 'resume'] as const) {
    app.post(`/admin/projections/:projection/${steering}`, async (c) => {
      const projection = readProjection(c);
      const { note = `An operator asked for it: ${steering}.` } = await readBodyOrNone(c, pauseSchema);
      const schedule = await setPaused(deps.recoveries, projection, steering === 'pause', note);
      return respondJson({ projection, schedule }, c.get('requestId'));
    });
  }

  app.get('/admin/outbox', async (c) =>
    respondJson((await readOutboxDepth(pool)) satisfies OutboxDepth, c.get('requestId')),
  );

  app.get('/admin/failures', async (c) => {
    const { projection, limit, cursor } = readQuery(c, listSchema);
    // A page ends with an event, not between its two projections: one more than asked for, twice.
    const found = await readParkedEvents(pool, { projection, after: cursor, limit: limit + 2 });
    const failures = wholeEvents(found, limit);
    const last = failures.at(-1);
    const nextCursor =
      found.length > failures.length && last !== undefined ? encodeCursor(last.position.toString()) : null;
    return respondJson({ failures: failures.map(toParkedEventAnswer), nextCursor }, c.get('requestId'));
  });

  app.post('/admin/failures/:projection/:position/retry', async (c) => {
    const { projection, position } = readTarget(c);
    return answerOutcome(c, await makeParkedDue(pool, projection, position));
  });

  app.post('/admin/failures/:projection/:position/skip', async (c) => {
    const { projection, position } = readTarget(c);
    const { reason } = await readBody(c, skipSchema);
    return answerOutcome(c, await skipParked(pool, projection, position, reason));
  });
}

/** Null where there is none, or where Temporal does not answer: the rest of the look is worth having then, too. */
async function scheduleOf(
  recoveries: ProjectionRouteDeps['recoveries'],
  projection: ProjectionName,
): Promise<ScheduleFacts | null> {
  try {
    return (await recoveries.schedule(`drain-${projection}`)) ?? null;
  } catch (error) {
    if (!(error instanceof TemporalUnavailableError)) throw error;
    return null;
  }
}

async function setPaused(
  recoveries: ProjectionRouteDeps['recoveries'],
  projection: ProjectionName,
  paused: boolean,
  note: string,
): Promise<ScheduleFacts> {
  const schedule = await whileTemporalAnswers(() =>
    recoveries.setSchedulePaused(`drain-${projection}`, paused, note),
  );
  if (schedule !== undefined) return schedule;
  throw new ProblemError({
    code: 'SCHEDULE_NOT_FOUND',
    detail: `There is no schedule for "${projection}" yet; the first worker that starts makes it.`,
  });
}

/** The first `limit` failures and those of the same event as the last of them. */
function wholeEvents(found: readonly ParkedEvent[], limit: number): readonly ParkedEvent[] {
  const last = found[limit - 1];
  return found.filter(({ position }, index) => index < limit || position === last?.position);
}

const positionSchema = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, 'must be a position, from 1')
  .transform(BigInt);

const targetSchema = z.strictObject({ projection: projectionSchema, position: positionSchema });

function readProjection(c: AppContext): ProjectionName {
  const parsed = projectionSchema.safeParse(c.req.param('projection'));
  if (parsed.success) return parsed.data;
  const detail = `must be one of ${projectionNames.join(', ')}`;
  const errors = [{ parameter: 'projection', detail }];
  throw new ProblemError({ code: 'VALIDATION_FAILED', detail: `projection ${detail}`, errors });
}

function readTarget(c: AppContext): { projection: ProjectionName; position: bigint } {
  const parsed = targetSchema.safeParse(c.req.param());
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    parameter: path.join('..'),
    detail: message,
  }));
  const detail = `Name a projection (${projectionNames.join(', ')}) and a position.`;
  throw new ProblemError({ code: 'VALIDATION_FAILED', detail, errors });
}

function answerOutcome(c: AppContext, outcome: ParkedEventOutcome): Response {
  switch (outcome.kind) {
    case 'done':
      return respondJson(toParkedEventAnswer(outcome.failure), c.get('requestId'));
    case 'resolved':
      throw new ProblemError({
        code: 'FAILURE_RESOLVED',
        detail: `The event was resolved before: ${outcome.failure.resolution ?? 'no reason was kept'}.`,
        walletId: outcome.failure.walletId,
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

function toParkedEventAnswer(failure: ParkedEvent): object {
  return { ...failure, position: jsonNumber(failure.position.toString()) };
}

function toStateAnswer({ position, head, ...state }: ProjectionState): object {
  return {
    ...state,
    position: jsonNumber(position.toString()),
    head: jsonNumber(head.toString()),
    behind: jsonNumber((head - position).toString()),
  };
}
