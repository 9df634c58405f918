// Says in words why a process can't start, if its operator can change that: a setting, a port, the database's
// schema. A stack trace would hide the sentence. Any other error is a defect, and its stack is needed.

/** Errors whose message is already written for the operator. */
const inWords = new Set(['ConfigError', 'SchemaVersionError', 'UnfitDatabaseError', 'StackError']);

const ofPort: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already; stop it or choose another port',
  EACCES: 'this user may not listen there; choose a port from 1024 on',
  EADDRNOTAVAIL: 'this machine has no such address; choose another one',
};

interface ListenError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly address?: string;
  readonly port?: number;
}

/** `settings` names the variables of host and port. Undefined if the error is a defect. */
export function startFailure(error: unknown, settings = 'HOST and PORT'): string | undefined {
  const cause = firstOf(error);
  if (!(cause instanceof Error)) return undefined;
  if (inWords.has(cause.name)) return cause.message;
  if (!isListenError(cause)) return undefined;
  const { address = '', port = 0, code } = cause;
  return `can't listen at ${address}:${port} (${settings}): ${ofPort[code] ?? code}`;
}

/** What failed first. If closing fails after that, the language wraps both into one error. */
function firstOf(error: unknown): unknown {
  let first = error;
  // Each step goes one error deeper, so the loop ends.
  while (first instanceof SuppressedError) first = first.suppressed;
  return first;
}

function isListenError(error: Error): error is ListenError {
  return 'syscall' in error && (error.syscall === 'listen' || error.syscall === 'bind') && 'code' in error;
}
