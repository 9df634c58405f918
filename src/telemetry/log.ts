// Writes the log of a process: one JSON line for each entry, on standard output.
// Invariant: no line holds a secret. Credentials in headers are redacted by path, passwords in URLs anywhere
// in a line.
import { type Logger, pino } from 'pino';
import type { Config } from '../config/config.ts';

export type Log = Logger;

const secretHeaders = ['authorization', 'cookie', 'set-cookie', 'x-api-key'];

/** `scheme://user:password@` in any text. Only the password is replaced. */
const passwordInUrl = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/"\\]*:)[^\s@/"\\]+@/gi;

/** The text with the passwords of its URLs replaced. */
export function withoutPasswords(text: string): string {
  return text.replace(passwordInUrl, '$1[redacted]@');
}

/** The destination of the lines; tests pass their own. */
interface LineSink {
  write(line: string): void;
}

/** A log whose every line names its process. */
export function createLog(
  level: Config['LOG_LEVEL'],
  processName: 'server' | 'worker',
  sink: LineSink = process.stdout,
): Log {
  return pino(
    {
      level,
      base: { process: processName },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretHeaders.flatMap((header) => [`headers["${header}"]`, `*.headers["${header}"]`]),
        censor: '[redacted]',
      },
      serializers: { err: serializeError, error: serializeError },
      hooks: { streamWrite: withoutPasswords },
    },
    sink,
  );
}

/** Only these fields: clients attach whole requests, with their headers, to the errors they throw. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    ...('code' in error ? { code: error.code } : {}),
    ...(cause === undefined ? {} : { cause: serializeError(cause) }),
  };
}
