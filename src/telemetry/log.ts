// Writes the log of a process: one JSON line for each entry, on standard output.
// Invariant: no line holds a secret. Credentials in headers are redacted by path, passwords in URLs anywhere
// in a line.
import { type Logger, pino } from 'pino';
import type { Config } from '../config/config.ts';
import { withVisibleText } from '../foreignText.ts';

export type Log = Logger;

const secretHeaders = ['authorization', 'cookie', 'set-cookie', 'x-api-key'];

/** Ends a user name or a password in a URL. */
const endsCredentials = /[\s@/"\\]/;

/**
 * The text with the passwords of its URLs replaced: in `scheme://user:password@` only the password. The text
 * is foreign and may be long, so it is read once from left to right. A pattern that may begin anywhere would
 * read the rest again from each letter. `onStep` counts the characters that were looked at, for a test.
 */
export function withoutPasswords(text: string, onStep?: () => void): string {
  let result = '';
  let copied = 0;
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at)) {
    at += 3;
    let colon = -1;
    let end = at;
    for (; end < text.length && !endsCredentials.test(text.charAt(end)); end += 1) {
      onStep?.();
      if (colon === -1 && text.charAt(end) === ':') colon = end;
    }
    if (colon !== -1 && end > colon + 1 && text.charAt(end) === '@') {
      result += `${text.slice(copied, colon + 1)}[redacted]`;
      copied = end;
    }
    // Not before `end`: what lies in between was looked at.
    at = Math.max(at, end);
  }
  return result + text.slice(copied);
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
      serializers: { err: (error) => serializeError(error), error: (error) => serializeError(error) },
      hooks: { streamWrite: (line) => withVisibleText(withoutPasswords(line)) },
    },
    sink,
  );
}

/** Errors can contain each other. Deeper ones are left out, and so are all but the first few side by side. */
const depthMax = 5;
const besideMax = 5;

/** Only these fields: clients attach whole requests, with their headers, to the errors they throw. */
function serializeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack } = error;
  return {
    ...{ name, message, stack },
    ...('code' in error ? { code: error.code } : {}),
    ...(depth < depthMax ? serializeInner(error, depth + 1) : {}),
  };
}

/** The errors that it contains. */
function serializeInner(error: Error, depth: number): object {
  const { cause } = error;
  const within = (inner: unknown) => serializeError(inner, depth);
  return {
    ...(cause === undefined ? {} : { cause: within(cause) }),
    // `suppressed` failed first, and `error` in the closing after it. The message names neither.
    ...(error instanceof SuppressedError
      ? { suppressed: within(error.suppressed), error: within(error.error) }
      : {}),
    ...(error instanceof AggregateError ? { errors: error.errors.slice(0, besideMax).map(within) } : {}),
  };
}
