// What the log says of commands that were refused for lack of capacity or of a part: a line each, found by the request's
// id, up to a number a second for each reason, and behind that one line with the count of the others. A line for every
// one would make an overload worse: it took two thirds of the throughput when it was tried.
import type { RequestIds } from '../src/api/requestIds.ts';
import type { UnavailableReason } from '../src/commands/submission.ts';
import type { Log } from '../src/telemetry/log.ts';

const intervalMs = 1_000;
/** Lines a second for each reason: about a millisecond's work. */
const linesMax = 50;

export function createRefusalLog(
  log: Log,
): (reason: UnavailableReason, request: RequestIds & { readonly commandId?: string }) => void {
  const counts = new Map<UnavailableReason, number>();
  return (reason, request) => {
    const count = counts.get(reason) ?? 0;
    if (count < linesMax) log.warn({ reason, ...request }, 'a command was refused');
    else log.debug({ reason, ...request }, 'a command was refused');
    counts.set(reason, count + 1);
    if (count > 0) return;
    setTimeout(() => {
      const others = (counts.get(reason) ?? 0) - linesMax;
      counts.delete(reason);
      if (others > 0) log.warn({ reason, count: others }, 'more commands were refused');
    }, intervalMs);
  };
}
