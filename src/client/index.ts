// The exports of `wallet-service/client`.
export { type ClientOptions, createWalletClient } from './client.ts';
export { fromMinorUnits, type MinorUnits, parseExactJson, toMinorUnits } from './decimal.ts';
export { UnexpectedAnswerError, valueOf, WalletConnectionError, WalletProblemError } from './errors.ts';
export type { components } from './generatedTypes.ts';
export type {
  AnswerFacts,
  CallOptions,
  FeedEvent,
  Input,
  OperationId,
  Output,
  Problem,
  ProblemCode,
  Result,
  WalletClient,
} from './operations.ts';
export { everyPage } from './pages.ts';
export type { RetryLimits } from './retries.ts';
