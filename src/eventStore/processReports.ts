// Reports this process and its level to the database every few seconds, from its start to its stop. A level
// opens only if no process below it was seen lately. A process that was frozen for longer may meet a level
// above its own. It then says so.
//
// Invariant: a process takes no work before it has reported, and none at a level that it doesn't know.
import type { Pool } from 'pg';
import { withinDeadline } from '../deadline.ts';
import { levelMax } from './levels.ts';
import { SchemaVersionError } from './migrate.ts';
import {
  forgetProcess,
  readLevel,
  readLevelOnceSettled,
  reportProcess,
  type ServiceProcess,
} from './openLevels.ts';

const reportEveryMs = 5_000;
/** A report that is left behind counts for ten minutes. A stop waits no longer than this for PostgreSQL. */
const closeMaxMs = 1_000;

export interface ProcessReports {
  /** Ends the reports and takes the process off the list. Ends in time although PostgreSQL may hang. */
  readonly close: () => Promise<void>;
}

interface ReportsWatch {
  readonly onFailure: (error: unknown) => void;
  /** Called once, if a newer release opens a level that this process cannot read. */
  readonly onOutgrown: (error: SchemaVersionError) => void;
}

/** Rejects with a SchemaVersionError if a newer release has opened a level that this one cannot read. */
export async function assertLevelKnown(pool: Pool): Promise<void> {
  const level = await readLevel(pool);
  if (level > levelMax) throw outgrownAt(level);
}

function outgrownAt(level: number): SchemaVersionError {
  return new SchemaVersionError(
    `the database holds rows of level ${level}, and this code reads up to ${levelMax}: run a newer release`,
  );
}

/** Rejects with a SchemaVersionError if a newer release has opened a level that this one cannot read. */
export async function startReports(
  pool: Pool,
  process: Omit<ServiceProcess, 'level'>,
  { onFailure, onOutgrown }: ReportsWatch,
): Promise<ProcessReports> {
  const report = () => reportProcess(pool, { ...process, level: levelMax });
  await report();
  const level = await readLevelOnceSettled(pool);
  if (level > levelMax) {
    await forgetProcess(pool, process.id);
    throw outgrownAt(level);
  }
  let isOutgrown = false;
  const compare = async () => {
    await assertLevelKnown(pool).catch((error: unknown) => {
      if (!(error instanceof SchemaVersionError)) throw error;
      if (!isOutgrown) onOutgrown(error);
      isOutgrown = true;
    });
  };
  let running: Promise<void> = Promise.resolve();
  let timer = setTimeout(again, reportEveryMs).unref();
  function again(): void {
    running = report()
      .then(compare)
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
      const forgotten = running.then(() => forgetProcess(pool, process.id));
      // Its own failure may come after the deadline, when nobody waits for it.
      forgotten.catch(() => undefined);
      await withinDeadline(closeMaxMs, forgotten, 'the report was not removed in time').catch(onFailure);
    },
  };
}
