// The types of every operation, out of the generated ones: what goes in is one flat object of path and query
// parameters and the body's members; what comes out is a value or a problem, never a thrown refusal.
import type { components, operations, routes } from './generatedTypes.ts';

export type OperationId = keyof typeof routes;
export type Problem = components['schemas']['Problem'];
export type ProblemCode = components['schemas']['ProblemCode'];

type Parameters<Id extends OperationId, In extends 'path' | 'query'> =
  operations[Id]['parameters'] extends Readonly<Partial<Record<In, infer Found>>>
    ? [Found] extends [never]
      ? unknown
      : NonNullable<Found>
    : unknown;

type Body<Id extends OperationId> = operations[Id] extends {
  readonly requestBody?: { readonly content: { readonly 'application/json': infer Found } };
}
  ? Found
  : unknown;

/** Path and query parameters and the members of the body. */
export type Input<Id extends OperationId> = Parameters<Id, 'path'> & Parameters<Id, 'query'> & Body<Id>;

type Content<Answer> = Answer extends { readonly content: infer Found } ? Found[keyof Found] : never;

type Successful<Responses> = {
  readonly [Status in keyof Responses]: Status extends 200 | 201 | 202 ? Content<Responses[Status]> : never;
}[keyof Responses];

/** What the operation answers when it succeeds. */
export type Output<Id extends OperationId> = Successful<operations[Id]['responses']>;

/** What stands around an answer. */
export interface AnswerFacts {
  readonly status: number;
  /** Names the request in the server's log. */
  readonly requestId: string | undefined;
  /** For `ifMatch` and `minVersion`. */
  readonly version: number | undefined;
  /** For `getCommand`. */
  readonly commandId: string | undefined;
  /** The key that was sent, the caller's or one of the client's. */
  readonly idempotencyKey: string | undefined;
  /** True where an earlier try had got this answer already. */
  readonly replayed: boolean;
  readonly readSource: string | undefined;
  readonly attempts: number;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly facts: AnswerFacts }
  | { readonly ok: false; readonly problem: Problem; readonly facts: AnswerFacts };

export interface CallOptions {
  /** Of a command; without one the client makes one, so that its own retries take effect once. */
  readonly idempotencyKey?: string;
  /** Version of the wallet that the caller saw; another one is refused. */
  readonly ifMatch?: number;
  readonly signal?: AbortSignal;
}

export type WalletClient = {
  readonly [Id in OperationId]: object extends Input<Id>
    ? (input?: Input<Id>, options?: CallOptions) => Promise<Result<Output<Id>>>
    : (input: Input<Id>, options?: CallOptions) => Promise<Result<Output<Id>>>;
};
