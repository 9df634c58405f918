// The operators' part of the OpenAPI description.
import { z } from 'zod';
import { commonProblems, json, problemResponses, registry } from './openApiParts.ts';
import { registerRecovery } from './openApiRecovery.ts';
import { idSchema, projectionSchema, skipSchema } from './schemas.ts';

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
  z.object({
    projection: projectionSchema,
    position: z.int().min(0),
    head: z.int().min(0),
    behind: z.int().min(0),
    updatedAt: z.iso.datetime(),
    lastLagMs: z.int().min(0),
    waitingSince: z.iso.datetime().nullable(),
    parked: z.int().min(0),
    schedule: z
      .object({ scheduleId: z.string(), paused: z.boolean(), note: z.string().nullable() })
      .nullable()
      .openapi({ description: 'Null where there is none, or where Temporal does not answer.' }),
  }),
);

const failurePath = z.object({ projection: projectionSchema, position: z.int().min(1) });

export function registerAdmin(): void {
  registerRecovery();
  registry.registerPath({
    method: 'get',
    path: '/admin/projections',
    summary: 'See how far each projection is',
    responses: {
      '200': {
        description: 'Every projection.',
        content: json(z.object({ projections: z.array(projectionStateSchema) })),
      },
      ...problemResponses(commonProblems),
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/admin/failures',
    summary: 'List parked events',
    request: {
      query: z.object({
        projection: projectionSchema.optional(),
        limit: z.int().min(1).optional(),
        cursor: z.string().optional(),
      }),
    },
    responses: {
      '200': {
        description: 'One page, in order of position.',
        content: json(
          z.strictObject({ failures: z.array(failureSchema), nextCursor: z.string().nullable() }),
        ),
      },
      ...problemResponses([...commonProblems, 'VALIDATION_FAILED']),
    },
  });
  for (const [verb, summary, body] of [
    ['retry', 'Try a parked event again now', undefined],
    ['skip', 'Give a parked event up, with a reason', skipSchema],
  ] as const) {
    registry.registerPath({
      method: 'post',
      path: `/admin/failures/{projection}/{position}/${verb}`,
      summary,
      request: {
        params: failurePath,
        ...(body === undefined ? {} : { body: { required: true, content: json(body) } }),
      },
      responses: {
        '200': { description: 'The parked event as it stands now.', content: json(failureSchema) },
        ...problemResponses([
          ...commonProblems,
          'VALIDATION_FAILED',
          'FAILURE_NOT_FOUND',
          'FAILURE_RESOLVED',
        ]),
      },
    });
  }
}
