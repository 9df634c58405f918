// The log of a process: one JSON line an entry, on standard output. It must never carry a secret: credentials in
// headers are redacted by path, passwords in URLs wherever they stand in a line.
import { type Logger, pino } from 'pino';
import type { Config } from '../config/config.ts';

export type Log = Logger;

const secretHeaders = ['authorization', 'cookie', 'set-cookie', 'x-api-key'];

/** `scheme://user:password@` in any text; the password is what gets replaced. */
const passwordInUrl = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/"\\]*:)[^\s@/"\\]+@/gi;

/** The text with the passwords of its URLs replaced. */
export function withoutPasswords(text: string): string {
  return text.replace(passwordInUrl, '$1[redacted]@');
}

/** Where the lines go; tests pass their own. */
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

/** Only these fields: clients hang whole requests, with their headers, on the errors they throw. */
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
