// The declarations of the operations that start, list, read and steer recoveries.
import { type RecoveryKind, recoveryKinds } from '../../workflows/recovery/recoveryKinds.ts';
import { cursorSchema, nextCursorSchema, pageSizeSchema } from '../http/page.ts';
import { z } from '../http/zod.ts';
import { orNull, progressSchema } from '../openApi/answerSchemas.ts';
import { exampleCreatedAt, exampleProgress, exampleRun } from '../openApi/exampleStory.ts';
import type { Operation } from '../openApi/operation.ts';
import { recoverySchemas } from './recoverySchemas.ts';

const kindSchema = z
  .enum(Object.keys(recoveryKinds) as [RecoveryKind, ...RecoveryKind[]])
  .openapi('RecoveryKind');

const runSchema = z.strictObject({
  workflowId: z.string(),
  runId: z.string(),
  url: z.string().openapi({ description: 'The page of the run in the Temporal Web UI.' }),
});
const listItemSchema = runSchema.extend({
  type: z.string().openapi({ description: 'A type of recovery, or what holds the id of one.' }),
  state: z.string().openapi({ description: "In Temporal's terms: RUNNING, COMPLETED, FAILED, CANCELLED …" }),
  startedAt: z.iso.datetime(),
  closedAt: z.iso.datetime().nullable(),
  problem: z.string().nullable().openapi({
    description: 'Set if the run holds the id of another recovery: what it is, and the command that ends it.',
  }),
});
const retryingSchema = z
  .strictObject({
    step: z.string().openapi({ description: 'The activity that failed.' }),
    attempts: z.int().openapi({ description: 'Attempts that have failed so far.' }),
    failure: z.string().openapi({ description: "The last failure, with the store's own reason." }),
    nextAttemptAt: z.iso.datetime().nullable().openapi({ description: 'Null while an attempt runs.' }),
  })
  .openapi('FailingStep');
const retryingOrNull = orNull(retryingSchema, 'Set while a step of the recovery fails and is tried again.');
const progressOrNull = orNull(progressSchema, 'Null if no worker answers.');

const listItemExample = {
  ...exampleRun,
  type: 'rebuildLedger',
  state: 'RUNNING',
  startedAt: exampleCreatedAt,
  closedAt: null,
  problem: null,
};
const runExampleParams = { workflowId: exampleRun.workflowId };

/** For the document, whose generator takes a field with `exactOptional` for a required one. */
const argumentSchema = z.union(
  Object.values(recoverySchemas).map(({ shape }) =>
    z.strictObject(
      Object.fromEntries(
        Object.entries(shape).map(([name, field]) => [
          name,
          field instanceof z.ZodExactOptional ? z.optional(field.unwrap()) : field,
        ]),
      ),
    ),
  ),
);

/** Every member that the argument of some recovery has. */
const argumentNames = Object.values(recoveryKinds).flatMap(({ fields }) => Object.keys(fields));

export const startRecovery = {
  id: 'startRecovery',
  tag: 'Recovery',
  method: 'post',
  audited: { members: argumentNames },
  path: '/admin/recovery/{type}/start',
  // GET /admin/recovery/{workflowId} has the same form, and generators take the two for one path.
  formerPath: '/admin/recovery/{type}',
  scope: 'admin:operate',
  summary: 'Start a recovery',
  params: z.object({ type: kindSchema }),
  body: argumentSchema,
  bodyOptional: true,
  status: 202,
  description: 'The recovery runs.',
  answer: runSchema
    .extend({
      type: kindSchema,
      argument: z.unknown(),
      command: z.string().openapi({ description: 'The command line that starts the same recovery.' }),
    })
    .openapi('RecoveryStarted'),
  answerHeaders: z.object({ location: z.string() }),
  codes: ['RECOVERY_RUNNING', 'RECOVERY_ID_HELD', 'TEMPORAL_UNAVAILABLE'],
  example: {
    params: { type: 'rebuildLedger' },
    answer: {
      type: 'rebuildLedger',
      argument: {},
      ...exampleRun,
      command: `temporal workflow start --namespace default --task-queue wallet --type rebuildLedger --workflow-id rebuild-ledger --id-conflict-policy Fail --input '{}'`,
    },
  },
} as const satisfies Operation;

/** Runs on one page. Temporal is asked once for a page, so its length is bounded. */
const runsMax = 100;

export const listRecoveries = {
  id: 'listRecoveries',
  tag: 'Recovery',
  method: 'get',
  path: '/admin/recovery',
  scope: 'admin:read',
  summary: 'List recoveries, running ones first',
  query: z.strictObject({ limit: pageSizeSchema(runsMax), cursor: cursorSchema }),
  description: 'One page. Of what schedules started, only verifications are listed.',
  answer: z.strictObject({ recoveries: z.array(listItemSchema), nextCursor: nextCursorSchema }),
  codes: ['VALIDATION_FAILED', 'TEMPORAL_UNAVAILABLE'],
  example: { query: { limit: '5' }, answer: { recoveries: [listItemExample], nextCursor: null } },
} as const satisfies Operation;

const workflowIdParams = z.object({ workflowId: z.string() });

export const getRecovery = {
  id: 'getRecovery',
  tag: 'Recovery',
  method: 'get',
  path: '/admin/recovery/{workflowId}',
  scope: 'admin:read',
  summary: 'Read one recovery',
  params: workflowIdParams,
  description: 'The latest run under this id.',
  answer: listItemSchema
    .extend({
      progress: progressOrNull,
      retrying: retryingOrNull,
      result: z.unknown(),
      failure: z.string().nullable(),
    })
    .openapi('Recovery'),
  codes: ['RECOVERY_NOT_FOUND', 'TEMPORAL_UNAVAILABLE'],
  example: {
    params: runExampleParams,
    answer: {
      ...listItemExample,
      progress: exampleProgress('running'),
      retrying: null,
      result: null,
      failure: null,
    },
  },
} as const satisfies Operation;

/** Pause, resume and cancel have these in common. */
const steering = {
  tag: 'Recovery',
  method: 'post',
  audited: {},
  params: workflowIdParams,
  description: 'The progress of the recovery.',
  answer: z.strictObject({ workflowId: z.string(), progress: progressOrNull }),
  codes: ['RECOVERY_NOT_FOUND', 'RECOVERY_ENDED', 'RECOVERY_ID_HELD', 'TEMPORAL_UNAVAILABLE'],
} as const;

const steeringExample = (status: 'running' | 'paused') => ({
  params: runExampleParams,
  answer: { workflowId: exampleRun.workflowId, progress: exampleProgress(status) },
});

export const pauseRecovery = {
  ...steering,
  id: 'pauseRecovery',
  path: '/admin/recovery/{workflowId}/pause',
  scope: 'admin:operate',
  summary: 'Pause a recovery',
  status: 200,
  example: steeringExample('paused'),
} as const satisfies Operation;

export const resumeRecovery = {
  ...steering,
  id: 'resumeRecovery',
  path: '/admin/recovery/{workflowId}/resume',
  scope: 'admin:operate',
  summary: 'Resume a recovery',
  status: 200,
  example: steeringExample('running'),
} as const satisfies Operation;

export const cancelRecovery = {
  ...steering,
  id: 'cancelRecovery',
  path: '/admin/recovery/{workflowId}/cancel',
  scope: 'admin:operate',
  summary: 'Cancel a recovery: it removes what it made',
  status: 202,
  example: steeringExample('running'),
} as const satisfies Operation;

export const recoveryOperations = [
  startRecovery,
  listRecoveries,
  getRecovery,
  pauseRecovery,
  resumeRecovery,
  cancelRecovery,
] as const;
