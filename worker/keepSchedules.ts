// Makes schedules again that are missing, while the worker runs. A Temporal that was started with an empty
// database has none. Without this, events would wait until a worker restarts.
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Config } from '../src/config/config.ts';
import { remakeSchedules } from '../src/temporal/ensureSchedules.ts';
import type { Log } from '../src/telemetry/log.ts';

/** Missing schedules are made again within this time and the deadline of a call. */
const lookEveryMs = 20_000;
const callWithinMs = 10_000;

/** Looks until `stopping`. The log has a line when Temporal begins to refuse, and one when that is over. */
export async function keepSchedules(
  client: Client,
  config: Config,
  log: Log,
  stopping: AbortSignal,
): Promise<void> {
  let isRefused = false;
  while (await hasPaused(stopping)) {
    try {
      const made = await client.withDeadline(Date.now() + callWithinMs, () =>
        remakeSchedules(client, config),
      );
      if (made.length > 0) log.warn({ schedules: made }, 'Temporal had lost schedules: they were made again');
      if (isRefused) log.info('Temporal shows the schedules again');
      isRefused = false;
    } catch (error) {
      if (!isRefused)
        log.warn({ err: error }, 'Temporal does not show the schedules; asked again until it does');
      isRefused = true;
    }
  }
}

/** False if the worker stops meanwhile. */
async function hasPaused(stopping: AbortSignal): Promise<boolean> {
  try {
    await pause(lookEveryMs, undefined, { signal: stopping });
    return true;
  } catch (error) {
    if (!stopping.aborted) throw error;
    return false;
  }
}
