// The process's own part of the OpenAPI description: health, metrics, the meaning of problem codes, this document.
import { z } from 'zod';
import { codeSchema, describe, registry } from '../openApi/describe.ts';

const meaningSchema = registry.register(
  'ProblemMeaning',
  z.strictObject({
    type: z.string(),
    code: codeSchema,
    status: z.int(),
    title: z.string(),
    retryAfterS: z.int().optional(),
  }),
);

const readinessSchema = registry.register(
  'Readiness',
  z.strictObject({
    status: z.enum(['ok', 'degraded', 'unavailable']),
    parts: z.record(z.string(), z.string()),
    needed: z.array(z.string()).openapi({ description: 'The others only degrade.' }),
  }),
);

const versionSchema = registry.register(
  'Version',
  z.strictObject({
    version: z.string(),
    commit: z.string().nullable().openapi({ description: 'Null where nobody told the process: GIT_COMMIT.' }),
    node: z.string(),
    schema: z.int().openapi({ description: 'Number of the last migration that the database had.' }),
    startedAt: z.iso.datetime(),
  }),
);

const of = { tag: 'Process', method: 'get', codes: [] } as const;

export function describeProcess(): void {
  describe({
    ...of,
    id: 'getLiveness',
    path: '/livez',
    summary: 'Ask whether the process lives',
    description: 'It does.',
    answer: z.strictObject({ status: z.literal('ok') }),
  });
  describe({
    ...of,
    id: 'getReadiness',
    path: '/readyz',
    summary: 'Ask whether the process should get traffic',
    description: 'It should.',
    answer: readinessSchema,
    unavailable: { description: 'It should not; the parts say why.', answer: readinessSchema },
  });
  describe({
    ...of,
    id: 'getVersion',
    path: '/version',
    summary: 'Ask which code runs, on what, and since when',
    description: 'Of this process.',
    answer: versionSchema,
  });
  describe({
    ...of,
    id: 'getMetrics',
    path: '/metrics',
    summary: 'Read the counters, for Prometheus',
    description: 'The text format of Prometheus.',
    mediaType: 'text/plain',
    answer: z.string(),
  });
  describe({
    ...of,
    id: 'listProblems',
    path: '/problems',
    summary: 'Read what every problem code means',
    description: 'Every code.',
    answer: z.strictObject({ problems: z.array(meaningSchema) }),
  });
  describe({
    ...of,
    id: 'getProblem',
    path: '/problems/{name}',
    summary: 'Read what one problem code means',
    params: z.object({ name: z.string() }),
    description: 'What the `type` of a problem points at.',
    answer: meaningSchema,
    codes: ['ROUTE_NOT_FOUND'],
  });
}
