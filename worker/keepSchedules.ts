// Makes schedules again that are missing, while the worker runs. A Temporal that was started with an empty
// database has none. Without this, events would wait until a worker restarts.
import { setTimeout as pauseFor } from 'node:timers/promises';
import type { Log } from '../src/telemetry/log.ts';
import { createOutage } from '../src/telemetry/outageLines.ts';

/** Missing schedules are made again within this time and the deadline of a call. */
export const lookEveryMs = 20_000;

interface Keeping {
  /** Makes what is missing and returns the ids. Rejects if Temporal refuses or does not answer in time. */
  readonly remake: () => Promise<readonly string[]>;
  readonly log: Log;
  readonly stopping: AbortSignal;
  /** Rejects if the signal is aborted meanwhile. */
  readonly pause?: (ms: number, stopping: AbortSignal) => Promise<unknown>;
}

/** Looks until `stopping`. The log has a line when Temporal begins to refuse, and one when that is over. */
export async function keepSchedules({ remake, log, stopping, pause = pauseUntil }: Keeping): Promise<void> {
  const outage = createOutage(log, {
    begins: 'Temporal does not show the schedules; asked again until it does',
    ends: 'Temporal shows the schedules again',
  });
  while (await hasPaused(pause, stopping)) {
    try {
      const made = await remake();
      if (made.length > 0) log.warn({ schedules: made }, 'Temporal had lost schedules: they were made again');
      outage.worked();
    } catch (error) {
      outage.failed(error);
    }
  }
}

function pauseUntil(ms: number, signal: AbortSignal): Promise<unknown> {
  return pauseFor(ms, undefined, { signal });
}

/** False if the worker stops meanwhile. */
async function hasPaused(pause: NonNullable<Keeping['pause']>, stopping: AbortSignal): Promise<boolean> {
  try {
    await pause(lookEveryMs, stopping);
    return true;
  } catch (error) {
    if (!stopping.aborted) throw error;
    return false;
  }
}
