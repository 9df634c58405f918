// The recoveries' part of the OpenAPI description.
import { z } from 'zod';
import { recoveryKinds } from '../workflows/recoveryKinds.ts';
import { commonProblems, json, problemResponses, registry } from './openApiParts.ts';
import { recoverySchemas } from './recoverySchemas.ts';

const kinds = Object.keys(recoveryKinds) as [string, ...string[]];

const progressSchema = registry.register(
  'RecoveryProgress',
  z.object({
    status: z.enum(['running', 'paused', 'completed', 'failed', 'cancelled']),
    phase: z.string(),
    unit: z.string(),
    done: z.int(),
    total: z.int().nullable(),
    ratePerS: z.int(),
    secondsLeft: z.int().nullable(),
    differences: z.int(),
  }),
);

const runSchema = z.object({
  workflowId: z.string().openapi({ example: 'rebuild-ledger' }),
  runId: z.string(),
  url: z.string().openapi({ description: 'Of the Temporal Web UI.' }),
});
const listItemSchema = runSchema.extend({
  type: z.enum(kinds),
  state: z.string().openapi({ example: 'RUNNING' }),
  startedAt: z.iso.datetime(),
  closedAt: z.iso.datetime().nullable(),
});
const detailsSchema = registry.register(
  'Recovery',
  listItemSchema.extend({
    progress: progressSchema.nullable().openapi({ description: 'Null where no worker answers.' }),
    result: z.unknown(),
    failure: z.string().nullable(),
  }),
);
const startedSchema = runSchema.extend({
  type: z.enum(kinds),
  argument: z.unknown(),
  command: z.string().openapi({ description: 'What an operator would type for the same.' }),
});

const workflowIdPath = z.object({ workflowId: z.string() });

export function registerRecovery(): void {
  registry.registerPath({
    method: 'post',
    path: '/admin/recovery/{type}',
    summary: 'Start a recovery',
    request: {
      params: z.object({ type: z.enum(kinds) }),
      body: {
        description: 'Its argument; none means the defaults.',
        content: json(z.union(Object.values(recoverySchemas))),
      },
    },
    responses: {
      '202': { description: 'It runs.', content: json(startedSchema) },
      ...problemResponses([
        ...commonProblems,
        'MALFORMED_JSON',
        'VALIDATION_FAILED',
        'UNSUPPORTED_MEDIA_TYPE',
        'RECOVERY_RUNNING',
        'TEMPORAL_UNAVAILABLE',
      ]),
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/admin/recovery',
    summary: 'List recoveries, running ones first',
    request: { query: z.object({ limit: z.int().min(1).optional() }) },
    responses: {
      '200': {
        description: 'Without those that schedules started.',
        content: json(z.object({ recoveries: z.array(listItemSchema) })),
      },
      ...problemResponses([...commonProblems, 'VALIDATION_FAILED', 'TEMPORAL_UNAVAILABLE']),
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/admin/recovery/{workflowId}',
    summary: 'Read one recovery',
    request: { params: workflowIdPath },
    responses: {
      '200': { description: 'The latest run under this id.', content: json(detailsSchema) },
      ...problemResponses([...commonProblems, 'RECOVERY_NOT_FOUND', 'TEMPORAL_UNAVAILABLE']),
    },
  });
  for (const steering of ['pause', 'resume', 'cancel'] as const) {
    registry.registerPath({
      method: 'post',
      path: `/admin/recovery/{workflowId}/${steering}`,
      summary: `${steering.slice(0, 1).toUpperCase()}${steering.slice(1)} a recovery`,
      request: { params: workflowIdPath },
      responses: {
        [steering === 'cancel' ? '202' : '200']: {
          description: 'Its progress.',
          content: json(z.object({ workflowId: z.string(), progress: progressSchema.nullable() })),
        },
        ...problemResponses([
          ...commonProblems,
          'RECOVERY_NOT_FOUND',
          'RECOVERY_ENDED',
          'TEMPORAL_UNAVAILABLE',
        ]),
      },
    });
  }
}
