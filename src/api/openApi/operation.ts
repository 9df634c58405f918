// The declaration of one API operation: method and path, request, answer, problems, texts and example in one
// object. `addOperation` makes a route of it, and openApiDocument.ts its part of the API reference. Both take
// the method and the path from the same object, so they cannot differ.
import type { App, AppContext } from '../context.ts';
import type { ProblemCode } from '../http/problems.ts';
import type { z } from '../http/zod.ts';

/** A request and its answer. A test sends every example to the real API and compares the answers. */
export interface OperationExample {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly answer: unknown;
}

export interface Operation {
  /** Also the name of the client's method. */
  readonly id: string;
  readonly tag: 'Wallets' | 'Ledger' | 'Projections' | 'Recovery' | 'Process';
  readonly method: 'get' | 'post';
  /** As OpenAPI writes it: parameters stand in braces. */
  readonly path: `/${string}`;
  readonly summary: string;
  /** Facts that neither the schemas nor the problems tell. */
  readonly note?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** True if a request without a body means the defaults. */
  readonly bodyOptional?: true;
  readonly status?: 200 | 201 | 202;
  /** The content of the answer. */
  readonly description: string;
  readonly answer: z.ZodType;
  readonly answerHeaders?: z.ZodObject;
  readonly mediaType?: string;
  /** The answer with which a process says that it should get no traffic. */
  readonly unavailable?: { readonly description: string; readonly answer: z.ZodType };
  /** Besides the problems of any request, and of any request with a body. */
  readonly codes: readonly ProblemCode[];
  readonly example: OperationExample;
}

/** The problems of every read whose number is limited. */
export const readCodes = ['TOO_MANY_READS', 'DATABASE_UNAVAILABLE'] as const satisfies readonly ProblemCode[];

/** Adds the operation's route. */
export function addOperation(
  app: App,
  { method, path }: Operation,
  handler: (c: AppContext) => Response | Promise<Response>,
): void {
  app[method](routePathOf(path), handler);
}

/** /wallets/{walletId} as Hono writes it: /wallets/:walletId. */
function routePathOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
