// GET /admin/parts answers the state of each part of the system as this process sees it. It says whether the
// part answers, its version, what is wrong with it and what to do.
import type { App } from '../context.ts';
import { respondJson } from '../http/respond.ts';
import { z } from '../http/zod.ts';
import { addOperation, type Operation } from '../openApi/operation.ts';

const partNames = ['postgres', 'redis', 'elasticsearch', 'temporal', 'worker'] as const;

const partSchema = z
  .strictObject({
    part: z.enum(partNames),
    needed: z.boolean(),
    reachable: z.boolean(),
    version: z.string().nullable(),
    answeredInMs: z.int().min(0),
    problem: z.string().nullable(),
    advice: z.string().nullable(),
  })
  .openapi('Part');

export const listParts = {
  id: 'listParts',
  tag: 'Projections',
  method: 'get',
  path: '/admin/parts',
  summary: 'See whether each part of the system answers',
  description: 'Every part as this process sees it, what is wrong with it and what to do.',
  answer: z.strictObject({ parts: z.array(partSchema) }),
  codes: [],
  example: {
    answer: {
      parts: [
        {
          part: 'redis',
          needed: false,
          reachable: true,
          version: '6.2.14',
          answeredInMs: 1,
          problem: null,
          advice: null,
        },
      ],
    },
  },
} as const satisfies Operation;

export interface PartReport {
  readonly part: (typeof partNames)[number];
  /**
   * Operations fail without a needed part. Without another part the service is slower or its projections
   * wait.
   */
  readonly needed: boolean;
  readonly reachable: boolean;
  readonly version: string | null;
  readonly answeredInMs: number;
  /** Null if nothing is wrong, as `advice`. */
  readonly problem: string | null;
  /** The advice to the operator about the problem. */
  readonly advice: string | null;
}

export interface PartRouteDeps {
  readonly inspectParts: () => Promise<readonly PartReport[]>;
}

export function addPartRoutes(app: App, deps: PartRouteDeps): void {
  addOperation(app, listParts, async (c) =>
    respondJson({ parts: await deps.inspectParts() }, c.get('requestId')),
  );
}
