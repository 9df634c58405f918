// What an operator wants to read of a failure. Imports nothing, so that whoever asks Temporal may use it, too.

/** The message of the failure that began it: those around it only say which activity or which child it was. */
export function innermostMessage(error: Error): string {
  return innermost(error).message;
}

/** The failure that began it. */
export function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}
