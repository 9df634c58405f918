// A line in the log for every event that a projection parks: whoever reads logs meets it there first, with what
// `wallet failures` wants to know. Retries that fail again are counted in the table and not told once more.
import type { DrainWatch } from '../src/activities/drainProjection.ts';
import type { Log } from '../src/telemetry/log.ts';

/** Lines of one pass: a release that can't read a new kind of event parks thousands at once. */
const linesMax = 20;

/** `watch`, and a warning for what each pass parked. */
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
