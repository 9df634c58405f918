// The types of every operation, made from the generated types. The input is one flat object of path
// parameters, query parameters and members of the body. The result is a value or a problem, never a thrown
// refusal.
import type { components, operations, ProblemMembers, routes } from './generatedTypes.ts';

export type OperationId = keyof typeof routes;
export type ProblemCode = components['schemas']['ProblemCode'];

type AnyProblem = Omit<components['schemas']['Problem'], 'code'>;

type ProblemOf<Code extends ProblemCode> = AnyProblem & {
  readonly code: Code;
} & (Code extends keyof ProblemMembers ? Required<Pick<AnyProblem, ProblemMembers[Code]>> : unknown);

/** A refusal. Its `code` tells which other members it has. */
export type Problem = { readonly [Code in ProblemCode]: ProblemOf<Code> }[ProblemCode];

type Parameters<Id extends OperationId, In extends 'path' | 'query'> =
  operations[Id]['parameters'] extends Readonly<Partial<Record<In, infer Found>>>
    ? // An operation without such parameters has the member `?: never`. Its type is then never or undefined.
      [NonNullable<Found>] extends [never]
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

/** JSON, if the operation answers it. The client asks for nothing else then. */
type Content<Answer> = Answer extends { readonly content: infer Found }
  ? Found[Extract<keyof Found, 'application/json'> extends never
      ? keyof Found
      : Extract<keyof Found, 'application/json'>]
  : never;

type Successful<Responses> = {
  readonly [Status in keyof Responses]: Status extends 200 | 201 | 202 ? Content<Responses[Status]> : never;
}[keyof Responses];

/** The operation's answer when it succeeds. */
export type Output<Id extends OperationId> = Successful<operations[Id]['responses']>;

/** The facts about an answer: its status, headers and attempts. */
export interface AnswerFacts {
  readonly status: number;
  /** Names the request in the server's log. */
  readonly requestId: string | undefined;
  /** For `ifMatch` and `minVersion`. */
  readonly version: number | undefined;
  /** For `getCommand`. */
  readonly commandId: string | undefined;
  /** The key that was sent, given by the caller or made by the client. */
  readonly idempotencyKey: string | undefined;
  /** True if an earlier attempt got this answer already. */
  readonly replayed: boolean;
  readonly readSource: string | undefined;
  readonly attempts: number;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly facts: AnswerFacts }
  | { readonly ok: false; readonly problem: Problem; readonly facts: AnswerFacts };

export interface CallOptions {
  /** Key of a command. Without one the client makes a key, so that its retries take effect once. */
  readonly idempotencyKey?: string;
  /** Version of the wallet that the caller saw. The service refuses any other. */
  readonly ifMatch?: number;
  readonly signal?: AbortSignal;
}

/** An event of the feed. Its cursor leads on after it: keep it once the event is dealt with. */
export type FeedEvent = components['schemas']['CloudEvent'] & { readonly cursor: string };

type FeedInput = Omit<NonNullable<Input<'listEvents'>>, 'limit' | 'wait'>;

export interface FollowOptions {
  /** Ends the loop. Its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Ends the loop once no connection lasted for this long. Without it the client tries without end. */
  readonly giveUpAfterMs?: number;
  /** Hears why a connection failed, and after how long the client tries again. */
  readonly onRetry?: (failure: unknown, delayMs: number) => void;
}

/** The functions of the operations, and the feed as one endless list. */
export type WalletClient = OperationFunctions & {
  readonly events: (input?: FeedInput, options?: FollowOptions) => AsyncGenerator<FeedEvent, void>;
};

type OperationFunctions = {
  readonly [Id in OperationId]: object extends Input<Id>
    ? (input?: Input<Id>, options?: CallOptions) => Promise<Result<Output<Id>>>
    : (input: Input<Id>, options?: CallOptions) => Promise<Result<Output<Id>>>;
};
