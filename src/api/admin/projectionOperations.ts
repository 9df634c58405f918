// The declarations of the operators' view of the projections: their progress, their schedules and the outbox.
import { projectionNames } from '../../projections/registry.ts';
import { textSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { orNull } from '../openApi/answerSchemas.ts';
import { exampleChangedAt, exampleCreatedAt } from '../openApi/exampleStory.ts';
import type { Operation } from '../openApi/operation.ts';

export const projectionSchema = z.enum(projectionNames).openapi({ example: 'ledger' });

const reasonLengthMax = 500;

/** The reason that an operator gives. */
export const reasonSchema = textSchema(z.string().min(1, 'must say why'), reasonLengthMax);

/** The note stays with the schedule for the next operator who reads it. */
const pauseSchema = z
  .strictObject({ note: reasonSchema.optional().openapi({ example: 'the index is being moved' }) })
  .openapi('PauseProjection');

const scheduleSchema = z
  .strictObject({
    scheduleId: z.string(),
    paused: z.boolean(),
    note: z.string().nullable(),
    lastFailure: z.string().nullable().openapi({
      description:
        'The last failure of the current run, which is tried again automatically. Null if it has not failed.',
    }),
  })
  .openapi('Schedule');

const projectionStateSchema = z
  .strictObject({
    projection: projectionSchema,
    position: z.int().min(0),
    head: z.int().min(0),
    behind: z.int().min(0),
    updatedAt: z.iso.datetime(),
    lastLagMs: z.int().min(0),
    waitingSince: z.iso.datetime().nullable(),
    waitingMs: z.int().min(0).openapi({
      description:
        'How long the first waiting event has waited, by the clock of the service. 0 if none waits.',
    }),
    parked: z.int().min(0),
    schedule: orNull(scheduleSchema, 'Null if there is none, or if Temporal does not answer.'),
  })
  .openapi('ProjectionState');

const scheduleExample = (paused: boolean, note: string | null) => ({
  scheduleId: 'drain-ledger',
  paused,
  note,
  lastFailure: null,
});

export const listProjections = {
  id: 'listProjections',
  tag: 'Projections',
  method: 'get',
  path: '/admin/projections',
  scope: 'admin:read',
  summary: 'See how far each projection is',
  description: 'Every projection.',
  answer: z.strictObject({ projections: z.array(projectionStateSchema) }),
  codes: ['DATABASE_UNAVAILABLE'],
  example: {
    answer: {
      projections: [
        {
          projection: 'ledger',
          position: 5,
          head: 5,
          behind: 0,
          updatedAt: exampleChangedAt,
          lastLagMs: 12,
          waitingSince: null,
          waitingMs: 0,
          parked: 0,
          schedule: scheduleExample(false, null),
        },
        {
          projection: 'read-model',
          position: 3,
          head: 5,
          behind: 2,
          updatedAt: exampleChangedAt,
          lastLagMs: 12,
          waitingSince: exampleChangedAt,
          waitingMs: 40,
          parked: 0,
          schedule: null,
        },
      ],
    },
  },
} as const satisfies Operation;

/** Pause and resume have these in common. */
const steering = {
  tag: 'Projections',
  method: 'post',
  audited: { reason: 'note' },
  params: z.object({ projection: projectionSchema }),
  body: pauseSchema,
  bodyOptional: true,
  description: 'The schedule as it is now.',
  answer: z.strictObject({ projection: projectionSchema, schedule: scheduleSchema }),
  codes: ['SCHEDULE_NOT_FOUND', 'TEMPORAL_UNAVAILABLE'],
} as const;

export const pauseProjection = {
  ...steering,
  id: 'pauseProjection',
  path: '/admin/projections/{projection}/pause',
  scope: 'admin:operate',
  summary: 'Pause a projection: its schedule and its current run',
  example: {
    params: { projection: 'ledger' },
    body: { note: 'the index is being moved' },
    answer: { projection: 'ledger', schedule: scheduleExample(true, 'the index is being moved') },
  },
} as const satisfies Operation;

export const resumeProjection = {
  ...steering,
  id: 'resumeProjection',
  path: '/admin/projections/{projection}/resume',
  scope: 'admin:operate',
  summary: 'Resume a projection at once',
  example: {
    params: { projection: 'ledger' },
    body: { note: 'the index has moved' },
    answer: { projection: 'ledger', schedule: scheduleExample(false, 'the index has moved') },
  },
} as const satisfies Operation;

export const getOutbox = {
  id: 'getOutbox',
  tag: 'Projections',
  method: 'get',
  path: '/admin/outbox',
  scope: 'admin:read',
  summary: 'See what waits in the outbox',
  description: 'How many events are not projected yet, and since when.',
  answer: z
    .strictObject({
      unprocessed: z
        .int()
        .min(0)
        .openapi({ description: 'Exact up to 10,000. Above that, estimated from the positions.' }),
      oldest: z.iso.datetime().nullable(),
      lagMs: z.int().min(0).nullable(),
    })
    .openapi('Outbox'),
  codes: ['DATABASE_UNAVAILABLE'],
  example: { answer: { unprocessed: 3, oldest: exampleCreatedAt, lagMs: 1_000 } },
} as const satisfies Operation;

export const projectionOperations = [listProjections, pauseProjection, resumeProjection, getOutbox] as const;
