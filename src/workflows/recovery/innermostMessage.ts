// What an operator wants to read of a failure. Imports nothing, so that whoever asks Temporal may use it, too.

/** The message of the failure that began it: those around it only say which activity or which child it was. */
export function innermostMessage(error: Error): string {
  return error.cause instanceof Error ? innermostMessage(error.cause) : error.message;
}
