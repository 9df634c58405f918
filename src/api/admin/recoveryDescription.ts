// The recoveries' part of the OpenAPI description.
import { z } from 'zod';
import { type RecoveryKind, recoveryKinds } from '../../workflows/recovery/recoveryKinds.ts';
import { describe, limitSchema, orNull, progressSchema, registry } from '../openApi/describe.ts';
import { recoverySchemas } from './recoverySchemas.ts';

const kindSchema = registry.register(
  'RecoveryKind',
  z.enum(Object.keys(recoveryKinds) as [RecoveryKind, ...RecoveryKind[]]),
);

const runSchema = z.strictObject({
  workflowId: z.string(),
  runId: z.string(),
  url: z.string().openapi({ description: 'Of the Temporal Web UI.' }),
});
const listItemSchema = runSchema.extend({
  type: kindSchema,
  state: z.string().openapi({ description: "Temporal's word: RUNNING, COMPLETED, FAILED, CANCELLED …" }),
  startedAt: z.iso.datetime(),
  closedAt: z.iso.datetime().nullable(),
});
const detailsSchema = registry.register(
  'Recovery',
  listItemSchema.extend({
    progress: orNull(progressSchema, 'Null where no worker answers.'),
    result: z.unknown(),
    failure: z.string().nullable(),
  }),
);
const startedSchema = registry.register(
  'RecoveryStarted',
  runSchema.extend({
    type: kindSchema,
    argument: z.unknown(),
    command: z.string().openapi({ description: 'What an operator would type for the same.' }),
  }),
);
const steeredSchema = z.strictObject({
  workflowId: z.string(),
  progress: orNull(progressSchema, 'Null where no worker answers.'),
});

/** The generator takes a field that may be left out, but not be undefined, for one that must be there. */
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

const workflowIdPath = z.object({ workflowId: z.string() });

export function describeRecovery(): void {
  describe({
    id: 'startRecovery',
    tag: 'Recovery',
    method: 'post',
    path: '/admin/recovery/{type}',
    summary: 'Start a recovery',
    params: z.object({ type: kindSchema }),
    body: argumentSchema,
    bodyOptional: true,
    status: 202,
    description: 'It runs.',
    answer: startedSchema,
    answerHeaders: z.object({ location: z.string() }),
    codes: ['RECOVERY_RUNNING', 'TEMPORAL_UNAVAILABLE'],
  });
  describe({
    id: 'listRecoveries',
    tag: 'Recovery',
    method: 'get',
    path: '/admin/recovery',
    summary: 'List recoveries, running ones first',
    query: z.object({ limit: limitSchema }),
    description: 'Without those that schedules started.',
    answer: z.strictObject({ recoveries: z.array(listItemSchema) }),
    codes: ['VALIDATION_FAILED', 'TEMPORAL_UNAVAILABLE'],
  });
  describe({
    id: 'getRecovery',
    tag: 'Recovery',
    method: 'get',
    path: '/admin/recovery/{workflowId}',
    summary: 'Read one recovery',
    params: workflowIdPath,
    description: 'The latest run under this id.',
    answer: detailsSchema,
    codes: ['RECOVERY_NOT_FOUND', 'TEMPORAL_UNAVAILABLE'],
  });
  for (const [id, verb, summary, status] of [
    ['pauseRecovery', 'pause', 'Pause a recovery', 200],
    ['resumeRecovery', 'resume', 'Resume a recovery', 200],
    ['cancelRecovery', 'cancel', 'Cancel a recovery: it removes what it made', 202],
  ] as const) {
    describe({
      id,
      tag: 'Recovery',
      method: 'post',
      path: `/admin/recovery/{workflowId}/${verb}`,
      summary,
      params: workflowIdPath,
      status,
      description: 'Its progress.',
      answer: steeredSchema,
      codes: ['RECOVERY_NOT_FOUND', 'RECOVERY_ENDED', 'TEMPORAL_UNAVAILABLE'],
    });
  }
}
