// Logs a line for every event that a projection parks, with the projection and position that `wallet
// failures` asks for. A retry that fails again is counted in the table and not logged again.
import type { DrainWatch } from '../src/activities/drainProjection.ts';
import type { Log } from '../src/telemetry/log.ts';

/** Lines of one pass: a release that cannot read a new type of event parks thousands at once. */
const linesMax = 20;

/** `watch`, with a warning for every event that a pass parked. */
export function loggingParked(watch: DrainWatch, log: Log): DrainWatch {
  return {
    ...watch,
    passed: (projection, pass) => {
      watch.passed(projection, pass);
      for (const { position, walletId, reason } of pass.parkedEvents.slice(0, linesMax))
        log.warn({ projection, position: Number(position), walletId, reason }, 'an event was parked');
      const more = pass.parkedEvents.length - linesMax;
      if (more > 0) log.warn({ projection, count: more }, 'more events were parked');
    },
  };
}
