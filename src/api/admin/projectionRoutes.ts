// The projections over HTTP. An operator reads their progress and the outbox, and pauses or resumes a
// projection.
import type { Pool } from 'pg';
import type { App, AppContext } from '../context.ts';
import { type ProjectionState, readProjectionStates } from '../../projections/checkpoints.ts';
import { drainScheduleOf, type ProjectionName, projectionNames } from '../../projections/registry.ts';
import { type OutboxDepth, readOutboxDepth } from '../../projections/outbox/outbox.ts';
import type { Recoveries } from '../../temporal/recoveries.ts';
import type { ScheduleFacts } from '../../temporal/schedules.ts';
import { TemporalUnavailableError } from '../../temporal/temporalUnavailable.ts';
import { jsonNumber } from '../http/exactJson.ts';
import { ProblemError } from '../http/problems.ts';
import { readBodyOrNone } from '../http/request.ts';
import { respondJson, respondRead } from '../http/respond.ts';
import { addOperation } from '../openApi/operation.ts';
import {
  getOutbox,
  listProjections,
  pauseProjection,
  projectionSchema,
  resumeProjection,
} from './projectionOperations.ts';

export interface ProjectionRouteDeps {
  readonly pool: Pool;
  readonly recoveries: Recoveries;
}

export function addProjectionRoutes(app: App, { pool, recoveries }: ProjectionRouteDeps): void {
  addOperation(app, listProjections, async (c) => {
    const [states, ...schedules] = await Promise.all([
      readProjectionStates(pool),
      ...projectionNames.map((name) => scheduleOf(recoveries, name)),
    ]);
    const projections = states.map((state) => ({
      ...toStateAnswer(state),
      schedule: schedules[projectionNames.indexOf(state.projection)] ?? null,
    }));
    return respondRead(c, { projections });
  });

  for (const [operation, steering] of [
    [pauseProjection, 'pause'],
    [resumeProjection, 'resume'],
  ] as const) {
    addOperation(app, operation, async (c) => {
      const projection = readProjection(c);
      const { note = `An operator asked for it: ${steering}.` } = await readBodyOrNone(c, operation.body);
      const schedule = await setPaused(recoveries, projection, steering === 'pause', note);
      return respondJson({ projection, schedule }, c);
    });
  }

  addOperation(app, getOutbox, async (c) =>
    respondRead(c, (await readOutboxDepth(pool)) satisfies OutboxDepth),
  );
}

/** Null without a schedule, or without an answer of Temporal: the rest of the state is useful then, too. */
async function scheduleOf(recoveries: Recoveries, projection: ProjectionName): Promise<ScheduleFacts | null> {
  try {
    return (await recoveries.schedule(drainScheduleOf(projection))) ?? null;
  } catch (error) {
    if (!(error instanceof TemporalUnavailableError)) throw error;
    return null;
  }
}

async function setPaused(
  recoveries: Recoveries,
  projection: ProjectionName,
  paused: boolean,
  note: string,
): Promise<ScheduleFacts> {
  const schedule = await recoveries.setSchedulePaused(drainScheduleOf(projection), paused, note);
  if (schedule !== undefined) return schedule;
  throw new ProblemError({
    code: 'SCHEDULE_NOT_FOUND',
    detail: `There is no schedule for "${projection}" yet; the first worker that starts makes it.`,
  });
}

function readProjection(c: AppContext): ProjectionName {
  const parsed = projectionSchema.safeParse(c.req.param('projection'));
  if (parsed.success) return parsed.data;
  const detail = `must be one of ${projectionNames.join(', ')}`;
  const errors = [{ parameter: 'projection', detail }];
  throw new ProblemError({ code: 'VALIDATION_FAILED', detail: `projection ${detail}`, errors });
}

function toStateAnswer({ position, head, ...state }: ProjectionState): object {
  return {
    ...state,
    position: jsonNumber(position.toString()),
    head: jsonNumber(head.toString()),
    behind: jsonNumber((head - position).toString()),
  };
}
