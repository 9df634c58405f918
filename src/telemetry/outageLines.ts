// Writes one line to the log when a part begins to fail, and one when it works again. Without it an outage
// would leave a line for each request, or none at all. It is called for failures and successes of the work
// itself, so it also sees a part that answers and refuses.
import type { Log } from './log.ts';

export interface Outage {
  readonly failed: (error: unknown) => void;
  /** Costs one comparison while there is no outage. */
  readonly worked: () => void;
}

interface Sentences {
  /** What begins, and what it means for callers. */
  readonly begins: string;
  readonly ends: string;
}

/** The part must work for so long before the outage is over. So a part that flaps leaves few lines. */
export const quietAfterMs = 2_000;

export function createOutage(log: Pick<Log, 'warn' | 'info'>, { begins, ends }: Sentences): Outage {
  let failures = 0;
  let beganAt = 0;
  let ending: NodeJS.Timeout | undefined;
  const end = () => {
    ending = undefined;
    const lastedS = Math.round((performance.now() - beganAt) / 1_000);
    log.info({ failures, lastedS }, ends);
    failures = 0;
  };
  return {
    failed: (error) => {
      clearTimeout(ending);
      ending = undefined;
      failures += 1;
      if (failures > 1) return;
      beganAt = performance.now();
      log.warn({ err: error }, begins);
    },
    worked: () => {
      if (failures === 0 || ending !== undefined) return;
      ending = setTimeout(end, quietAfterMs).unref();
    },
  };
}
