// Reports this process and its level to the database every few seconds, from its start to its stop. A level
// opens only if no process below it was seen lately.
//
// Invariant: a process takes no work before it has reported, and none at a level that it doesn't know.
import type { Pool } from 'pg';
import { levelMax } from './levels.ts';
import { SchemaVersionError } from './migrate.ts';
import { forgetProcess, readLevelOnceSettled, reportProcess, type ServiceProcess } from './openLevels.ts';

const reportEveryMs = 5_000;

export interface ProcessReports {
  /** Ends the reports and takes the process off the list. */
  readonly close: () => Promise<void>;
}

/** Rejects with a SchemaVersionError if a newer release has opened a level that this one cannot read. */
export async function startReports(
  pool: Pool,
  process: Omit<ServiceProcess, 'level'>,
  onFailure: (error: unknown) => void,
): Promise<ProcessReports> {
  const report = () => reportProcess(pool, { ...process, level: levelMax });
  await report();
  const level = await readLevelOnceSettled(pool);
  if (level > levelMax) {
    await forgetProcess(pool, process.id);
    throw new SchemaVersionError(
      `the database holds rows of level ${level}, and this code reads up to ${levelMax}: run a newer release`,
    );
  }
  let running: Promise<void> = Promise.resolve();
  let timer = setTimeout(again, reportEveryMs).unref();
  function again(): void {
    running = report()
      .catch(onFailure)
      .then(() => {
        if (!closed) timer = setTimeout(again, reportEveryMs).unref();
      });
  }
  let closed = false;
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await running;
      await forgetProcess(pool, process.id).catch(onFailure);
    },
  };
}
