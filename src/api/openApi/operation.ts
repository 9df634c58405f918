// The declaration of one API operation: method and path, request, answer, problems, texts and example in one
// object. `addOperation` makes a route of it, and openApiDocument.ts its part of the API reference. Both take
// the method and the path from the same object, so they cannot differ.
import type { Access } from '../../access/scopes.ts';
import type { App, AppContext } from '../context.ts';
import type { ProblemCode } from '../http/problems.ts';
import { refuseBody } from '../http/request.ts';
import { refuseUndeclaredHeaders, refuseUndeclaredQuery } from '../http/undeclared.ts';
import type { z } from '../http/zod.ts';

/** A request and its answer. A test sends every example to the real API and compares the answers. */
export interface OperationExample {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly answer: unknown;
}

/** What the audit log keeps of a request, besides who sent it and what its path names. Nothing secret. */
export interface Audited {
  /** `people` audits the requests of a session alone. Programs with a key send this operation all day. */
  readonly by?: 'people';
  /** The members of the body that are part of the target. */
  readonly members?: readonly string[];
  /** The member of the body that says why. */
  readonly reason?: string;
}

/**
 * A change says whether it is audited. Commands that programs send all day are not, because the event store
 * keeps each of them. Commands that people decide are, because an event does not say who asked. A command
 * that both send is audited if a person does.
 */
type Effect =
  | { readonly method: 'get'; readonly audited?: undefined }
  | { readonly method: 'post' | 'put' | 'patch' | 'delete'; readonly audited: Audited | false };

export type Operation = OperationParts & Effect;

interface OperationParts {
  /** Also the name of the client's method. */
  readonly id: string;
  readonly tag:
    | 'Wallets'
    | 'Holds'
    | 'Ledger'
    | 'Events'
    | 'Webhooks'
    | 'Access'
    | 'Projections'
    | 'Recovery'
    | 'Audit'
    | 'Process';
  /** As OpenAPI writes it: parameters stand in braces. */
  readonly path: `/${string}`;
  /** The path of an earlier release. It is still answered, and the document no longer names it. */
  readonly formerPath?: `/${string}`;
  /** What the caller needs. */
  readonly scope: Access;
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
  /** What the same request answers if Accept asks for another media type. */
  readonly otherAnswers?: Readonly<Record<string, z.ZodType>>;
  /** A read about the process whose ETag is worth asking again. All other reads have one. */
  readonly revalidated?: true;
  /** The answer with which a process says that it should get no traffic. */
  readonly unavailable?: { readonly description: string; readonly answer: z.ZodType };
  /** Longest wait for another party before the answer. The client waits for this much longer. */
  readonly waitsMs?: number;
  /** Besides the problems of any request, and of any request with a body. */
  readonly codes: readonly ProblemCode[];
  readonly example: OperationExample;
}

/** The problems of every read whose number is limited. */
export const readCodes = ['TOO_MANY_READS', 'DATABASE_UNAVAILABLE'] as const satisfies readonly ProblemCode[];

type Handler = (c: AppContext) => Response | Promise<Response>;

/** Adds the operation's route. A request that holds more than the operation declares is refused before it. */
export function addOperation(app: App, operation: Operation, handler: Handler): void {
  for (const path of routePathsOf(operation)) app[operation.method](path, strict(operation, handler));
}

/** The operation's routes by method and path, as the router knows them. */
export function routesOf(operation: Operation): readonly string[] {
  return routePathsOf(operation).map((path) => `${operation.method.toUpperCase()} ${path}`);
}

/** The paths under which the operation is served, as Hono writes them. */
export function routePathsOf({ path, formerPath }: Operation): readonly string[] {
  return [path, ...(formerPath === undefined ? [] : [formerPath])].map(routePathOf);
}

function strict(operation: Operation, handler: Handler): Handler {
  // Reads with parameters check their query themselves. Probes and scrapers add parameters of their own.
  if (operation.tag === 'Process') return handler;
  if (operation.method === 'get') {
    if (operation.query !== undefined) return handler;
    return function read(c) {
      refuseUndeclaredQuery(c, operation);
      return handler(c);
    };
  }
  return function change(c) {
    refuseUndeclaredQuery(c, operation);
    refuseUndeclaredHeaders(c, operation);
    // Without a promise of its own, because this runs for every command.
    return operation.body === undefined ? refuseBody(c).then(() => handler(c)) : handler(c);
  };
}

/** /wallets/{walletId} as Hono writes it: /wallets/:walletId. */
function routePathOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
