// Answers about this process to those who run it: its health, its version and its metrics. The declarations
// come first, and their routes follow.
import type { App } from '../context.ts';
import type { Readiness } from '../../telemetry/readiness.ts';
import type { Exposition } from '../../telemetry/registry.ts';
import type { Version } from '../../telemetry/version.ts';
import { respond, respondJson, respondRead } from '../http/respond.ts';
import { z } from '../http/zod.ts';
import { exampleCreatedAt } from '../openApi/exampleStory.ts';
import { addOperation, type Operation } from '../openApi/operation.ts';

const getLiveness = {
  id: 'getLiveness',
  tag: 'Process',
  method: 'get',
  path: '/livez',
  scope: 'open',
  summary: 'Ask whether the process lives',
  description: 'The process lives.',
  answer: z.strictObject({ status: z.literal('ok') }),
  codes: [],
  example: { answer: { status: 'ok' } },
} as const satisfies Operation;

const readinessSchema = z
  .strictObject({
    status: z.enum(['ok', 'degraded', 'unavailable']),
    parts: z.record(z.string(), z.string()),
    needed: z
      .array(z.string())
      .openapi({ description: 'Without the other parts the process is only degraded.' }),
  })
  .openapi('Readiness');

const getReadiness = {
  id: 'getReadiness',
  tag: 'Process',
  method: 'get',
  path: '/readyz',
  scope: 'open',
  summary: 'Ask whether the process should get traffic',
  description: 'The process should get traffic.',
  answer: readinessSchema,
  unavailable: {
    description: 'The process should get no traffic. The parts say why.',
    answer: readinessSchema,
  },
  codes: [],
  example: {
    answer: {
      status: 'ok',
      parts: { process: 'ok', postgres: 'ok', redis: 'ok', elasticsearch: 'ok' },
      needed: ['process', 'postgres'],
    },
  },
} as const satisfies Operation;

const getVersion = {
  id: 'getVersion',
  tag: 'Process',
  method: 'get',
  path: '/version',
  scope: 'open',
  summary: 'Ask which code runs, on what, and since when',
  description: 'The version of this process.',
  answer: z
    .strictObject({
      version: z.string(),
      commit: z
        .string()
        .nullable()
        .openapi({ description: 'The value of GIT_COMMIT. Null if it was not set.' }),
      node: z.string(),
      schema: z.int().openapi({ description: 'Number of the last migration that the database had.' }),
      startedAt: z.iso.datetime(),
    })
    .openapi('Version'),
  revalidated: true,
  codes: [],
  example: {
    answer: {
      version: '0.1.0',
      commit: '3d392d0b5a5f0e6a3a1f4f6c2f8e7f1d0c9b8a76',
      node: 'v24.21.0',
      schema: 5,
      startedAt: exampleCreatedAt,
    },
  },
} as const satisfies Operation;

const getMetrics = {
  id: 'getMetrics',
  tag: 'Process',
  method: 'get',
  path: '/metrics',
  scope: 'metrics:read',
  summary: 'Read the metrics, for Prometheus',
  description: 'The text format of Prometheus.',
  mediaType: 'text/plain',
  answer: z.string(),
  codes: [],
  example: { answer: 'wallet_lock_bypassed_total 0' },
} as const satisfies Operation;

export const processOperations = [getLiveness, getReadiness, getVersion, getMetrics] as const;

export interface ProcessRouteDeps {
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: () => Promise<Exposition>;
  readonly version: Version;
}

export function addProcessRoutes(app: App, deps: ProcessRouteDeps): void {
  addOperation(app, getLiveness, (c) => respondJson({ status: 'ok' }, c));
  addOperation(app, getReadiness, async (c) => {
    const { ready, ...report } = await deps.readiness();
    return respondJson(report, c, {}, ready ? 200 : 503);
  });
  addOperation(app, getVersion, (c) => respondRead(c, deps.version));
  addOperation(app, getMetrics, async (c) => {
    const { text, mediaType } = await deps.metrics();
    return respond({ status: 200, headers: { 'content-type': mediaType }, body: text }, c);
  });
}
