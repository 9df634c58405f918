// Converts the tables of an older installation in place: each becomes the first segment of a new table of its
// name. Runs once the level `segments` is open, so no process of the release before is left that could meet
// the end of a segment. No file is rewritten.
//
// Invariant: a crash after any step leaves a log that goes on, and the next run goes on from there.
import type { Pool } from 'pg';
import { inDatabaseTransaction } from './database.ts';
import { levels } from './levels.ts';
import { readHead } from './logHead.ts';
import { queryLong } from './longStatement.ts';
import { readLevel } from './openLevels.ts';
import { readLogForm, type SegmentNeed } from './segments.ts';
import { whenLocked } from './whenLocked.ts';

/** Longest check of the bounds. It reads both tables from beginning to end. */
const checkTimeMaxMs = 3_600_000;
/**
 * Tries to lock the tables in one run. Each gives up after half a second, in which every later statement
 * waits. A dump holds the tables for hours, so the next run tries again.
 */
const tries = { triesMax: 5, pauseMs: 250 };

/**
 * Converts the log if its level is open and it is not converted yet. Returns whether this call did it, and
 * false if it could not lock the tables. The first segment ends two widths above the head.
 */
export async function convertLog(
  pool: Pool,
  { width, ahead }: SegmentNeed,
  afterStep?: (step: 'begun' | 'checked') => void,
): Promise<boolean> {
  if ((await readLevel(pool)) < levels.segments || (await readLogForm(pool)) === 'segmented') return false;
  const free = BigInt(2 * Math.max(width, ahead));
  const end = (await readHead(pool)) + free + 1n;
  const begun = await whenLocked(tries, () =>
    pool.query({
      name: 'begin-log-conversion',
      text: `
        select begin_log_conversion($1::bigint)`,
      values: [end],
    }),
  );
  if (begun === undefined) return false;
  afterStep?.('begun');
  await inDatabaseTransaction(pool, (client) =>
    queryLong(client, checkTimeMaxMs, { text: 'select check_log_bounds()' }),
  );
  afterStep?.('checked');
  const finished = await whenLocked(tries, () =>
    pool.query({
      name: 'finish-log-conversion',
      text: `
        select finish_log_conversion()`,
    }),
  );
  return finished !== undefined;
}
