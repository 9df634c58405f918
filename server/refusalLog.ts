// What the log says of commands that were refused for lack of capacity or of a part: a line each, found by the request's
// id, as far as the limit goes.
import type { RequestIds } from '../src/api/context.ts';
import type { UnavailableReason } from '../src/commands/submission.ts';
import { createLineLimit } from '../src/telemetry/limitedLines.ts';
import type { Log } from '../src/telemetry/log.ts';

export function createRefusalLog(
  log: Log,
): (reason: UnavailableReason, request: RequestIds & { readonly commandId?: string }) => void {
  const getsLine = createLineLimit<UnavailableReason>((reason, count) => {
    log.warn({ reason, count }, 'more commands were refused');
  });
  return (reason, request) => {
    log[getsLine(reason) ? 'warn' : 'debug']({ reason, ...request }, 'a command was refused');
  };
}
