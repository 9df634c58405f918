// The operators' part of the OpenAPI description: projections, the outbox, parked events, the system's parts.
import { z } from 'zod';
import { partNames } from './partRoutes.ts';
import {
  cursorSchema,
  describe,
  limitSchema,
  nextCursorSchema,
  orNull,
  registry,
} from '../openApi/describe.ts';
import { idSchema, pauseSchema, projectionSchema, skipSchema } from '../http/schemas.ts';

const scheduleSchema = registry.register(
  'Schedule',
  z.strictObject({
    scheduleId: z.string(),
    paused: z.boolean(),
    note: z.string().nullable(),
    lastFailure: z.string().nullable().openapi({
      description:
        'What the run in hand failed with last; it is tried again by itself. Null where it has not failed.',
    }),
  }),
);

const failureSchema = registry.register(
  'Failure',
  z.strictObject({
    projection: projectionSchema,
    position: z.int().min(1),
    walletId: idSchema,
    attempts: z.int().min(1),
    lastError: z.string(),
    firstFailedAt: z.iso.datetime(),
    nextAttemptAt: z.iso.datetime(),
    resolvedAt: z.iso.datetime().nullable(),
    resolution: z.string().nullable(),
  }),
);

const projectionStateSchema = registry.register(
  'ProjectionState',
  z.strictObject({
    projection: projectionSchema,
    position: z.int().min(0),
    head: z.int().min(0),
    behind: z.int().min(0),
    updatedAt: z.iso.datetime(),
    lastLagMs: z.int().min(0),
    waitingSince: z.iso.datetime().nullable(),
    parked: z.int().min(0),
    schedule: orNull(scheduleSchema, 'Null where there is none, or where Temporal does not answer.'),
  }),
);

const outboxSchema = registry.register(
  'Outbox',
  z.strictObject({
    unprocessed: z
      .int()
      .min(0)
      .openapi({ description: 'Exact up to 10,000; beyond, told from the positions.' }),
    oldest: z.iso.datetime().nullable(),
    lagMs: z.int().min(0).nullable(),
  }),
);

const partSchema = registry.register(
  'Part',
  z.strictObject({
    part: z.enum(partNames),
    needed: z.boolean(),
    reachable: z.boolean(),
    version: z.string().nullable(),
    answeredInMs: z.int().min(0),
    problem: z.string().nullable(),
    advice: z.string().nullable(),
  }),
);

export function describeProjections(): void {
  describe({
    id: 'listProjections',
    tag: 'Projections',
    method: 'get',
    path: '/admin/projections',
    summary: 'See how far each projection is',
    description: 'Every projection.',
    answer: z.strictObject({ projections: z.array(projectionStateSchema) }),
    codes: ['DATABASE_UNAVAILABLE'],
  });
  for (const [id, verb, summary] of [
    ['pauseProjection', 'pause', 'Pause a projection: its schedule, and the run that it began'],
    ['resumeProjection', 'resume', 'Resume a projection at once'],
  ] as const) {
    describe({
      id,
      tag: 'Projections',
      method: 'post',
      path: `/admin/projections/{projection}/${verb}`,
      summary,
      params: z.object({ projection: projectionSchema }),
      body: pauseSchema,
      bodyOptional: true,
      description: 'Its schedule as it stands now.',
      answer: z.strictObject({ projection: projectionSchema, schedule: scheduleSchema }),
      codes: ['SCHEDULE_NOT_FOUND', 'TEMPORAL_UNAVAILABLE'],
    });
  }
  describe({
    id: 'getOutbox',
    tag: 'Projections',
    method: 'get',
    path: '/admin/outbox',
    summary: 'See what waits in the outbox',
    description: 'How many events are not projected yet, and since when.',
    answer: outboxSchema,
    codes: ['DATABASE_UNAVAILABLE'],
  });
  describe({
    id: 'listParts',
    tag: 'Projections',
    method: 'get',
    path: '/admin/parts',
    summary: 'See whether each part of the system answers',
    description: 'Every part as this process sees it, what is wrong with it and what to do.',
    answer: z.strictObject({ parts: z.array(partSchema) }),
    codes: [],
  });
  describeFailures();
}

function describeFailures(): void {
  describe({
    id: 'listFailures',
    tag: 'Projections',
    method: 'get',
    path: '/admin/failures',
    summary: 'List parked events',
    query: z.object({ projection: projectionSchema.optional(), limit: limitSchema, cursor: cursorSchema }),
    description: 'One page, in order of position.',
    answer: z.strictObject({ failures: z.array(failureSchema), nextCursor: nextCursorSchema }),
    codes: ['VALIDATION_FAILED', 'DATABASE_UNAVAILABLE'],
  });
  for (const [id, verb, summary, body] of [
    ['retryFailure', 'retry', 'Try a parked event again now', undefined],
    ['skipFailure', 'skip', 'Give a parked event up, with a reason', skipSchema],
  ] as const) {
    describe({
      id,
      tag: 'Projections',
      method: 'post',
      path: `/admin/failures/{projection}/{position}/${verb}`,
      summary,
      params: z.object({ projection: projectionSchema, position: z.int().min(1) }),
      ...(body && { body }),
      description: 'The parked event as it stands now.',
      answer: failureSchema,
      codes: ['VALIDATION_FAILED', 'FAILURE_NOT_FOUND', 'FAILURE_RESOLVED', 'DATABASE_UNAVAILABLE'],
    });
  }
}
