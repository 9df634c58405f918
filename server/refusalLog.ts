// What the log says of commands that were refused for lack of capacity or of a part: one line a second for each
// reason, with a count and one request id as a sample. A line for each would make an overload worse: it took two
// thirds of the throughput when it was tried.
import type { UnavailableReason } from '../src/commands/submission.ts';
import type { Log } from '../src/telemetry/log.ts';

const intervalMs = 1_000;

export function createRefusalLog(log: Log): (reason: UnavailableReason, requestId: string) => void {
  const counts = new Map<UnavailableReason, { count: number; requestId: string }>();
  return (reason, requestId) => {
    const current = counts.get(reason);
    if (current !== undefined) {
      current.count += 1;
      return;
    }
    const refused = { count: 1, requestId };
    counts.set(reason, refused);
    setTimeout(() => {
      counts.delete(reason);
      log.warn({ reason, ...refused }, 'commands were refused');
    }, intervalMs);
  };
}
