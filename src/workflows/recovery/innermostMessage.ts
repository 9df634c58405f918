// Finds the message that explains a failed workflow. It imports nothing, because our client of Temporal uses
// it too.

/** The message of the first cause: the errors around it only name the activity or the child that failed. */
export function innermostMessage(error: Error): string {
  return error.cause instanceof Error ? innermostMessage(error.cause) : error.message;
}
