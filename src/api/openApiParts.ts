// What every part of the OpenAPI description is made of: the registry, the schemas that several operations share, and
// the refusals by status, out of the table of problems.
import { OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { type ProblemCode, problemKinds } from './problems.ts';
import { idSchema } from './schemas.ts';

export const registry = new OpenAPIRegistry();

export const walletSchema = registry.register(
  'Wallet',
  z.strictObject({
    id: idSchema,
    ownerId: idSchema.openapi({ example: 'owner-1' }),
    balance: z.number().openapi({ description: "Exact, with the currency's decimals.", example: 100 }),
    version: z.int().min(1).openapi({ example: 1 }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    currency: z.string().openapi({ example: 'USD' }),
  }),
);

const problemSchema = registry.register(
  'Problem',
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(problemKinds) as [ProblemCode, ...ProblemCode[]]),
    requestId: z.string(),
    walletId: z.string().optional(),
    currentVersion: z.int().optional(),
    commandId: z.string().optional(),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional(),
          parameter: z.string().optional(),
          header: z.string().optional(),
          detail: z.string(),
        }),
      )
      .optional(),
  }),
);

export const walletIdParameter = z.object({ walletId: idSchema });
export const commonProblems: readonly ProblemCode[] = ['REQUEST_TIMEOUT', 'INTERNAL_ERROR'];
export function json(schema: z.ZodType): { 'application/json': { schema: z.ZodType } } {
  return { 'application/json': { schema } };
}

/** The refusals of an operation, one response a status. */
export function problemResponses(codes: readonly ProblemCode[]): RouteConfig['responses'] {
  const byStatus = Map.groupBy(codes, (code) => problemKinds[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      String(status),
      {
        description: ofStatus.map((code) => `${code}: ${problemKinds[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  );
}
