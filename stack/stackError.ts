/** Says in one sentence what prevents the start and how to resolve it. Shown without a stack trace. */
export class StackError extends Error {
  override readonly name = 'StackError';
}
